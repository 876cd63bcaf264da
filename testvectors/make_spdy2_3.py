"""The test vectors of SPDY/2, SPDY/3 and SPDY/3.1; importing this makes them.

A topic that several versions share is one function over `Dialect`, which knows how a version draws its frames.
Of 3.1 only what differs from 3 is made, and some of what it shares.
"""

import zlib
from dataclasses import dataclass

from vector import FLUSH, STRATEGIES, Vector, dictionary, fixed_block, noise, quote, raw, u16, u32, zlib_head

SYN_STREAM, SYN_REPLY, RST_STREAM, SETTINGS, NOOP, PING, GOAWAY, HEADERS, WINDOW_UPDATE, CREDENTIAL = range(1, 11)
WORDS = {SYN_STREAM: "SYN_STREAM", SYN_REPLY: "SYN_REPLY", HEADERS: "HEADERS"}
FIN, UNIDIRECTIONAL = 1, 2
DICTIONARY_2, DICTIONARY_3 = dictionary("spdy-v1-v2.bin"), dictionary("spdy-v3.bin")


@dataclass(frozen=True)
class Dialect:
    directory: str
    wire: int
    dictionary: bytes
    # Bytes of the count and of each length in a block.
    width: int
    # Bits of the priority.
    priority: int
    # Bytes before the block of SYN_REPLY and HEADERS.
    reply_fixed: int
    # The byte behind the priority is read.
    has_slot: bool

    @property
    def is_2(self):
        return self.wire == 2

    def pick(self, two, three):
        """What differs between 2 and both 3 and 3.1; often the numbers of requirements."""
        return two if self.is_2 else three

    def vector(self, name, comment, **setup):
        return Connection(self, name, comment, **setup)

    def number(self, n):
        return n.to_bytes(self.width, "big")

    def pairs(self, pairs):
        return b"".join(self.number(len(s)) + s for pair in pairs for s in map(raw, pair))

    def plain(self, pairs):
        return self.number(len(pairs)) + self.pairs(pairs)

    def entry(self, setting, value, flags=0):
        parts = [setting.to_bytes(3, "little"), bytes([flags])]
        return b"".join(parts if self.is_2 else [parts[1], parts[0][::-1]]) + u32(value)

    def settings(self, *entries, count=None):
        return u32(len(entries) if count is None else count) + b"".join(self.entry(*e) for e in entries)

    def request(self, path="/"):
        if self.is_2:
            return [
                ("method", "GET"),
                ("scheme", "https"),
                ("url", path),
                ("version", "HTTP/1.1"),
                ("host", "www.example.com"),
            ]
        return [
            (":method", "GET"),
            (":path", path),
            (":version", "HTTP/1.1"),
            (":host", "www.example.com"),
            (":scheme", "https"),
        ]

    def reply(self, kind="text/html"):
        colon = self.pick("", ":")
        return [(colon + "status", "200 OK"), (colon + "version", "HTTP/1.1"), ("content-type", kind)]

    def push(self, path="/style.css"):
        if self.is_2:
            return [("url", "https://www.example.com" + path), ("status", "200"), ("version", "HTTP/1.1")]
        return [(":scheme", "https"), (":host", "www.example.com"), (":path", path)]


SPDY2 = Dialect("spdy2", 2, DICTIONARY_2, width=2, priority=2, reply_fixed=6, has_slot=False)
SPDY3 = Dialect("spdy3", 3, DICTIONARY_3, width=4, priority=3, reply_fixed=4, has_slot=True)
SPDY3_1 = Dialect("spdy3_1", 3, DICTIONARY_3, width=4, priority=3, reply_fixed=4, has_slot=False)


def shown(pairs):
    return "".join(f' {quote(raw(name))}="{quote(raw(value))}"' for name, value in pairs)


class Connection(Vector):
    def __init__(
        self, dialect, name, comment, *, level=6, window=15, memory=8, strategy=0, flush=zlib.Z_SYNC_FLUSH
    ):
        self.dialect = dialect
        setup = {"level": level, "window": window, "memory": memory, "strategy": strategy, "flush": flush}
        super().__init__(dialect.directory, name, comment, dialect.wire, dialect.dictionary, **setup)

    def headers(
        self,
        kind,
        stream,
        pairs=(),
        *,
        fault=None,
        flags=0,
        associated=0,
        priority=0,
        slot=0,
        plain=None,
        block=None,
        edit=None,
        x=0,
        unused=0,
        version=None,
    ):
        """A frame with a block. The rest is for what is not usual: `fault`, "stream" or "session"; `plain` and
        `block`, given bytes in place of made ones; `edit`, what is done to the compressed block; `x`, the
        reserved bits; `unused`, those beside the priority or the 16 of SYN_REPLY and HEADERS in version 2."""
        d = self.dialect
        if block is None:
            block = self.deflate(d.plain(pairs) if plain is None else plain)
        block = edit(block) if edit else block
        text = f"stream={stream}"
        fixed = u32(x << 31 | stream)
        if kind == SYN_STREAM:
            text += f" associated={associated}" * (associated > 0) + f" priority={priority}"
            fixed += u32(x << 31 | associated) + bytes([priority << 8 - d.priority | unused, slot])
        elif d.is_2:
            fixed += u16(unused)
        text += " fin" * (flags & FIN)
        if kind == SYN_STREAM:
            text += " unidirectional" * (flags >> 1 & 1)
            text += f" slot={slot}" * (d.has_slot and slot > 0)
        line = {
            None: f"{WORDS[kind]} {text}{shown(pairs)}",
            "stream": f"error stream={stream} {WORDS[kind]}",
            "session": "error session",
        }[fault]
        self.control(kind, fixed + block, line, flags, version)

    def ping(self, number=1):
        self.control(PING, u32(number), f"PING id={number}")


# Frames without a block


def frames_uncompressed_2():
    v = SPDY2.vector(
        "frames-uncompressed",
        "One of each frame that needs no compression, as it is written too (S2-001, S2-027, S2-030, S2-A20).",
    )
    v.add("80 02 00 04 00 00 00 0c 00 00 00 01 04 00 00 00 00 00 00 64", "SETTINGS MAX_CONCURRENT_STREAMS=100")
    v.add("80 02 00 03 00 00 00 08 00 00 00 01 00 00 00 05", "RST_STREAM stream=1 status=CANCEL")
    v.add("80 02 00 05 00 00 00 00", "NOOP")
    v.add("80 02 00 06 00 00 00 04 00 00 00 01", "PING id=1")
    v.add("80 02 00 07 00 00 00 04 00 00 00 05", "GOAWAY last_good=5")
    v.add(
        "80 02 00 04 01 00 00 14 00 00 00 02 05 00 00 01 00 00 00 20 56 34 12 02 00 00 00 01",
        "SETTINGS clear CURRENT_CWND=32:0x01 1193046=1:0x02",
    )
    v.add("00 00 00 01 01 00 00 00", "DATA stream=1 fin length=0")
    v.add("00 00 00 01 00 00 00 05 68 65 6c 6c 6f", "DATA stream=1 length=5")


