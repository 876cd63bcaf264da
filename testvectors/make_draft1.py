"""The test vectors of SPDY Draft 1; importing this makes them."""

import zlib

from vector import FLUSH, STRATEGIES, Vector, dictionary, fixed_block, noise, quote, raw, u16, u32, zlib_head

DICTIONARY = dictionary("spdy-v1-v2.bin")

NOOP = bytes.fromhex("8001000500000000")
SYN_STREAM, SYN_REPLY, SUBRESOURCE = 1, 2, 8
KINDS = {SYN_STREAM: "SYN_STREAM", SYN_REPLY: "SYN_REPLY", SUBRESOURCE: "SUBRESOURCE"}


def plain_block(pairs):
    return b"".join(u16(len(s)) + s for pair in pairs for s in map(raw, pair))


def request(path="/"):
    return [("method", "GET"), ("url", "http://www.example.com" + path), ("version", "HTTP/1.1")]


def reply(kind="text/html"):
    return [("status", "200 OK"), ("version", "HTTP/1.1"), ("content-type", kind)]


class Draft1(Vector):
    def __init__(
        self, name, comment, *, inside=False, level=6, window=15, memory=8, strategy=0, flush=zlib.Z_SYNC_FLUSH
    ):
        self.inside = inside
        setup = {"level": level, "window": window, "memory": memory, "strategy": strategy, "flush": flush}
        super().__init__("draft1", name, comment, 1, DICTIONARY, **setup)

    def headers(
        self,
        kind,
        stream,
        pairs=(),
        shown=None,
        fault=None,
        flags=0,
        wire=3,
        count=None,
        plain=None,
        block=None,
        edit=None,
        x=0,
        unused=0,
    ):
        """A frame with a block. The rest is for what is not usual: `shown`, the pairs that come out where
        they are not `pairs`; `fault`, "stream" or "session"; `plain` and `block`, given bytes in place
        of made ones; `edit`, what is done to the compressed block."""
        count = u16(len(pairs) if count is None else count)
        plain = plain_block(pairs) if plain is None else plain
        if block is None:
            block = self.deflate(count + plain if self.inside else plain)
        block = edit(block) if edit else block
        word = wire << 14 if kind == SYN_STREAM else 0
        text = f"stream={stream}"
        if kind == SYN_STREAM:
            text += f" priority={3 - wire}"
        if kind != SUBRESOURCE and flags & 1:
            text += " fin"
        for name, value in pairs if shown is None else shown:
            text += f' {quote(raw(name))}="{quote(raw(value))}"'
        line = {
            None: f"{KINDS[kind]} {text}",
            "stream": f"error stream={stream} {KINDS[kind]}",
            "session": "error session",
        }[fault]
        payload = u32(x << 31 | stream) + u16(word | unused) + (b"" if self.inside else count) + block
        self.control(kind, payload, line, flags)

    def no_block(self, kind, stream, count=0, fault=None):
        """A frame of length 8, which ends after the count."""
        self.headers(kind, stream, count=count, block=u16(count) if self.inside else b"", fault=fault)


# Frames without a block

v = Draft1(
    "frames-uncompressed", "One of each frame that needs no compression (S1-001 to S1-005, S1-014, S1-024, S1-A36)."
)
v.add(
    "80 01 00 04 00 00 00 14 00 00 00 02 00 00 00 03 00 00 00 1e 00 00 00 04 00 00 00 64",
    "HELLO ROUND_TRIP_TIME=30 MAX_CONCURRENT_STREAMS=100",
)
v.add("80 01 00 03 00 00 00 08 00 00 00 01 00 00 00 03", "FIN_STREAM stream=1 status=REFUSED_STREAM")
v.add("80 01 00 03 00 00 00 08 00 00 00 09 00 00 00 02", "FIN_STREAM stream=9 status=INVALID_STREAM")
v.add("80 01 00 04 00 00 00 04 00 00 00 00", "HELLO")
v.add("80 01 00 02 00 00 00 08 00 00 00 01 00 00 00 00", "SYN_REPLY stream=1")
v.add("80 01 00 05 00 00 00 00", "NOOP")
v.add("80 01 00 06 00 00 00 04 00 00 00 01", "PING id=1")
v.add("80 01 00 06 00 00 00 04 ff ff ff ff", "PING id=4294967295")
v.add("80 01 00 07 00 00 00 04 00 00 00 05", "GOAWAY last_good=5")
v.add("80 01 00 07 00 00 00 04 00 00 00 00", "GOAWAY last_good=0")
v.add("00 00 00 01 01 00 00 00", "DATA stream=1 fin length=0")
v.add("00 00 00 01 00 00 00 05 68 65 6c 6c 6f", "DATA stream=1 length=5")