def frames_uncompressed_3(d):
    v = d.vector(
        "frames-uncompressed",
        "One of each frame that needs no compression, as it is written too (S3-001, S3-004, S3-040"
        + (", S3-133)." if d.has_slot else ", S31-002, S31-017)."),
    )
    v.add("80 03 00 04 00 00 00 0c 00 00 00 01 00 00 00 07 00 00 40 00", "SETTINGS INITIAL_WINDOW_SIZE=16384")
    v.add("80 03 00 04 00 00 00 0c 00 00 00 01 00 00 00 04 00 00 00 64", "SETTINGS MAX_CONCURRENT_STREAMS=100")
    v.add("80 03 00 03 00 00 00 08 00 00 00 01 00 00 00 05", "RST_STREAM stream=1 status=CANCEL")
    v.add("80 03 00 06 00 00 00 04 00 00 00 01", "PING id=1")
    v.add("80 03 00 07 00 00 00 08 00 00 00 07 00 00 00 00", "GOAWAY last_good=7 status=OK")
    v.add("80 03 00 09 00 00 00 08 00 00 00 01 00 00 80 00", "WINDOW_UPDATE stream=1 delta=32768")
    v.add("80 03 00 09 00 00 00 08 00 00 00 00 00 01 00 00", "WINDOW_UPDATE stream=0 delta=65536")
    v.add("80 03 00 07 00 00 00 08 00 00 00 00 00 00 00 02", "GOAWAY last_good=0 status=INTERNAL_ERROR")
    v.add(
        "80 03 00 04 01 00 00 14 00 00 00 02 01 00 00 05 00 00 00 20 02 12 34 56 00 00 00 01",
        "SETTINGS clear CURRENT_CWND=32:0x01 1193046=1:0x02",
    )
    if d.has_slot:
        v.add(
            "80 03 00 0a 00 00 00 14 00 01 00 00 00 02 0a 0b 00 00 00 02 30 82 00 00 00 02 30 83",
            "CREDENTIAL slot=1 proof=0a0b certificates=3082,3083",
        )
    v.add("00 00 00 01 01 00 00 00", "DATA stream=1 fin length=0")
    v.add("00 00 00 01 00 00 00 05 68 65 6c 6c 6f", "DATA stream=1 length=5")


def settings(d):
    v = d.vector(
        "settings",
        "SETTINGS in wire order, ascending or not, at any place; unknown IDs are kept; of the flags only 0x01 is"
        f" looked at ({d.pick('S2-030, S2-039', 'S3-040, S3-046, S3-048')}).",
    )
    names = "UPLOAD_BANDWIDTH=1 DOWNLOAD_BANDWIDTH=2 ROUND_TRIP_TIME=3 MAX_CONCURRENT_STREAMS=4 CURRENT_CWND=5"
    names += " DOWNLOAD_RETRANS_RATE=6 INITIAL_WINDOW_SIZE=7 "
    names += d.pick("8=8", "CLIENT_CERTIFICATE_VECTOR_SIZE=8")
    v.control(SETTINGS, d.settings(*[(i, i) for i in range(1, 9)]), f"SETTINGS {names}")
    v.ping()
    v.control(SETTINGS, d.settings(), "SETTINGS")
    v.control(SETTINGS, d.settings(), "SETTINGS clear", flags=1)
    v.control(
        SETTINGS,
        d.settings((5, 10, 1), (7, 0)),
        "SETTINGS clear CURRENT_CWND=10:0x01 INITIAL_WINDOW_SIZE=0",
        flags=1,
    )
    v.control(
        SETTINGS,
        d.settings((4, 0), (200, 7), (0, 1), (9, 0xFFFFFFFF), (0xFFFFFF, 2), (0x010203, 3)),
        "SETTINGS MAX_CONCURRENT_STREAMS=0 200=7 0=1 9=4294967295 16777215=2 66051=3",
        flags=0xFE,
    )
    v.control(SETTINGS, d.settings((3, 0x80000000)), "SETTINGS clear ROUND_TRIP_TIME=2147483648", flags=0xFF)

    v = d.vector(
        "settings-entry-flags",
        f"The flags of an entry are kept as they are ({d.pick('S2-030, S2-040', 'S3-040, S3-045')}).",
    )
    v.control(SETTINGS, d.settings((5, 32, 1)), "SETTINGS CURRENT_CWND=32:0x01")
    v.control(SETTINGS, d.settings((5, 32, 2)), "SETTINGS CURRENT_CWND=32:0x02")
    v.control(
        SETTINGS,
        d.settings((1, 0, 3), (4, 100, 1), (7, 65536, 2), (200, 7, 1)),
        "SETTINGS UPLOAD_BANDWIDTH=0:0x03 MAX_CONCURRENT_STREAMS=100:0x01 INITIAL_WINDOW_SIZE=65536:0x02 200=7:0x01",
    )

    v = d.vector(
        "settings-duplicates",
        "An ID twice in one frame, or in two, is the session's to judge; the codec keeps them all"
        f" ({d.pick('S2-030', 'S3-040')}).",
    )
    v.control(
        SETTINGS,
        d.settings((4, 100), (4, 50, 1), (4, 100)),
        "SETTINGS MAX_CONCURRENT_STREAMS=100 MAX_CONCURRENT_STREAMS=50:0x01 MAX_CONCURRENT_STREAMS=100",
    )
    v.control(SETTINGS, d.settings((4, 20)), "SETTINGS MAX_CONCURRENT_STREAMS=20")

    v = d.vector(
        "settings-byte-order",
        d.pick(
            "The ID stands with its lowest byte first and before the flags. A peer that has it the other way round is"
            " taken by the letter (S2-030, S2-A14).",
            "The flags stand before the ID, which has its highest byte first. The order of version 2 is taken by the"
            " letter (S3-040).",
        ),
    )
    first, second, third = d.pick(
        ("MAX_CONCURRENT_STREAMS=100", "262144=100", "0=100:0x04"),
        ("0=100:0x04", "1024=100", "MAX_CONCURRENT_STREAMS=100"),
    )
    for entry, line in (("04000000", first), ("00000400", second), ("00000004", third)):
        v.control(SETTINGS, u32(1) + bytes.fromhex(entry + "00000064"), f"SETTINGS {line}")

    v = d.vector("settings-32-entries", "As many entries as the default limit allows.")
    many = [(100 + i, i) for i in range(33)]
    v.control(SETTINGS, d.settings(*many[:32]), "SETTINGS" + "".join(f" {i}={n}" for i, n in many[:32]))
    v = d.vector("settings-33-entries", "One entry more than the default limit allows.")
    v.control(SETTINGS, d.settings(*many), "error session")

    for name, comment, payload in (
        (
            "count-too-large",
            "The count says two entries, the length has room for one",
            d.settings((4, 1), count=2),
        ),
        ("count-too-small", "The count says no entries, yet eight bytes follow", d.settings((4, 1), count=0)),
        ("count-huge", "A count of 2^32 - 1, and one entry", d.settings((4, 1), count=0xFFFFFFFF)),
        ("too-short", "No room for the count", bytes(3)),
        ("length-11", "A length that is not 4 + 8n", d.settings((4, 1))[:11]),
    ):
        v = d.vector(f"settings-{name}", f"{comment} ({d.pick('S2-A13', 'S3-A16')}).")
        v.ping()
        v.control(SETTINGS, payload, "error session")
        v.ping()


def rst_stream(d):
    v = d.vector(
        "rst-stream",
        "The codes of the version by name, every other as its number; flags and the reserved bit are not looked at"
        + {
            "spdy2": " (S2-027).",
            "spdy3": " (S3-004, S3-132).",
            "spdy3_1": " (S3-004). 10 is not in use (S31-014).",
        }[d.directory],
    )
    names = [
        "PROTOCOL_ERROR",
        "INVALID_STREAM",
        "REFUSED_STREAM",
        "UNSUPPORTED_VERSION",
        "CANCEL",
        "INTERNAL_ERROR",
        "FLOW_CONTROL_ERROR",
        d.pick("8", "STREAM_IN_USE"),
        d.pick("9", "STREAM_ALREADY_CLOSED"),
        "INVALID_CREDENTIALS" if d.has_slot else "10",
        d.pick("11", "FRAME_TOO_LARGE"),
        "12",
    ]
    for status, name in enumerate(names, 1):
        v.control(
            RST_STREAM, u32(2 * status + 1) + u32(status), f"RST_STREAM stream={2 * status + 1} status={name}"
        )
    v.control(RST_STREAM, u32(1) + u32(0), "RST_STREAM stream=1 status=0")
    v.control(RST_STREAM, u32(0x7FFFFFFF) + u32(0xFFFFFFFF), "RST_STREAM stream=2147483647 status=4294967295")
    v.control(RST_STREAM, u32(0x80000001) + u32(3), "RST_STREAM stream=1 status=REFUSED_STREAM", flags=0xFF)


def noop_2():
    v = SPDY2.vector("noop", "A payload is skipped, flags are not looked at (S1-A22).")
    v.control(NOOP, b"", "NOOP")
    v.control(NOOP, b"ignored", "NOOP")
    v.control(NOOP, b"", "NOOP", flags=0xFF)
    v.ping()