v = Draft1(
    "hello",
    "HELLO in wire order, ascending or not, at any place; unknown IDs are kept (S1-022, S1-024, S1-026, S1-033). "
    "The unused half-word and the flags are not looked at (S1-A09).",
)
v.control(
    4,
    bytes.fromhex("0000 0004 00000001 000000c8 00000002 00000190 00000003 0000001e 00000004 00000064"),
    "HELLO BANDWIDTH_TO_YOU=200 BANDWIDTH_FROM_YOU=400 ROUND_TRIP_TIME=30 MAX_CONCURRENT_STREAMS=100",
)
v.add(NOOP, "NOOP")
v.control(
    4,
    bytes.fromhex("0000 0003 00000004 00000000 00000063 00000007 00000001 ffffffff"),
    "HELLO MAX_CONCURRENT_STREAMS=0 99=7 BANDWIDTH_TO_YOU=4294967295",
)
v.control(
    4,
    bytes.fromhex("ffff 0003 00000000 00000001 ffffffff 00000002 80000003 00000003"),
    "HELLO 0=1 4294967295=2 2147483651=3",
    flags=0xFF,
)


def hello(entries):
    return u16(0) + u16(entries) + b"".join(u32(100 + i) + u32(i) for i in range(entries))


v = Draft1("hello-32-entries", "As many entries as the default limit allows.")
v.control(4, hello(32), "HELLO" + "".join(f" {100 + i}={i}" for i in range(32)))
v = Draft1("hello-33-entries", "One entry more than the default limit allows.")
v.control(4, hello(33), "error session")
for name, comment, payload in (
    ("count-too-large", "The count says two entries, the length has room for one", u16(0) + u16(2) + hello(1)[4:]),
    ("count-too-small", "The count says no entries, yet eight bytes follow", u16(0) + u16(0) + hello(1)[4:]),
    ("too-short", "No room for the count", bytes(3)),
):
    v = Draft1(f"hello-{name}", f"{comment} (S1-025, S1-A22).")
    v.add(NOOP, "NOOP")
    v.control(4, payload, "error session")
    v.add(NOOP, "NOOP")

v = Draft1(
    "fin-stream",
    "The three codes by name, every other as its number (S1-114, S1-A28). "
    "The FIN flag and the reserved bit are not looked at (S1-A03, S1-A09).",
)
for stream, status, shown in (
    (1, 1, "PROTOCOL_ERROR"),
    (3, 2, "INVALID_STREAM"),
    (5, 3, "REFUSED_STREAM"),
    (7, 0, "0"),
    (9, 4, "4"),
    (11, 9, "9"),
    (0x7FFFFFFF, 0xFFFFFFFF, "4294967295"),
):
    v.control(3, u32(stream) + u32(status), f"FIN_STREAM stream={stream} status={shown}")
v.control(3, u32(1) + u32(3), "FIN_STREAM stream=1 status=REFUSED_STREAM", flags=1)
v.control(3, u32(0x80000001) + u32(1), "FIN_STREAM stream=1 status=PROTOCOL_ERROR", flags=0xFE)

v = Draft1("noop", "A payload is skipped (S1-A22), flags are not looked at (S1-A09, S1-136).")
v.add(NOOP, "NOOP")
v.control(5, b"ignored", "NOOP")
v.control(5, NOOP, "NOOP", flags=0xFF)
v.control(6, u32(1), "PING id=1")

v = Draft1("ping", "All 32 bits are the ID (S1-146); flags are not looked at (S1-A09).")
for number in (0, 1, 2, 0x7FFFFFFF, 0x80000000, 0xFFFFFFFF):
    v.control(6, u32(number), f"PING id={number}")
v.control(6, u32(5), "PING id=5", flags=0xFF)

v = Draft1("goaway", "The top bit is masked (S1-A08), flags are not looked at (S1-A09).")
v.control(7, u32(0x7FFFFFFF), "GOAWAY last_good=2147483647")
v.control(7, u32(0x80000005), "GOAWAY last_good=5")
v.control(7, u32(2), "GOAWAY last_good=2", flags=0xFF)
v.control(7, u32(0), "GOAWAY last_good=0")

v = Draft1(
    "data",
    "Any length, 0 too, with and without FIN (S1-008, S1-009); only flags 0x01 and 0x02 are looked at (S1-A09).",
)
v.data(1, b"")
v.data(1, b"", 1)
v.data(3, bytes(range(100)))
v.data(0x7FFFFFFF, b"hello", 1)
v.data(3, b"\x80\x01\x00\x05\x00\x00\x00\x00")
v.data(5, b"abc", 0xFC)
v.data(5, b"", 0xFD)

v = Draft1("data-flag-2", "The flag 0x02 costs the stream, and the payload is skipped (S1-A18).")
v.data(1, b"before")
v.data(1, b"compressed?", 2, fault=True)
v.data(3, b"", 3, fault=True)
v.data(5, NOOP, 0xFE, fault=True)
v.data(1, b"after", 1)

v = Draft1("data-top-bit", "With the top bit set it is no DATA, but a control frame of version 0 (S1-002, S1-A06).")
v.data(1, b"hello")
v.add("80 00 00 01 00 00 00 05 68 65 6c 6c 6f", "error session")

v = Draft1("unknown-types", "Control frames of unknown type are skipped by their length (S1-A05).")
for kind, payload in (
    (0, b""),
    (0, b"12345678"),
    (9, b""),
    (9, NOOP),
    (119, b"12345678"),
    (0x7FFF, b"x"),
    (0x8001, NOOP * 5),
    (0xFFFF, b""),
):
    v.control(kind, payload, f"UNKNOWN type={kind} length={len(payload)}", flags=0xFF * (kind & 1))
v.control(6, u32(1), "PING id=1")

for version, kind, payload, comment in (
    (2, 6, u32(1), "A frame that version 1 knows too"),
    (3, 119, b"12345678", "The version is looked at before the type, which is unknown"),
    (0x7FFF, 5, b"", "All 15 bits are the version"),
):
    v = Draft1(f"version-{version}", f"{comment} (S1-004, S1-A06).")
    v.control(6, u32(1), "PING id=1")
    v.control(kind, payload, "error session", version=version)
    v.control(6, u32(1), "PING id=1")

for name, kind, size in (
    ("syn-stream", 1, 7),
    ("syn-reply", 2, 7),
    ("fin-stream", 3, 7),
    ("fin-stream", 3, 9),
    ("ping", 6, 5),
    ("goaway", 7, 8),
    ("subresource", 8, 7),
):
    rule = {1: "S1-056", 2: "S1-066", 3: "S1-113", 6: "S1-144", 7: "S1-156", 8: "S1-161"}[kind]
    v = Draft1(f"length-{name}-{size}", f"A length that the type cannot have ({rule}, S1-A22).")
    v.add(NOOP, "NOOP")
    v.control(kind, bytes([0, 0, 0, 1, 0, 0, 0, 0, 0])[:size], "error session")
    v.add(NOOP, "NOOP")

v = Draft1(
    "length-headers-65537",
    "A frame with headers above the limit is refused by its head (S1-A29). Not all of it is here.",
)
v.add("80 01 00 01 00 01 00 01 00 00 00 01 c0 00 00 03", "error session")

v = Draft1("truncated-head", "The input ends within the head of the second frame (S1-A35).")
v.add(NOOP, "NOOP")
v.add(NOOP, "")
v.cut(7)
v = Draft1("truncated-payload", "The input ends within the payload (S1-A35).")
v.control(6, u32(1), "PING id=1")
v.control(6, u32(2), "")
v.cut(11)
v = Draft1("truncated-data", "The input ends within the payload of a DATA frame (S1-A35).")
v.data(1, b"hello")
v.data(1, b"hello", 1)
v.cut(12)
v = Draft1("truncated-block", "The input ends one byte before the end of the block (S1-A35).")
v.headers(SYN_STREAM, 1, request())
v.headers(SYN_STREAM, 3, request("/a"))
v.cut(-1)

v = Draft1("stream-id-0", "The codec does not judge stream IDs, not even 0 (S1-042 is the session's).")
v.headers(SYN_STREAM, 0, request())
v.headers(SYN_REPLY, 0, reply())
v.headers(SUBRESOURCE, 0, request("/a")[:2])
v.data(0, b"x")
v.control(3, u32(0) + u32(1), "FIN_STREAM stream=0 status=PROTOCOL_ERROR")

# Frames with a block, and the two places of the count

v = Draft1("priorities", "Draft 1 sends 3 for the most urgent, which is shown as 0 (S1-058, S1-A02).")
for wire in range(4):
    v.headers(SYN_STREAM, 2 * wire + 1, request(), wire=wire)

v = Draft1(
    "reserved-bits",
    "The bit before a stream-ID, the unused bits and undefined flags are not looked at; FIN on SUBRESOURCE is one "
    "of them (S1-060, S1-A09, S1-A27).",
)
v.headers(SYN_STREAM, 1, request(), x=1, unused=0x3FFF, flags=0xFE)
v.headers(SYN_STREAM, 0x7FFFFFFF, request(), x=1, unused=0x3FFF, flags=0xFF, wire=0)
v.headers(SYN_REPLY, 1, reply(), x=1, unused=0xFFFF, flags=0xFE)
v.headers(SYN_REPLY, 3, reply(), x=1, unused=0x8000, flags=0x81)
v.headers(SUBRESOURCE, 1, request("/a")[:2], x=1, unused=0xFFFF, flags=0xFF)