def ping(d):
    v = d.vector("ping", f"All 32 bits are the ID; flags are not looked at (S1-146{d.pick('', ', S3-004')}).")
    for number in (0, 1, 2, 0x7FFFFFFF, 0x80000000, 0xFFFFFFFF):
        v.ping(number)
    v.control(PING, u32(5), "PING id=5", flags=0xFF)


def goaway_2():
    v = SPDY2.vector(
        "goaway",
        "Four bytes, or eight as a peer of a later version sends them; the top bit is masked, the status and the"
        " flags are not looked at (S2-A20).",
    )
    v.control(GOAWAY, u32(0), "GOAWAY last_good=0")
    v.control(GOAWAY, u32(0x7FFFFFFF), "GOAWAY last_good=2147483647")
    v.control(GOAWAY, u32(0x80000005), "GOAWAY last_good=5", flags=0xFF)
    v.control(GOAWAY, u32(5) + u32(0), "GOAWAY last_good=5")
    v.control(GOAWAY, u32(0x80000003) + u32(0xFFFFFFFF), "GOAWAY last_good=3")
    v.control(GOAWAY, u32(0) + u32(1), "GOAWAY last_good=0", flags=0xFF)


def goaway_3(d):
    v = d.vector(
        "goaway",
        "Three codes by name, every other as its number, 11 too, which the errata of the drafts had for"
        " INTERNAL_ERROR; the top bit is masked, flags are not looked at (S3-004, S31-017).",
    )
    for status, name in enumerate(["OK", "PROTOCOL_ERROR", "INTERNAL_ERROR", "3"]):
        v.control(GOAWAY, u32(status) + u32(status), f"GOAWAY last_good={status} status={name}")
    v.control(GOAWAY, u32(9) + u32(11), "GOAWAY last_good=9 status=11")
    v.control(GOAWAY, u32(0xFFFFFFFF) + u32(0xFFFFFFFF), "GOAWAY last_good=2147483647 status=4294967295")
    v.control(GOAWAY, u32(0x80000005) + u32(0), "GOAWAY last_good=5 status=OK", flags=0xFF)


def window_update(d):
    v = d.vector(
        "window-update",
        "Both top bits are masked, flags are not looked at; a delta of 0 and stream 0 are the session's to judge"
        f" (S3-004{'' if d.has_slot else ', S31-002'}).",
    )
    for stream, delta in (
        (1, 1),
        (2, 32768),
        (1, 0x7FFFFFFF),
        (0, 65536),
        (0, 1),
        (1, 0),
        (0, 0),
        (0x7FFFFFFF, 7),
    ):
        v.control(WINDOW_UPDATE, u32(stream) + u32(delta), f"WINDOW_UPDATE stream={stream} delta={delta}")
    v.control(WINDOW_UPDATE, u32(0x80000001) + u32(0x80000001), "WINDOW_UPDATE stream=1 delta=1", flags=0xFF)
    v.control(WINDOW_UPDATE, u32(3) + u32(0xFFFFFFFF), "WINDOW_UPDATE stream=3 delta=2147483647")


def credential(slot, *parts):
    return u16(slot) + b"".join(u32(len(part)) + part for part in parts)


def credential_3():
    v = SPDY3.vector(
        "credential",
        "A slot, a proof, and certificates until the frame ends; flags are not looked at, slot 0 is not judged"
        " (S3-004, S3-133).",
    )
    der, proof = bytes.fromhex("3082000a"), bytes(range(32))
    v.control(
        CREDENTIAL,
        credential(1, b"\x0a\x0b", der, b"\x30\x83"),
        "CREDENTIAL slot=1 proof=0a0b certificates=3082000a,3083",
    )
    v.control(
        CREDENTIAL,
        credential(65535, proof, der),
        f"CREDENTIAL slot=65535 proof={proof.hex()} certificates=3082000a",
    )
    v.control(CREDENTIAL, credential(2, b""), "CREDENTIAL slot=2 proof= certificates=")
    v.control(CREDENTIAL, credential(3, b"\xff"), "CREDENTIAL slot=3 proof=ff certificates=", flags=0xFF)
    v.control(
        CREDENTIAL, credential(4, b"", der, b"", der), "CREDENTIAL slot=4 proof= certificates=3082000a,,3082000a"
    )
    v.control(CREDENTIAL, credential(0, b"\x01"), "CREDENTIAL slot=0 proof=01 certificates=")
    v.ping()

    for name, comment, payload in (
        ("proof-too-long", "The proof runs past the end of the frame", u16(1) + u32(3) + b"ab"),
        ("proof-huge", "A proof of 2^32 - 1 bytes", u16(1) + u32(0xFFFFFFFF) + b"ab"),
        (
            "certificate-too-long",
            "A certificate runs past the end of the frame",
            credential(1, b"a") + u32(3) + b"bc",
        ),
        ("certificate-cut", "The frame ends within the length of a certificate", credential(1, b"a") + bytes(3)),
        ("too-short", "No room for the length of the proof", credential(1, b"")[:5]),
    ):
        v = SPDY3.vector(f"credential-{name}", f"{comment}: the frame cannot be read (S3-A16).")
        v.ping()
        v.control(CREDENTIAL, payload, "error session")
        v.ping()


def credential_3_1():
    v = SPDY3_1.vector("credential", "There is none: type 10 is unknown, and not read at all (S31-014, S3-A01).")
    v.control(CREDENTIAL, credential(1, b"\x0a\x0b", b"\x30\x82"), "UNKNOWN type=10 length=14")
    v.control(CREDENTIAL, u16(1) + u32(0xFFFFFFFF), "UNKNOWN type=10 length=6", flags=0xFF)
    v.control(CREDENTIAL, b"", "UNKNOWN type=10 length=0")
    v.ping()


def data(d):
    v = d.vector(
        "data",
        "Any length, 0 too, with and without FIN; only flags 0x01 and 0x02 are looked at (S1-008, S1-009"
        f"{d.pick('', ', S3-004')}).",
    )
    v.data(1, b"")
    v.data(1, b"", 1)
    v.data(3, bytes(range(100)))
    v.data(0x7FFFFFFF, b"hello", 1)
    v.data(3, u16(0x8000 | d.wire) + bytes.fromhex("000600000004"))
    v.data(5, b"abc", 0xFC)
    v.data(5, b"", 0xFD)

    v = d.vector("data-flag-2", "The flag 0x02 costs the stream, and the payload is skipped (S1-A18, S3-004).")
    v.data(1, b"before")
    v.data(1, b"compressed?", 2, fault=True)
    v.data(3, b"", 3, fault=True)
    v.data(5, u16(0x8000 | d.wire) + bytes.fromhex("000600000004"), 0xFE, fault=True)
    v.data(1, b"after", 1)


def unknown_types(d):
    kinds = {
        "spdy2": ((9, "WINDOW_UPDATE does not exist (S2-A17)"), (10, "")),
        "spdy3": ((5, "NOOP does not exist"), (11, "CREDENTIAL was 11 once")),
        "spdy3_1": ((5, "NOOP does not exist"), (11, "CREDENTIAL is unknown as 10 and 11 (S31-014)")),
    }[d.directory]
    notes = "".join(f"; {note}" for _, note in kinds if note)
    v = d.vector(
        "unknown-types",
        f"Control frames of unknown type are skipped by their length ({d.pick('S2-004', 'S3-A01')}){notes}.",
    )
    noop = bytes.fromhex("8002000500000000")
    for kind, payload in (
        (kinds[0][0], u32(1) + u32(0x8000)),
        (kinds[0][0], b""),
        (kinds[1][0], b"12345"),
        (0, b""),
        (0, b"12345678"),
        (119, b"12345678"),
        (0x7FFF, b"x"),
        (0x8001, noop * 5),
        (0xFFFF, b""),
    ):
        v.control(kind, payload, f"UNKNOWN type={kind} length={len(payload)}", flags=0xFF * (kind & 1))
    v.ping()