index, style = request("/index.html"), request("/style.css")
cookies = style + [("cookie", "a=1\0b=2")]
push = reply()[:2] + [("path", "/style.css"), style[1], style[0]]


def shown(pairs):
    return "".join(f' {name}="{quote(raw(value))}"' for name, value in pairs)


v = Draft1(
    "recorded-request-outside",
    "Two requests, the count before the block, as Draft 1 draws it (S1-055, S1-085, S1-086, S1-088, S1-A01).",
)
v.add(
    "800100010100004c000000010000000378f9dfa251b26260cb05e6c2fc14066677d71006669090624649498195be3e30"
    "daf5522b12730b7252f592f373f533f352522bf440ce6060879ac0c0013318000000ffff",
    "SYN_STREAM stream=1 priority=3 fin" + shown(index),
)
v.add(
    "800100010100002800000003c0000004c2628e020e738a4b2a41ace262acc6406282813dd1d69021c9d608000000ffff",
    "SYN_STREAM stream=3 priority=0 fin" + shown(cookies),
)

v = Draft1(
    "recorded-request-inside",
    "Two requests, the count as the first two bytes of the block, as the first implementations wrote it (S1-A01).",
)
v.add(
    "800100010100004c00000001000078f9dfa251b262606660cb05e6c3fc14066677d710066690a0624649498195be3e30"
    "e2f5522b12730b7252f592f373f533f352522bf4400e6160879ac1c001331a000000ffff",
    "SYN_STREAM stream=1 priority=3 fin" + shown(index),
)
v.add(
    "800100010100002900000003c0006260c16292020e938a4b2a41ace2626c06b1416283813dd1d69021c9d608000000ffff",
    "SYN_STREAM stream=3 priority=0 fin" + shown(cookies),
)

v = Draft1(
    "recorded-reply-outside",
    "A reply, a subresource and a push of a server, which share a context (S1-065, S1-086, S1-161, S1-162,"
    " S1-A01).",
)
v.add(
    "8001000200000030000000010000000378f9dfa251b26260830831b00193aa82bf37033b54928103a687810739141938"
    "e11e01000000ffff",
    "SYN_REPLY stream=1" + shown(reply()),
)
v.add(
    "800100080000003d00000001000000026260cb05e6e0fc14066677d710066690710a1925250556fafac024a3975a9198"
    "5b9093aa979c9fab5f5c520962151703000000ffff",
    "SUBRESOURCE stream=1" + shown(style[:2]),
)
v.add(
    "800100010000001f000000020000000522c63e9682c4920c062e244dc49a8de41e00000000ffff",
    "SYN_STREAM stream=2 priority=3" + shown(push),
)
v = Draft1("recorded-reply-inside", "A reply with the count inside the block (S1-065, S1-A01).")
v.add(
    "800100020000003000000001000078f9dfa251b262606660830832b00113ab82bf37033b549a8103a68b8107391c1938e15e01000000ffff",
    "SYN_REPLY stream=1" + shown(reply()),
)
v = Draft1(
    "recorded-chromium-block",
    "A block from the test data of Chromium, 2010, with the count inside (S1-A01).",
    inside=True,
)
v.headers(
    SYN_STREAM,
    1,
    [("method", "GET"), ("url", "http://www.google.com/"), ("version", "HTTP/1.1")],
    block=bytes.fromhex(
        "78bbdfa251b262606660cb05e6c3fc14066677d710066690a0584649498195be3e30e2f5d2f3f3d37352f592f373f519d8a11a193860e601000000ffff"
    ),
)

for inside in (False, True):
    where = "inside" if inside else "outside"
    v = Draft1(
        f"shared-context-{where}",
        "SYN_STREAM, SYN_REPLY and SUBRESOURCE use one context in wire order, whatever stands between "
        "them (S1-086, S1-162).",
        inside=inside,
    )
    v.headers(SYN_REPLY, 1, reply())
    v.headers(SUBRESOURCE, 1, request("/a.css")[:2])
    v.data(1, b"body")
    v.headers(SYN_STREAM, 2, push)
    v.control(6, u32(2), "PING id=2")
    v.headers(SYN_REPLY, 3, reply("image/png"), flags=1)
    v.headers(SYN_STREAM, 4, push, flags=1, wire=0)
    v.control(119, b"????", "UNKNOWN type=119 length=4")
    v.headers(SUBRESOURCE, 3, request("/b.css")[:2])
    v.headers(SYN_REPLY, 5)
    v.headers(SYN_REPLY, 7, reply())
    v = Draft1(
        f"no-pairs-then-{where}",
        "Length 8 and count 0: no pairs, no block, and nothing said about the place of the count (S1-A01, S1-A36).",
        inside=inside,
    )
    v.no_block(SYN_REPLY, 1)
    v.no_block(SYN_STREAM, 1)
    v.no_block(SUBRESOURCE, 1)
    v.headers(SYN_STREAM, 3, request())
    v.no_block(SYN_REPLY, 3)
    v.headers(SYN_STREAM, 5, request("/a"))