def other_version_2():
    d = SPDY2
    v = d.vector(
        "version-other-skipped",
        "Control frames of another version are passed over, SYN_STREAM excepted: neither type nor length nor block is"
        " looked at (S2-A19).",
    )
    v.control(PING, u32(1), "UNKNOWN type=6 version=9 length=4", version=9)
    v.control(PING, u32(1), "UNKNOWN type=6 version=3 length=4", version=3)
    v.control(PING, b"12345", "UNKNOWN type=6 version=1 length=5", version=1)
    v.control(SYN_REPLY, u32(1) + u16(0) + b"no zlib", "UNKNOWN type=2 version=3 length=13", version=3)
    v.control(HEADERS, b"", "UNKNOWN type=8 version=0 length=0", version=0)
    v.control(RST_STREAM, b"123", "UNKNOWN type=3 version=32767 length=3", version=0x7FFF)
    v.control(SETTINGS, d.settings((4, 1), count=9), "UNKNOWN type=4 version=3 length=12", version=3)
    v.control(NOOP, b"", "UNKNOWN type=5 version=1 length=0", version=1)
    v.control(119, b"12345678", "UNKNOWN type=119 version=3 length=8", version=3)
    v.ping()
    v.headers(SYN_REPLY, 1, d.reply())

    v = d.vector(
        "version-syn-stream",
        "SYN_STREAM of another version costs its stream; its block is not inflated, so that one that never went"
        " through the sender's context does no harm (S2-A19).",
    )
    v.headers(SYN_STREAM, 1, d.request(), block=b"no zlib at all", fault="stream", version=3)
    v.headers(SYN_STREAM, 3, d.request())
    v.headers(SYN_STREAM, 0x7FFFFFFF, block=b"", x=1, fault="stream", version=1)
    v.headers(SYN_STREAM, 7, block=d.request()[0][0].encode(), flags=0xFF, fault="stream", version=0)
    v.headers(SYN_STREAM, 9, d.request("/a"), version=2)
    v = d.vector(
        "version-syn-stream-out-of-step",
        "A SYN_STREAM of another version whose block did go through the sender's context, the first of all: the next"
        " block has no zlib header, which ends the session (S2-A19).",
    )
    v.headers(SYN_STREAM, 1, d.request(), fault="stream", version=3)
    v.ping()
    v.headers(SYN_STREAM, 3, d.request(), fault="session")
    v.ping()


def other_version_3(d):
    v = d.vector(
        "version-other-skipped",
        "Control frames of another version that carry no block are passed over by their length (S3-A01).",
    )
    v.control(PING, u32(1), "UNKNOWN type=6 version=9 length=4", version=9)
    v.control(PING, u32(1), "UNKNOWN type=6 version=2 length=4", version=2)
    v.control(PING, b"12345", "UNKNOWN type=6 version=1 length=5", version=1)
    v.control(RST_STREAM, b"123", "UNKNOWN type=3 version=32767 length=3", version=0x7FFF)
    v.control(SETTINGS, d.settings((4, 1), count=9), "UNKNOWN type=4 version=2 length=12", version=2)
    v.control(NOOP, b"", "UNKNOWN type=5 version=2 length=0", version=2)
    v.control(GOAWAY, u32(1), "UNKNOWN type=7 version=2 length=4", version=2)
    v.control(WINDOW_UPDATE, u32(1) + u32(0), "UNKNOWN type=9 version=4 length=8", version=4)
    v.control(CREDENTIAL, b"", "UNKNOWN type=10 version=1 length=0", version=1)
    v.control(119, b"12345678", "UNKNOWN type=119 version=0 length=8", version=0)
    v.ping()
    v.headers(SYN_REPLY, 1, d.reply())
    for kind, version in ((SYN_STREAM, 2), (SYN_REPLY, 4), (HEADERS, 1)):
        v = d.vector(
            f"version-{WORDS[kind].lower().replace('_', '-')}",
            "A frame of another version that carries a block: the context is lost (S3-A01).",
        )
        v.headers(SYN_STREAM, 1, d.request())
        v.headers(kind, 1, d.reply(), version=version, fault="session")
        v.ping()


def lengths(d):
    wrong = d.pick(
        (
            (SYN_STREAM, 11, "S2-011, S2-A13"),
            (SYN_STREAM, 10, "S2-011, S2-A13"),
            (SYN_REPLY, 7, "S2-020, S2-A13"),
            (SYN_REPLY, 6, "S2-020, S2-A13"),
            (HEADERS, 5, "S2-A13"),
            (RST_STREAM, 7, "S2-A13"),
            (RST_STREAM, 9, "S2-A13"),
            (PING, 5, "S2-A13"),
            (PING, 3, "S2-A13"),
            (GOAWAY, 3, "S2-A13, S2-A20"),
            (GOAWAY, 5, "S2-A13, S2-A20"),
            (GOAWAY, 9, "S2-A13, S2-A20"),
        ),
        (
            (SYN_STREAM, 9, "S3-A16"),
            (SYN_REPLY, 3, "S3-A16"),
            (HEADERS, 3, "S3-A16"),
            (RST_STREAM, 7, "S3-A16"),
            (RST_STREAM, 9, "S3-A16"),
            (PING, 5, "S3-A16"),
            (PING, 0, "S3-A16"),
            (GOAWAY, 4, "S3-A16"),
            (GOAWAY, 9, "S3-A16"),
            (WINDOW_UPDATE, 4, "S3-A16"),
            (WINDOW_UPDATE, 9, "S3-A16"),
        ),
    )
    words = {**WORDS, RST_STREAM: "RST_STREAM", PING: "PING", GOAWAY: "GOAWAY", WINDOW_UPDATE: "WINDOW_UPDATE"}
    for kind, size, rules in wrong:
        name = words[kind].lower().replace("_", "-")
        v = d.vector(f"length-{name}-{size}", f"A length that the type cannot have ({rules}).")
        v.ping()
        v.control(kind, bytes([0, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0])[:size], "error session")
        v.ping()
    v = d.vector(
        "length-headers-65537",
        f"A frame with headers above the limit is refused by its head ({d.pick('S1-A29', 'S3-022, S3-134, S3-A10')})."
        " Not all of it is here.",
    )
    head = u16(0x8000 | d.wire) + bytes.fromhex("0008 00010001")
    v.add(head + bytes.fromhex("00000001 00000000"), "error session")


def truncated(d):
    rule = "S1-A35"
    v = d.vector("truncated-head", f"The input ends within the head of the second frame ({rule}).")
    v.ping()
    v.ping()
    v.cut(7)
    v = d.vector("truncated-payload", f"The input ends within the payload ({rule}).")
    v.control(GOAWAY, u32(1) + u32(0), "GOAWAY last_good=1" + d.pick("", " status=OK"))
    v.control(RST_STREAM, u32(1) + u32(1), "")
    v.cut(15)
    v = d.vector("truncated-data", f"The input ends within the payload of a DATA frame ({rule}).")
    v.data(1, b"hello")
    v.data(1, b"hello", 1)
    v.cut(12)
    v = d.vector("truncated-block", f"The input ends one byte before the end of the block ({rule}).")
    v.headers(SYN_STREAM, 1, d.request())
    v.headers(SYN_STREAM, 3, d.request("/a"))
    v.cut(-1)


def stream_id_0(d):
    v = d.vector(
        "stream-id-0",
        "The codec does not judge stream IDs, not even 0: that is the session's.",
    )
    v.headers(SYN_STREAM, 0, d.request())
    v.headers(SYN_REPLY, 0, d.reply())
    v.headers(HEADERS, 0, [("x", "y")])
    v.data(0, b"x")
    v.control(RST_STREAM, u32(0) + u32(1), "RST_STREAM stream=0 status=PROTOCOL_ERROR")


# Frames with a block


def syn_stream_fields(d):
    v = d.vector(
        "priorities",
        d.pick(
            "Two bits, and 0 is the most urgent, as deployed (S2-010, S2-015, S2-A01).",
            "Three bits, and 0 is the most urgent (S3-004, S3-017).",
        ),
    )
    for wire in range(1 << d.priority):
        v.headers(SYN_STREAM, 2 * wire + 1, d.request(), priority=wire)

    v = d.vector(
        "associated-streams",
        "An associated stream, UNIDIRECTIONAL and both flags; the codec takes them from either side"
        f" ({d.pick('S2-010, S2-014', 'S3-004, S3-019')}).",
    )
    v.headers(SYN_STREAM, 2, d.push(), flags=UNIDIRECTIONAL, associated=1, priority=1)
    v.headers(SYN_STREAM, 4, d.push(), flags=UNIDIRECTIONAL | FIN, associated=0x7FFFFFFF)
    v.headers(SYN_STREAM, 6, d.push(), flags=UNIDIRECTIONAL)
    v.headers(SYN_STREAM, 0x7FFFFFFE, d.push(), flags=FIN, associated=1, priority=(1 << d.priority) - 1)
    v.headers(SYN_STREAM, 7, d.request(), associated=5)

    v = d.vector(
        "slot",
        "The byte behind the priority is the slot of a credential (S3-004, S3-130)."
        if d.has_slot
        else f"The byte behind the priority is not in use and not looked at ({d.pick('S2-010', 'S31-014')}).",
    )
    for stream, slot in ((1, 0), (3, 1), (5, 2), (7, 255)):
        v.headers(SYN_STREAM, stream, d.request(), slot=slot, priority=stream & 3)
    if d.has_slot:
        v.headers(SYN_STREAM, 8, d.push(), slot=8, associated=1, flags=UNIDIRECTIONAL | FIN, priority=7)


def reserved_bits(d):
    v = d.vector(
        "reserved-bits",
        "The bits before the stream-IDs, the unused bits and the flags that are not listed are not looked at"
        f" ({d.pick('S2-010, S2-020, S2-061', 'S3-004')}).",
    )
    unused, wide = d.pick((0x3F, 0xFFFF), (0x1F, 0))
    slot = 0 if d.has_slot else 0xFF
    v.headers(SYN_STREAM, 1, d.request(), x=1, unused=unused, slot=slot, flags=0xFC)
    v.headers(
        SYN_STREAM,
        0x7FFFFFFF,
        d.request(),
        x=1,
        unused=unused,
        slot=slot,
        flags=0xFF,
        associated=0x7FFFFFFF,
        priority=3,
    )
    v.headers(SYN_REPLY, 1, d.reply(), x=1, unused=wide, flags=0xFE)
    v.headers(SYN_REPLY, 3, d.reply(), x=1, unused=wide and 0x8000, flags=0x81)
    v.headers(HEADERS, 1, [("x", "y")], x=1, unused=wide, flags=0xFE)
    v.headers(HEADERS, 3, [("x", "y")], x=1, unused=wide and 1, flags=0xFF)


def headers_frames(d):
    v = d.vector(
        "headers",
        f"HEADERS at any place, with FIN and without, in the context of the others ({d.pick('S2-061', 'S3-004')}).",
    )
    v.headers(SYN_REPLY, 1, d.reply())
    v.headers(HEADERS, 1, [("x-first", "1")])
    v.data(1, b"body")
    v.headers(HEADERS, 1, [("x-first", "2"), ("content-type", "text/html")])
    v.data(1, b"more")
    v.headers(HEADERS, 1, [("x-trailer", "end")], flags=FIN)
    v.headers(HEADERS, 3, [("x-trailer", "end")], flags=FIN)


def shared_context(d):
    v = d.vector(
        "shared-context",
        "SYN_STREAM, SYN_REPLY and HEADERS use one context in wire order, whatever stands between them"
        f" ({d.pick('S2-061, S2-069', 'S3-070')}).",
    )
    v.headers(SYN_REPLY, 1, d.reply())
    v.headers(HEADERS, 1, [("set-cookie", "id=" + noise("id", 40))])
    v.data(1, b"body")
    v.headers(SYN_STREAM, 2, d.push(), associated=1, flags=UNIDIRECTIONAL)
    v.ping(2)
    v.headers(SYN_REPLY, 3, d.reply("image/png"), flags=FIN)
    v.headers(SYN_STREAM, 4, d.push(), associated=3, flags=UNIDIRECTIONAL | FIN, priority=3)
    v.control(119, b"????", "UNKNOWN type=119 length=4")
    v.headers(HEADERS, 2, [("set-cookie", "id=" + noise("id", 40))])
    v.headers(SYN_REPLY, 5)
    v.headers(SYN_REPLY, 7, d.reply())


def recorded(d):
    """Given bytes; of the sheet of vectors that other implementations and CPython's zlib wrote."""
    block = bytes.fromhex
    if d is SPDY2:
        v = d.vector("recorded-request", "A request (S2-010, S2-065, S2-069).")
        v.add(
            "800200010100005e0000000100000000000078f9dfa251b262606560cb05e6c3fc14066677d71006b66260d4e5a632b0"
            "6694941414333083d470eb67e6a5a456e8815cc0c00ed5ccc0013393810594cd18f881c9442fb52231b72027552f393f"
            "17000000ffff",
            "SYN_STREAM stream=1 priority=0 fin" + shown(d.request("/index.html")),
        )
        v = d.vector(
            "recorded-chromium-block",
            "The block of a SYN_REPLY from the test data of Chromium; its header says a window of 2 KiB (S2-065, S2-069).",
        )
        v.headers(
            SYN_REPLY,
            1,
            [("bar", "foo"), ("foo", "bar")],
            block=block("38eadfa251b2626062604e4a2c62604ecbcf8712402e000000ffff"),
        )
        v = d.vector("recorded-c-server-block", "The block of a SYN_REPLY of a test server in C (S2-065).")
        v.headers(
            SYN_REPLY,
            1,
            [("content-type", "text/plain"), ("status", "200 OK"), ("version", "HTTP/1.1")],
            block=block("78bbdfa251b2626066e0410e24062e841d0c6c10e50c6cc064ace0efcdc00ed5c8c001330f000000ffff"),
        )
        v = d.vector("recorded-node-spdy-block", "A block from the test data of node-spdy (S2-065).")
        v.headers(
            SYN_STREAM,
            1,
            [("host", "localhost"), ("custom", "1")],
            block=block("78bbdfa251b26260626001e512064e5050e680996cc9a5c525f9b90c8c8600000000ffff"),
        )
        return
    if d is SPDY3:
        comment = "A request, and HEADERS with an empty value (S3-004, S3-065, S3-068, S3-070)."
        v = d.vector("recorded-request", comment)
        v.add(
            "800300010100005b0000000100000000000078f9e3c6a7c2026525507ab442a45a77d71090a8554122b86ce2d6cfcc4b"
            "49add0033910945cadb0275d562b6891c20fcc137aa91589a0e8d14b069736ec56c5c07234175cd86694941414030000"
            "00ffff",
            "SYN_STREAM stream=1 priority=0 fin" + shown(d.request("/index.html")),
        )
        v.add("80030008000000180000000102321841e215baa9b90525a0bcc500000000ffff", 'HEADERS stream=1 x-empty=""')
        v = d.vector(
            "recorded-chromium-block", "The block of a SYN_REPLY from the test data of Chromium (S3-065)."
        )
        v.headers(
            SYN_REPLY,
            1,
            [("bar", "foo"), ("foo", "bar")],
            block=block("38eae3c6a7c202e50e50c24b4a04e50be6b4fc7c240a2808000000ffff"),
        )
        comment = "A block of no pairs from the test data of spdy-transport (S3-065, S3-A30)."
        v = d.vector("recorded-no-pairs", comment)
        v.headers(SYN_REPLY, 1, block=block("78f9e3c6a7c202a6230600000000ffff"))
        return
    v = d.vector(
        "recorded-name-too-long",
        "A block from the tests of a codec in C++: one pair, whose name has a length of 2^32 - 1 (S3-A11).",
    )
    v.headers(SYN_STREAM, 1, block=block("78bbe3c6a7c202a623c6ff4000000000ffff"), fault="stream")
    v.ping()