v = Draft1(
    "count-0-empty-block",
    "Count 0 with block bytes: they must inflate to nothing (S1-A36). The first such block fixes the form.",
)
v.headers(SYN_REPLY, 1)
v.headers(SYN_REPLY, 3, reply())
v.headers(SYN_REPLY, 5, block=FLUSH)
v.headers(SYN_REPLY, 7, plain=b"x", fault="stream")
v.headers(SYN_REPLY, 9, reply())

v = Draft1(
    "count-without-block",
    "Once the count is known to stand outside: a count and no block are pairs past the end (S1-A36).",
)
v.headers(SYN_STREAM, 1, request())
v.no_block(SYN_STREAM, 3, 1, fault="stream")
v.no_block(SYN_REPLY, 5, 0xFFFF, fault="stream")
v.headers(SYN_STREAM, 7, request("/a"))
v = Draft1("count-without-block-first", "A count and no block before the place of the count is known (S1-A36).")
v.no_block(SYN_STREAM, 1, 1, fault="session")
v.headers(SYN_STREAM, 3, request())
v = Draft1(
    "count-without-block-inside", "Two bytes are no block where the count stands inside it (S1-A36).", inside=True
)
v.headers(SYN_STREAM, 1, request())
v.no_block(SYN_STREAM, 3, 1, fault="session")

v = Draft1(
    "form-changes-to-inside", "The first block fixes the place of the count for good: outside (S1-A01).", level=0
)
v.headers(SYN_STREAM, 1, request())
v.inside = True
v.headers(SYN_STREAM, 3, request(), fault="session")
v = Draft1(
    "form-changes-to-outside",
    "The first block fixes the place of the count for good: inside (S1-A01).",
    level=0,
    inside=True,
)
v.headers(SYN_STREAM, 1, request())
v.inside = False
v.headers(SYN_STREAM, 3, request(), fault="session")
v = Draft1(
    "form-third-dialect",
    "The block of an experiment that had a second stream-ID before it fits neither form (S1-A01, S1-A31).",
)
v.headers(SYN_STREAM, 1, request(), fault="session", edit=lambda b: bytes(2) + b)

# Compression as senders may set it up

SETUPS = (
    # level, window bits, memory level, strategy
    (0, 15, 8, "default"),
    (1, 15, 9, "default"),
    (6, 14, 1, "filtered"),
    (9, 13, 8, "default"),
    (6, 12, 9, "huffman_only"),
    (6, 11, 1, "default"),
    (9, 10, 8, "rle"),
    (9, 9, 9, "default"),
    (1, 9, 1, "fixed"),
)


def traffic(v):
    """Enough to fill small windows several times and to end several deflate blocks at memory level 1."""
    v.headers(SYN_STREAM, 1, index + [("cookie", "id=" + noise("cookie", 200))], flags=1, wire=3)
    v.headers(SYN_STREAM, 3, style + [("referer", index[1][1])], flags=1, wire=2)
    v.headers(SYN_REPLY, 2, reply() + [("set-cookie", "a=" + noise("a", 80) + "\0b=2")])
    v.headers(SUBRESOURCE, 2, request("/" + noise("path", 300))[:2])
    v.headers(SYN_STREAM, 5, request("/" + noise("path", 300)) + [("cookie", "id=" + noise("cookie", 200))], wire=0)
    v.headers(SYN_REPLY, 4, reply(), flags=1)


for level, window, memory, strategy in SETUPS:
    name = f"zlib-level-{level}-window-{window:02}-memory-{memory}-{strategy.replace('_', '-')}"
    comment = (
        "One context over several blocks, whatever the sender's setup is; the name says which (S1-086, S1-087)."
    )
    traffic(
        Draft1(
            name,
            comment,
            inside=level == 6,
            level=level,
            window=window,
            memory=memory,
            strategy=STRATEGIES[strategy],
        )
    )
traffic(
    Draft1(
        "zlib-full-flush",
        "A sender that forgets its window after each block (S1-086, S1-087).",
        flush=zlib.Z_FULL_FLUSH,
    )
)

v = Draft1(
    "zlib-window-moves",
    "Blocks that repeat what stood 31,000 bytes before, while the window of 32 KiB moves on (S1-086). The filling"
    " is in pairs without a name, which are dropped (S1-073).",
    level=9,
)
for stream in (1, 3, 5, 7):
    again = ("x", noise("far", 200))
    v.headers(SYN_STREAM, stream, [("", again[1] + "-" * 30800), again], shown=[again])

v = Draft1(
    "zlib-no-tail-needed",
    "A block must end at a whole byte between two deflate blocks. More than one empty stored block at the end will "
    "do, and so will a stored block that holds the pairs (S1-087, S1-A17).",
    level=0,
)
v.headers(SYN_STREAM, 1, request(), edit=lambda b: b + FLUSH)
v.headers(SYN_STREAM, 3, request("/a"), edit=lambda b: b.removesuffix(FLUSH))
v.headers(SYN_STREAM, 5, request("/b"), edit=lambda b: FLUSH + b)
v.headers(SYN_STREAM, 7, request("/c"))

head = b"\0\1x\0\7"
v = Draft1(
    "zlib-far-distances",
    "Matches that reach the first byte of the dictionary (S1-088), and back by the whole window of 32 KiB; what"
    " lies between is a pair without a name, which is dropped (S1-073).",
)
v.headers(SYN_STREAM, 1, [("x", "options")], block=zlib_head(7, DICTIONARY) + fixed_block(head, (7, 907 + len(head))))
v.headers(
    SYN_STREAM,
    3,
    [("", b"faraway" + b"-" * 32756), ("x", "faraway")],
    shown=[("x", "faraway")],
    block=fixed_block(b"\0\0" + u16(32763) + b"faraway-", *[(257, 1)] * 127, (116, 1), head, (7, 32768)),
)

# What happens to pairs

v = Draft1("values-joined", "Several values of one name are joined by single NULs (S1-075).")
v.headers(SYN_REPLY, 1, [("set-cookie", "a=1\0b=2\0c=3"), ("x", "1\0001\0001"), ("y", "1")])
v.headers(SYN_REPLY, 3, [("set-cookie", "a=1\0b=2"), ("warning", " \0\t")])

v = Draft1(
    "pairs-dropped",
    "Pairs without a name or a value, with two NULs in a row, or with a NUL at an end of either are dropped, the"
    " rest is kept (S1-073, S1-077, S1-A16). Dropping comes before the checks of names and for duplicates (S1-A15,"
    " S1-A16).",
)
keep = [("a", "1"), ("z", "26")]
for stream, bad in enumerate(
    (
        [("", "x")],
        [("x", "")],
        [("", "")],
        [("x", "1\0\0" + "2")],
        [("x\0\0y", "1")],
        [("x", "\0" + "1")],
        [("x", "1\0")],
        [("\0x", "1")],
        [("x\0", "1")],
        [("x", "\0")],
        [("\0", "x")],
        [("x", "\0\0")],
        [("a", "")],
        [("A", "1\0")],
        [("", "x")] * 3,
        [(b"\xff\n", "")],
        [("a\tb\0", "1")],
    )
):
    v.headers(SYN_REPLY, 2 * stream + 1, keep[:1] + bad + keep[1:], shown=keep)
v.headers(SYN_REPLY, 101, [("", "x"), ("x", "")], shown=[])
v.headers(SUBRESOURCE, 101, keep)

v = Draft1(
    "names-lowered", "Upper-case ASCII letters of names become lower case; values stay as they are (S1-A16)."
)
v.headers(
    SYN_REPLY,
    1,
    [("Status", "200 OK"), ("VERSION", "HTTP/1.1"), ("X-Associated-Content", "0??http://www.example.com/A")],
    shown=[("status", "200 OK"), ("version", "HTTP/1.1"), ("x-associated-content", "0??http://www.example.com/A")],
)
v.headers(
    SUBRESOURCE,
    1,
    [("Url", "/A"), ("aZ[@`{", "Z"), ("X-ÄÖ", "Ü")],
    shown=[("url", "/A"), ("az[@`{", "Z"), ("x-ÄÖ", "Ü")],
)

v = Draft1(
    "bytes-in-values",
    "Values hold any bytes, UTF-8 or not, NUL between two values (S1-078, S1-A16). Names hold UTF-8.",
)
v.headers(
    SYN_STREAM,
    1,
    [
        ("title", "Grüße, 世界 🌍"),
        ("naïve-名", "é"),
        ("latin", b"caf\xe9"),
        ("controls", b"\x01\t\r\n\x1f\x7f\xff"),
    ],
)
v.headers(SYN_STREAM, 3, [('quote"d', 'say "hi"'), ("back\\slash", "C:\\x00\\"), ("a b", "  "), ("~", "!")])
v.headers(SYN_STREAM, 5, [("all", bytes(range(1, 256)))])