def zero_pairs(d):
    v = d.vector(
        "zero-pairs",
        "A count of 0 that went through the compressor, as the first block and later"
        f" ({d.pick('S2-065', 'S3-065, S3-A30')}).",
    )
    v.headers(SYN_REPLY, 1)
    v.headers(SYN_STREAM, 3)
    v.headers(HEADERS, 1)
    v.headers(SYN_STREAM, 5, d.request())
    v.headers(HEADERS, 3, flags=FIN)
    v.headers(SYN_REPLY, 5, d.reply(), flags=FIN)

    v = d.vector(
        "zero-bytes",
        "A block of zero bytes is no pairs and leaves the context alone, also before there is one "
        + d.pick("(S2-A13, S3-A30). In version 2 only HEADERS can be that short.", "(S3-A30)."),
    )
    kinds = d.pick([HEADERS], [SYN_REPLY, SYN_STREAM, HEADERS])
    for kind in kinds:
        v.headers(kind, 1, block=b"")
    v.headers(SYN_STREAM, 3, d.request())
    for kind in kinds:
        v.headers(kind, 3, block=b"", flags=FIN)
    v.headers(SYN_STREAM, 5, d.request("/a"))

    v = d.vector(
        "block-of-nothing",
        "Compressed bytes that inflate to nothing hold no count: the stream is lost, the context stays in step"
        f" ({d.pick('S2-A12', 'S3-A11')}).",
    )
    v.headers(SYN_STREAM, 1, d.request())
    v.headers(SYN_REPLY, 1, block=FLUSH, fault="stream")
    v.headers(HEADERS, 1, plain=d.number(0)[:-1], fault="stream")
    v.headers(SYN_STREAM, 3, d.request())


# Compression as senders may set it up

SETUPS = (
    # level, window bits, memory level, strategy
    (0, 15, 8, "default"),
    (1, 15, 9, "default"),
    (6, 15, 8, "default"),
    (6, 14, 1, "filtered"),
    (9, 13, 8, "default"),
    (6, 12, 9, "huffman_only"),
    (9, 11, 1, "default"),
    (9, 10, 8, "rle"),
    (9, 9, 9, "default"),
    (1, 9, 1, "fixed"),
)


def traffic(v):
    """Enough to fill small windows several times and to end several deflate blocks at memory level 1."""
    d = v.dialect
    cookie = [("cookie", "id=" + noise("cookie", 200))]
    v.headers(SYN_STREAM, 1, d.request("/index.html") + cookie, flags=FIN, priority=0)
    v.headers(SYN_STREAM, 3, d.request("/style.css") + [("referer", "https://www.example.com/")], priority=1)
    v.headers(SYN_REPLY, 2, d.reply() + [("set-cookie", "a=" + noise("a", 80) + "\0b=2")])
    v.headers(HEADERS, 2, [("x-path", "/" + noise("path", 300))])
    v.headers(SYN_STREAM, 5, d.request("/" + noise("path", 300)) + cookie, priority=3)
    v.headers(SYN_REPLY, 4, d.reply(), flags=FIN)


def zlib_setups(d, setups):
    rules = d.pick("S2-069", "S3-070, S3-071")
    for level, window, memory, strategy in setups:
        name = f"zlib-level-{level}-window-{window:02}-memory-{memory}-{strategy.replace('_', '-')}"
        comment = (
            f"One context over several blocks, whatever the sender's setup is; the name says which ({rules})."
        )
        traffic(d.vector(name, comment, level=level, window=window, memory=memory, strategy=STRATEGIES[strategy]))


def zlib_blocks(d):
    rules = d.pick("S2-069", "S3-070")
    traffic(
        d.vector(
            "zlib-full-flush",
            f"A sender that forgets its window after each block ({rules}).",
            flush=zlib.Z_FULL_FLUSH,
        )
    )

    v = d.vector(
        "zlib-window-moves",
        "Blocks that repeat what stood 31,000 bytes before, while the window of 32 KiB moves on. The filling is in"
        " pairs without a name, which cost their stream but not the context"
        f" ({d.pick('S2-067, S2-069', 'S3-038, S3-067, S3-070')}).",
        level=9,
    )
    for stream in (1, 3, 5, 7):
        again = ("x", noise("far", 200))
        v.headers(SYN_STREAM, stream, [("", again[1] + "-" * 30800), again], fault="stream")
        v.headers(SYN_STREAM, stream + 100, [again])

    v = d.vector(
        "zlib-no-tail-needed",
        "A block must end at a whole byte between two deflate blocks. More than one empty stored block at the end"
        f" will do, and so will a stored block that holds the pairs ({rules}).",
        level=0,
    )
    v.headers(SYN_STREAM, 1, d.request(), edit=lambda b: b + FLUSH)
    v.headers(SYN_STREAM, 3, d.request("/a"), edit=lambda b: b.removesuffix(FLUSH))
    v.headers(SYN_STREAM, 5, d.request("/b"), edit=lambda b: FLUSH + b)
    v.headers(SYN_STREAM, 7, d.request("/c"))

    # In version 2 the dictionary begins with the text, in 3 with a length of 7 before it.
    start = d.number(1) + d.number(1) + b"x"
    head = start + d.number(7)
    v = d.vector(
        "zlib-far-distances",
        "Matches that reach the first byte of the dictionary, and back by the whole window of 32 KiB; what lies"
        f" between is a pair without a name, which costs its stream ({d.pick('S2-067, S2-069', 'S3-067, S3-070')}).",
    )
    first = d.pick(
        fixed_block(head, (7, 907 + len(head))),
        fixed_block(start, (11, 1423 + len(start))),
    )
    v.headers(SYN_STREAM, 1, [("x", "options")], block=zlib_head(7, d.dictionary) + first)
    size = 32768 - len(head)
    runs, rest = divmod(size - 8, 257)
    assert rest >= 3
    v.headers(
        SYN_STREAM,
        3,
        block=fixed_block(d.number(1) + d.number(0) + d.number(size) + b"faraway-", *[(257, 1)] * runs, (rest, 1)),
        fault="stream",
    )
    v.headers(SYN_STREAM, 5, [("x", "faraway")], block=fixed_block(head, (7, 32768)))

    v = d.vector(
        "cookie-of-4000-bytes",
        f"A cookie as some sites have it, in a window of 2 KiB and in many small deflate blocks ({rules}).",
        level=9,
        window=11,
        memory=1,
    )
    cookie = [("cookie", "id=" + noise("big cookie", 3997))]
    v.headers(SYN_STREAM, 1, d.request() + cookie, flags=FIN)
    v.headers(SYN_STREAM, 3, d.request("/a") + cookie, flags=FIN)


# What happens to pairs


def pairs_in_order(d, v, bad, kinds=(SYN_STREAM, SYN_REPLY, HEADERS)):
    """A frame for each bad pair, between two good pairs; then one that decodes."""
    for number, pair in enumerate(bad):
        v.headers(kinds[number % len(kinds)], 2 * number + 1, [("a", "1"), pair, ("z", "26")], fault="stream")
    v.headers(SYN_STREAM, 101, d.request())