v = Draft1(
    "duplicate-names",
    "A name that comes twice costs the stream, also in another case; the context stays in step (S1-A15).",
)
v.headers(SYN_STREAM, 1, [("a", "1"), ("b", "2"), ("a", "3")], fault="stream")
v.headers(SYN_STREAM, 3, request())
v.headers(SYN_REPLY, 1, [("set-cookie", "1"), ("Set-Cookie", "1")], fault="stream")
v.headers(SUBRESOURCE, 3, [("", "x"), ("ab", "1"), ("x", ""), ("aB", "2"), ("AB", "2")], fault="stream", x=1)
v.headers(SYN_REPLY, 3, [("a", "1"), ("ab", "2"), ("b", "3")])

v = Draft1(
    "invalid-names",
    "A name that is no UTF-8 or holds control characters costs the stream; the context stays in step (S1-A16). "
    "In turn: bytes that UTF-8 never has, cut, over-long and surrogate sequences, then control characters.",
)
for number, name in enumerate(
    (
        b"a\xff",
        b"caf\xc3",
        b"\xc0\xafx",
        b"\xed\xa0\x80",
        b"\xf4\x90\x80\x80",
        b"a\0b",
        b"\x01",
        b"a\n",
        b"a\tb",
        b"\x1f",
        b"\x7f",
    )
):
    v.headers(
        (SYN_STREAM, SYN_REPLY, SUBRESOURCE)[number % 3], 2 * number + 1, [("a", "1"), (name, "2")], fault="stream"
    )
v.headers(SYN_STREAM, 101, request())

for inside in (False, True):
    v = Draft1(
        f"counts-and-lengths-{'inside' if inside else 'outside'}",
        "A block that inflates, but whose count or lengths run past its end, or which has bytes left over: the"
        " stream is lost, the context stays in step (S1-A01, S1-A17).",
        inside=inside,
    )
    good = plain_block([("a", "1"), ("b", "2")])
    v.headers(SYN_STREAM, 1, request())
    for number, (count, plain) in enumerate(
        (
            (1, good),
            (3, good),
            (0, good),
            (0xFFFF, good),
            (2, good + b"\0"),
            (2, good[:-1]),
            (2, good[:-2]),
            (2, good[:-3]),
            (1, b"\0"),
            (1, b"\0\1a"),
            (1, b"\0\1a\0"),
            (1, b"\xff\xffa\0\1b"),
            (1, b"\0\1a\xff\xffb"),
            (2, b"\0\0\0"),
        )
    ):
        v.headers(
            (SYN_STREAM, SYN_REPLY, SUBRESOURCE)[number % 3],
            2 * number + 3,
            count=count,
            plain=plain,
            fault="stream",
        )
    v.headers(SYN_STREAM, 101, request())
    if inside:
        v.headers(SYN_STREAM, 103, block=FLUSH, fault="stream")
        half_a_count = v.deflater.compress(b"\0") + v.deflater.flush(v.flush)
        v.headers(SYN_STREAM, 105, block=half_a_count, fault="stream")
        v.headers(SYN_STREAM, 107, request())

# Limits, as they are by default

v = Draft1(
    "limit-list-size",
    "A list of 65,536 is accepted, above that the stream is lost and the context stays in step (S1-089, S1-A17):"
    " names and values, 32 a name and 32 a value, and dropped pairs count. Most of it is a pair without a name"
    " (S1-073).",
)
v.headers(SYN_STREAM, 1, [("", "a" * 65406), ("b", "c")], shown=[("b", "c")])
v.headers(SYN_STREAM, 3, [("", "a" * 65407), ("b", "c")], fault="stream")
v.headers(SYN_STREAM, 5, request())
v = Draft1(
    "limit-value-65535", "The longest value that can be written is above the limit of a list (S1-070, S1-A17)."
)
v.headers(SYN_REPLY, 1, [("a", "1"), ("x", "0123456789abcde" * 4369)], fault="stream")
v.headers(SYN_REPLY, 3, reply())
v = Draft1("value-of-40000-bytes", "A long value, still within the limit of a list (S1-070).")
v.headers(SYN_REPLY, 1, [("x", "0123456789" * 4000)])
v.headers(SYN_REPLY, 3, reply())
v = Draft1("limit-pairs", "128 pairs are accepted, with 129 the stream is lost (S1-A17).")
many = [(f"n{i}", f"{i}") for i in range(129)]
v.headers(SYN_STREAM, 1, many[:128])
v.headers(SYN_STREAM, 3, many, fault="stream")
v.headers(SYN_STREAM, 5, request())
v = Draft1("limit-values", "256 values are accepted, with 257 the stream is lost (S1-A17).")
v.headers(SYN_REPLY, 1, [("x", "\0".join("v" * 256))])
v.headers(SYN_REPLY, 3, [("x", "\0".join("v" * 257))], fault="stream")
v.headers(SYN_REPLY, 5, reply())
v = Draft1(
    "limit-block-262144",
    "262,144 bytes may come out of one block, though the stream is lost; the context stays in step (S1-A17).",
)
big = [("a", "a" * 65531), ("b", "b" * 65531), ("c", "c" * 65531), ("d", "d" * 65531)]
v.headers(SYN_STREAM, 1, big, fault="stream")
v.headers(SYN_STREAM, 3, request())
v = Draft1("limit-block-262145", "One byte more than 262,144 out of one block ends the session (S1-A17).")
v.headers(SYN_STREAM, 1, request())
v.headers(SYN_STREAM, 3, big[:3] + [("d", "d" * 65532)], fault="session")