def values(d):
    v = d.vector(
        "values-joined",
        f"Several values of one name are joined by single NULs ({d.pick('S2-068', 'S3-069')}).",
    )
    v.headers(SYN_REPLY, 1, [("set-cookie", "a=1\0b=2\0c=3"), ("x", "1\0001\0001"), ("y", "1")])
    v.headers(SYN_REPLY, 3, [("set-cookie", "a=1\0b=2"), ("warning", " \0\t")])
    v.headers(HEADERS, 3, [("accept", "\0".join(noise("accept", 64)))])

    empty = [("x", ""), ("empty", "")]
    if d.is_2:
        v = d.vector("empty-values", "An empty value costs the stream; the context stays in step (S2-067).")
        pairs_in_order(d, v, empty * 2)
        v.headers(HEADERS, 103, [("x", "")], fault="stream")
    else:
        v = d.vector("empty-values", "A value may be empty as a whole (S3-068).")
        v.headers(SYN_STREAM, 1, [("x", "")])
        v.headers(SYN_REPLY, 1, [("a", ""), ("b", "1"), ("c", "")], flags=FIN)
        v.headers(HEADERS, 1, empty)

    rule = d.pick("S2-067", "S3-067")
    v = d.vector("empty-names", f"An empty name costs the stream; the context stays in step ({rule}).")
    pairs_in_order(d, v, [("", "x"), ("", ""), ("", "x\0y")])
    v.headers(SYN_REPLY, 103, [("", "x"), ("", "y")], fault="stream")
    v.headers(SYN_REPLY, 105, [("x", "y")])

    v = d.vector(
        "nul-in-values",
        "A value that begins or ends with NUL, or has two in a row, costs the stream; the context stays in step"
        f" ({d.pick('S2-068, S2-A21', 'S3-069')}).",
    )
    bad = ["\0" + "1", "1\0", "1\0\0" + "2", "\0", "\0\0", "1\0" + "2\0", "1\0\0\0" + "2", "\0" + "1\0" + "2"]
    pairs_in_order(d, v, [("x", value) for value in bad])

    v = d.vector(
        "control-characters-in-values",
        "A value holds no control character but a tab, and NUL between its parts: any other costs the stream"
        f" ({d.pick('S2-A12, ', '')}S3-A12).",
    )
    bad = [1, 8, 0x0A, 0x0B, 0x0D, 0x1F, 0x7F]
    pairs_in_order(d, v, [("x", b"a" + bytes([byte]) + b"b") for byte in bad] + [("x", "a\r\nb"), ("x", "ok\0\n")])

    v = d.vector(
        "bytes-in-values",
        f"A value holds any other byte, UTF-8 or not ({d.pick('S2-A12, ', '')}S3-A12).",
    )
    v.headers(SYN_STREAM, 1, [("title", "Grüße, 世界 🌍"), ("latin", b"caf\xe9"), ("tab", "a\tb"), ("x", "\t")])
    v.headers(SYN_STREAM, 3, [("quote", 'say "hi"'), ("back", "C:\\x00\\"), ("spaces", "  "), ("~", "!")])
    v.headers(SYN_STREAM, 5, [("all", bytes([0x09, *range(0x20, 0x7F), *range(0x80, 0x100)]))])


def names(d):
    rule = d.pick("S2-A12, S3-A12", "S3-A12")
    v = d.vector(
        "names",
        "A name is made of the visible characters of ASCII without upper case (S3-A12).",
    )
    every = bytes(byte for byte in range(0x21, 0x7F) if not 0x41 <= byte <= 0x5A)
    v.headers(SYN_STREAM, 1, [(every, "1"), (":", "2"), ('"', "3"), ("\\", "4"), ("=", "5"), ("[@`{", "6")])
    v.headers(SYN_REPLY, 1, [(every[::-1], "1"), ("x" * 1000, "2")])

    v = d.vector("upper-case-names", f"Upper case in a name costs the stream; the context stays in step ({rule}).")
    pairs_in_order(d, v, [("Status", "200"), ("x-A", "1"), ("Z", "1"), ("A", "1")])
    v.headers(SYN_REPLY, 103, [("x-a", "UPPER")])

    v = d.vector(
        "invalid-names",
        f"Any other byte in a name costs the stream; the context stays in step ({rule}). In turn: space, controls,"
        " DEL, NUL in three places, bytes above 0x7F that are UTF-8 and that are not.",
    )
    bad = [
        b"a b",
        b" a",
        b"\ta",
        b"a\n",
        b"\x1f",
        b"\x7f",
        b"a\0b",
        b"\0a",
        b"a\0",
        "é".encode(),
        b"\xff",
        b"a\x80",
    ]
    pairs_in_order(d, v, [(name, "1") for name in bad])

    v = d.vector(
        "duplicate-names", f"A name that comes twice costs the stream; the context stays in step ({rule})."
    )
    v.headers(SYN_STREAM, 1, [("a", "1"), ("b", "2"), ("a", "3")], fault="stream")
    v.headers(SYN_STREAM, 3, d.request())
    v.headers(SYN_REPLY, 1, [("set-cookie", "1"), ("set-cookie", "1")], fault="stream")
    v.headers(HEADERS, 3, [("x", "1"), ("ab", "1"), ("a", "2"), ("x", "2")], fault="stream", x=1)
    v.headers(SYN_REPLY, 3, [("a", "1"), ("ab", "2"), ("b", "3")])
    v.headers(HEADERS, 3, [("a", "1")])


def counts_and_lengths(d):
    v = d.vector(
        "counts-and-lengths",
        "A block that inflates, but whose count or lengths run past its end, or which has bytes left over: the stream"
        f" is lost, the context stays in step ({d.pick('S2-A02, S2-A12', 'S3-065, S3-A11')}).",
    )
    good = d.pairs([("a", "1"), ("b", "2")])
    n, most = d.number, (1 << 8 * d.width) - 1
    v.headers(SYN_STREAM, 1, d.request())
    for number, plain in enumerate(
        (
            n(1) + good,
            n(3) + good,
            n(0) + good,
            n(most) + good,
            n(2) + good + b"\0",
            n(2) + good[:-1],
            n(2) + good[:-2],
            n(2) + good[: -1 - d.width],
            n(1),
            n(most),
            n(1) + n(1)[:-1],
            n(1) + n(1) + b"a",
            n(1) + n(1) + b"a" + n(1)[:-1],
            n(1) + n(most) + b"a" + n(1) + b"b",
            n(1) + n(1) + b"a" + n(most) + b"b",
            n(1) + n(most) + n(most),
            # The count stands in the block and nowhere else.
            n(2) + n(2) + good,
            # The widths of the other versions.
            SPDY3.plain([("a", "1")]) if d.is_2 else SPDY2.plain([("a", "1"), ("bcd", "efg")]),
        )
    ):
        v.headers((SYN_STREAM, SYN_REPLY, HEADERS)[number % 3], 2 * number + 3, plain=plain, fault="stream")
    v.headers(SYN_STREAM, 101, d.request())


# Limits, as they are by default


def limits(d):
    rule = d.pick("S1-089", "S3-038")
    v = d.vector(
        "limit-list-size",
        f"A list of 65,536 is accepted, above that the stream is lost and the context stays in step ({rule}): names"
        " and values, 32 a name and 32 a value.",
    )
    v.headers(SYN_STREAM, 1, [("a", "a" * 65471)])
    v.headers(SYN_STREAM, 3, [("a", "a" * 65472)], fault="stream")
    v.headers(SYN_STREAM, 5, d.request())
    if d.is_2:
        v = d.vector(
            "limit-value-65535", f"The longest value that can be written is above the limit of a list ({rule})."
        )
        v.headers(SYN_REPLY, 1, [("a", "1"), ("x", "0123456789abcde" * 4369)], fault="stream")
    else:
        comment = f"A value that 16 bits could not measure is above the limit of a list ({rule})."
        v = d.vector("limit-value-70000", comment)
        v.headers(SYN_REPLY, 1, [("a", "1"), ("x", "0123456789" * 7000)], fault="stream")
    v.headers(SYN_REPLY, 3, d.reply())
    v = d.vector("limit-pairs", f"128 pairs are accepted, with 129 the stream is lost ({rule}).")
    many = [(f"n{i}", f"{i}") for i in range(129)]
    v.headers(SYN_STREAM, 1, many[:128])
    v.headers(SYN_STREAM, 3, many, fault="stream")
    v.headers(SYN_STREAM, 5, d.request())
    v = d.vector("limit-values", f"256 values are accepted, with 257 the stream is lost ({rule}).")
    v.headers(SYN_REPLY, 1, [("x", "\0".join("v" * 256))])
    v.headers(SYN_REPLY, 3, [("x", "\0".join("v" * 257))], fault="stream")
    v.headers(SYN_REPLY, 5, d.reply())
    v = d.vector(
        "limit-block-262144",
        f"262,144 bytes may come out of one block, though the stream is lost; the context stays in step ({rule}).",
    )

    def big(size):
        count = d.pick(4, 1)
        rest = size - d.width - count * (2 * d.width + 1)
        sizes = [rest // count] * (count - 1)
        pairs = [(name, name * n) for name, n in zip("abcd", [*sizes, rest - sum(sizes)])]
        assert len(d.plain(pairs)) == size
        return pairs

    v.headers(SYN_STREAM, 1, big(262144), fault="stream")
    v.headers(SYN_STREAM, 3, d.request())
    v = d.vector("limit-block-262145", f"One byte more than 262,144 out of one block ends the session ({rule}).")
    v.headers(SYN_STREAM, 1, d.request())
    v.headers(SYN_STREAM, 3, big(262145), fault="session")


def frame_of_8192_bytes(d):
    v = d.vector("frame-of-8192-bytes", "A length of 8,192, which every receiver has to take (S3-002).", level=0)
    fixed = 10 + 6 + 5 + 5  # before the block, the zlib header, a stored block, the flush
    size = 8192 - fixed - len(d.plain([("x", "")]))
    v.headers(SYN_STREAM, 1, [("x", noise("8192", size))])
    assert len(v.frames[0]) == 8 + 8192, len(v.frames[0])
    v.headers(SYN_STREAM, 3, d.request())


# Blocks that do not inflate, or not cleanly


def inflate_faults(d):
    rule = d.pick("S1-A17, S2-069", "S1-A17, S3-070")
    no_dictionary = d.pick("S1-088, S2-069", "S3-070")
    plain = d.plain([("x", "options")])
    start = d.number(1) + d.number(1) + b"x"
    head = start + d.number(7)

    def bad_block(name, comment, edit=None, block=None, after=False, level=6, flush=zlib.Z_SYNC_FLUSH, rule=rule):
        """A bad block, first of its direction or after a good one, and a good one that no longer counts."""
        v = d.vector(f"inflate-{name}", f"{comment} ({rule}).", level=level)
        if after:
            v.headers(SYN_STREAM, 1, d.request("/before"))
        v.flush = flush
        v.headers(SYN_STREAM, 3, d.request(), edit=edit, block=block, fault="session")
        if flush == zlib.Z_SYNC_FLUSH:
            v.headers(SYN_STREAM, 5, d.request("/after"))

    def whole(zdict):
        deflater = zlib.compressobj(6, zdict=zdict) if zdict else zlib.compressobj(6)
        return deflater.compress(plain) + deflater.flush(zlib.Z_SYNC_FLUSH)

    bad_block("no-dictionary", "zlib without a dictionary", block=whole(None), rule=no_dictionary)
    if d.is_2:
        bad_block(
            "dictionary-without-nul",
            "The dictionary without its last byte, the NUL: DICTID 8DF051B2",
            block=whole(DICTIONARY_2[:-1]),
            rule=no_dictionary,
        )
    else:
        bad_block(
            "dictionary-with-nul",
            "The dictionary with a NUL at its end, which it does not have",
            block=whole(DICTIONARY_3 + b"\0"),
            rule=no_dictionary,
        )
    bad_block(
        d.pick("dictionary-of-version-3", "dictionary-of-version-2"),
        f"The dictionary of version {d.pick(3, 2)}",
        block=whole(d.pick(DICTIONARY_3, DICTIONARY_2)),
        rule=no_dictionary,
    )
    bad_block(
        "head-check-bits",
        "CMF and FLG are no multiple of 31",
        edit=lambda b: b[:1] + bytes([b[1] ^ 1]) + b[2:],
        rule=rule + ", RFC 1950",
    )
    bad_block(
        "head-without-flag",
        "The DICTID is there, but FLG does not say so",
        edit=lambda b: bytes([0x78, 0x9C]) + b[2:],
        rule=no_dictionary + ", RFC 1950",
    )
    bad_block(
        "head-window-64k",
        "A window size that zlib does not have, CINFO 8",
        edit=lambda b: zlib_head(8, d.dictionary) + b[6:],
        rule=rule + ", RFC 1950",
    )
    bad_block("head-only", "The six bytes of the head and nothing more: not flushed", edit=lambda b: b[:6])
    bad_block("head-cut", "The block ends within the zlib header", edit=lambda b: b[:5])
    bad_block("head-again", "A second block that starts a new zlib stream", block=whole(d.dictionary), after=True)
    bad_block("finished", "A sender that ends its zlib stream: last block and checksum", flush=zlib.Z_FINISH)
    bad_block(
        "final-bit",
        "The empty stored block at the end says that it is the last",
        edit=lambda b: b.removesuffix(FLUSH) + b"\1" + FLUSH[1:],
        after=True,
        level=0,
    )
    bad_block("cut-flush", "The last four bytes, 00 00 FF FF, are missing", edit=lambda b: b[:-4], after=True)
    bad_block("cut-text", "The block is cut within its text", edit=lambda b: b[: len(b) // 2], after=True)
    bad_block(
        "partial-flush",
        "A partial flush does not end at a whole byte: its last bits are missing",
        flush=zlib.Z_PARTIAL_FLUSH,
    )
    bad_block(
        "byte-after-flush",
        "One byte after the flush, the beginning of another block",
        edit=lambda b: b + b"\0",
        after=True,
    )
    bad_block(
        "garbage-after-flush",
        "Bytes after the flush that are no deflate block",
        edit=lambda b: b + b"garbage",
        after=True,
    )
    bad_block("reserved-block-type", "A deflate block of type 3", edit=lambda b: b"\x06" + b, after=True)
    bad_block(
        "stored-length",
        "A stored block whose length and its complement do not agree",
        after=True,
        block=b"\0"
        + len(plain).to_bytes(2, "little")
        + (len(plain) ^ 0xFEFF).to_bytes(2, "little")
        + plain
        + FLUSH,
    )
    bad_block(
        "before-dictionary",
        "A match that reaches one byte before the dictionary",
        block=zlib_head(7, d.dictionary) + fixed_block(head, (7, len(d.dictionary) + 1 + len(head))),
    )
    bad_block(
        "outside-window",
        "A match in the dictionary, but farther back than the declared window of 512 bytes",
        block=zlib_head(1, d.dictionary)
        + d.pick(
            fixed_block(head, (7, 907 + len(head))),
            fixed_block(start, (11, 1423 + len(start))),
        ),
        rule=rule + ", RFC 1950",
    )


def kubernetes():
    d = SPDY3_1
    v = d.vector(
        "kubernetes-client",
        "What a Kubernetes client sends to run a command: streams with a single header, no request line (S3-065,"
        " S3-070).",
        level=9,
    )
    for stream, kind in ((1, "error"), (3, "stdin"), (5, "stdout"), (7, "stderr")):
        v.headers(SYN_STREAM, stream, [("streamtype", kind)])
    v.data(3, b"uname -a\n")
    v.ping(1)
    v.data(3, b"", FIN)
    for stream in (1, 5, 7):
        v.control(RST_STREAM, u32(stream) + u32(5), f"RST_STREAM stream={stream} status=CANCEL")
    v.control(GOAWAY, u32(0) + u32(0), "GOAWAY last_good=0 status=OK")
    v = d.vector(
        "kubernetes-server",
        "What the server answers: replies without headers, in blocks that hold a count of 0 (S3-065, S3-A30).",
        level=9,
    )
    for stream in (1, 3, 5, 7):
        v.headers(SYN_REPLY, stream)
    v.data(5, b"Linux\n")
    v.ping(1)
    v.data(1, b'{"metadata":{},"status":"Success"}')
    for stream in (5, 7, 1):
        v.data(stream, b"", FIN)


def make_all():
    frames_uncompressed_2()
    noop_2()
    goaway_2()
    other_version_2()
    credential_3()
    credential_3_1()
    kubernetes()
    for d in (SPDY3, SPDY3_1):
        frames_uncompressed_3(d)
        goaway_3(d)
        window_update(d)
        other_version_3(d)
    for d in (SPDY2, SPDY3, SPDY3_1):
        is_whole = d is not SPDY3_1  # what 3 shows of it holds for 3.1
        if is_whole:
            settings(d)
            lengths(d)
            truncated(d)
            stream_id_0(d)
            reserved_bits(d)
            headers_frames(d)
            names(d)
            limits(d)
            inflate_faults(d)
            zlib_blocks(d)
        zlib_setups(d, SETUPS if is_whole else SETUPS[1::4])
        rst_stream(d)
        ping(d)
        data(d)
        unknown_types(d)
        syn_stream_fields(d)
        shared_context(d)
        recorded(d)
        zero_pairs(d)
        values(d)
        counts_and_lengths(d)
    frame_of_8192_bytes(SPDY3)


make_all()