# Blocks that do not inflate, or not cleanly


def bad_block(name, comment, edit=None, block=None, after=False, level=6, flush=zlib.Z_SYNC_FLUSH):
    """A bad block, first of its direction or after a good one, and a good one that no longer counts."""
    v = Draft1(f"inflate-{name}", comment, level=level)
    if after:
        v.headers(SYN_STREAM, 1, request("/before"))
    v.flush = flush
    v.headers(SYN_STREAM, 3, [("x", "options")] if block else request(), edit=edit, block=block, fault="session")
    if flush == zlib.Z_SYNC_FLUSH:
        v.headers(SYN_STREAM, 5, request("/after"))


def whole(zdict):
    deflater = zlib.compressobj(6, zdict=zdict) if zdict else zlib.compressobj(6)
    return deflater.compress(plain_block([("x", "options")])) + deflater.flush(zlib.Z_SYNC_FLUSH)


text = b"\0\1x\0\7options"
bad_block("no-dictionary", "zlib without a dictionary (S1-088, S1-A01, S1-A17).", block=whole(None))
bad_block(
    "dictionary-without-nul",
    "The dictionary without its last byte, the NUL: DICTID 8DF051B2 (S1-088, S1-A30).",
    block=whole(DICTIONARY[:-1]),
)
bad_block(
    "dictionary-of-version-3",
    "The DICTID of the dictionary of version 3 (S1-088, S1-A17).",
    edit=lambda b: b[:2] + bytes.fromhex("e3c6a7c2") + b[6:],
)
bad_block(
    "head-check-bits",
    "CMF and FLG are no multiple of 31 (S1-A01, RFC 1950).",
    edit=lambda b: b[:1] + bytes([b[1] ^ 1]) + b[2:],
)
bad_block(
    "head-window-64k",
    "A window size that zlib does not have, CINFO 8 (RFC 1950).",
    edit=lambda b: zlib_head(8, DICTIONARY) + b[6:],
)
bad_block("head-only", "The six bytes of the head and nothing more: not flushed (S1-A17).", edit=lambda b: b[:6])
bad_block(
    "head-again", "A second block that starts a new zlib stream (S1-086).", block=whole(DICTIONARY), after=True
)
bad_block("finished", "A sender that ends its zlib stream: last block and checksum (S1-A17).", flush=zlib.Z_FINISH)
bad_block(
    "final-bit",
    "The empty stored block at the end says that it is the last (S1-A17).",
    edit=lambda b: b.removesuffix(FLUSH) + b"\1" + FLUSH[1:],
    after=True,
    level=0,
)
bad_block(
    "cut-flush",
    "The last four bytes, 00 00 FF FF, are missing (S1-087, S1-A17, S1-A30).",
    edit=lambda b: b[:-4],
    after=True,
)
bad_block(
    "cut-text", "The block is cut within its text (S1-087, S1-A17).", edit=lambda b: b[: len(b) // 2], after=True
)
bad_block(
    "partial-flush",
    "A partial flush does not end at a whole byte: its last bits are missing (S1-087, S1-A17).",
    flush=zlib.Z_PARTIAL_FLUSH,
)
bad_block(
    "byte-after-flush",
    "One byte after the flush, the beginning of another block (S1-A17).",
    edit=lambda b: b + b"\0",
    after=True,
)
bad_block(
    "garbage-after-flush",
    "Bytes after the flush that are no deflate block (S1-A17).",
    edit=lambda b: b + b"garbage",
    after=True,
)
bad_block(
    "reserved-block-type", "A deflate block of type 3 (S1-A17, RFC 1951).", edit=lambda b: b"\x06" + b, after=True
)
bad_block(
    "stored-length",
    "A stored block whose length and its complement do not agree (S1-A17, RFC 1951).",
    after=True,
    block=b"\0\x0c\0\xf3\xfe" + text + FLUSH,
)
bad_block(
    "before-dictionary",
    "A match that reaches one byte before the dictionary (S1-A17).",
    block=zlib_head(7, DICTIONARY) + fixed_block(head, (7, 908 + len(head))),
)
bad_block(
    "outside-window",
    "A match in the dictionary, but farther back than the declared window of 512 bytes (S1-A17, RFC 1950).",
    block=zlib_head(1, DICTIONARY) + fixed_block(head, (7, 907 + len(head))),
)
