"""SPDY/2, SPDY/3, SPDY/3.1 and the frames of HTTP Speed+Mobility: bytes to frames, frames to bytes, and both to the
text of the test vectors.

An independent implementation, standard library only, that serves as the oracle for the crate: it shares no
code with it. It is written to be read next to the drafts. Numbers such as S3-065 are the requirement numbers
that the crate's tests cite as well.

Two kinds of frame share a head of 8 bytes; every integer is big-endian, with one exception in SPDY/2, and
nothing is padded:

    control  |1| version 15 | type 16 | flags 8 | length 24 |  payload ...
    data     |0| stream ID 31         | flags 8 | length 24 |  payload ...

Where the versions differ stands in the table `Version`; the code below asks the table.

The encoder writes what it is told, faults included, because a test has to send faulty frames. The decoder
judges frames as the crate's codec does: what is wrong with one frame raises StreamError and costs that frame,
what loses the step with the peer raises SessionError. It knows no streams: IDs, states and the order of frames
are not judged.
"""

import struct
import zlib
from dataclasses import dataclass, field
from pathlib import Path
from typing import Dict, List, Optional, Tuple

# Control frame types; not every version has all of them.
SYN_STREAM, SYN_REPLY, RST_STREAM, SETTINGS, NOOP, PING, GOAWAY, HEADERS, WINDOW_UPDATE, CREDENTIAL = range(1, 11)

FLAG_FIN = 0x01              # SYN_STREAM, SYN_REPLY, HEADERS, DATA: the sender's half ends (S3-036, S2-A05)
FLAG_UNIDIRECTIONAL = 0x02   # SYN_STREAM: the receiver's half is closed from the start (S2-012, S3-016)
FLAG_CLEAR = 0x01            # SETTINGS: drop what was persisted before (S2-039, S3-046)
FLAG_COMPRESS = 0x02         # DATA: of abandoned drafts; costs the stream
# Speed+Mobility
FLAG_PUSH_ALLOWED = 0x08     # SYN_STREAM: what belongs to this request may be pushed (SM-060)
FLAGS_PLAIN = {SYN_STREAM: 0x04, SYN_REPLY: 0x04, HEADERS: 0x02}  # the block is not compressed (SM-052)

# What a receiver takes by default.
MAX_FRAME = 64 * 1024        # length field of a frame that is buffered whole (S3-A28)
MAX_LIST = 64 * 1024         # names and values, and 32 for each name and each value
MAX_NAMES, MAX_VALUES = 128, 256
MAX_ENTRIES = 32             # of a SETTINGS frame
MAX_INFLATED = 256 * 1024    # bytes out of one block

DICTIONARIES = Path(__file__).resolve().parents[2] / "testvectors/dictionaries"

ANY_STATUS = {
    1: "PROTOCOL_ERROR", 2: "INVALID_STREAM", 3: "REFUSED_STREAM", 4: "UNSUPPORTED_VERSION", 5: "CANCEL",
    6: "INTERNAL_ERROR", 7: "FLOW_CONTROL_ERROR", 8: "STREAM_IN_USE", 9: "STREAM_ALREADY_CLOSED",
    10: "INVALID_CREDENTIALS", 11: "FRAME_TOO_LARGE",
}
ANY_SETTING = {
    1: "UPLOAD_BANDWIDTH", 2: "DOWNLOAD_BANDWIDTH", 3: "ROUND_TRIP_TIME", 4: "MAX_CONCURRENT_STREAMS",
    5: "CURRENT_CWND", 6: "DOWNLOAD_RETRANS_RATE", 7: "INITIAL_WINDOW_SIZE", 8: "CLIENT_CERTIFICATE_VECTOR_SIZE",
}
GOAWAY_STATUS = {0: "OK", 1: "PROTOCOL_ERROR", 2: "INTERNAL_ERROR"}


def only(table, keys):
    return {key: table[key] for key in keys}


@dataclass(frozen=True)
class Version:
    """What one version does its own way."""

    name: str
    wire: int                        # the version field; 3.1 writes 3 like 3 (S2-001, S3-001)
    types: Dict[int, str]
    dictionary: bytes
    dictid: str
    number: str                      # struct code of the count and the lengths of a block (S2-065, S3-065)
    syn_fixed: int                   # bytes before the block of SYN_STREAM (S2-010, S3-004)
    reply_fixed: int                 # and of SYN_REPLY and HEADERS (S2-020, S2-061)
    shortest: Dict[int, int]         # lengths below are session errors (S2-A13, S3-A16)
    goaway_lengths: Tuple[int, ...]  # S2-A20
    priority_bits: int               # S2-015, S3-017
    has_slot: bool                   # S31-014
    empty_values: bool               # S2-067, S3-068
    settings_little_endian: bool     # S2-030, S3-040
    statuses: Dict[int, str]
    settings: Dict[int, str]
    # Of Speed+Mobility: types that end a session, and whether it has flags of its own; any other version in a
    # control frame ends one there too (SM-A01, SM-A08).
    removed: Tuple[int, ...] = ()
    in_websocket: bool = False

    def __post_init__(self):
        assert struct.pack(">I", zlib.adler32(self.dictionary)).hex() == self.dictid


TYPES_3_1 = {
    1: "SYN_STREAM", 2: "SYN_REPLY", 3: "RST_STREAM", 4: "SETTINGS", 6: "PING", 7: "GOAWAY", 8: "HEADERS",
    9: "WINDOW_UPDATE",
}

SPDY2 = Version(
    name="2", wire=2,
    types={**only(TYPES_3_1, (1, 2, 3, 4, 6, 7, 8)), 5: "NOOP"},
    dictionary=(DICTIONARIES / "spdy-v1-v2.bin").read_bytes(), dictid="dfa251b2",
    number=">H",
    syn_fixed=10, reply_fixed=6,
    # A block of zero bytes passes in HEADERS only (S2-A13).
    shortest={SYN_STREAM: 12, SYN_REPLY: 8, HEADERS: 6},
    goaway_lengths=(4, 8),
    priority_bits=2,
    has_slot=False,
    empty_values=False,
    settings_little_endian=True,
    statuses=only(ANY_STATUS, range(1, 8)),
    settings=only(ANY_SETTING, range(1, 8)),
)

THREE = dict(
    wire=3,
    dictionary=(DICTIONARIES / "spdy-v3.bin").read_bytes(), dictid="e3c6a7c2",
    number=">I",
    syn_fixed=10, reply_fixed=4,
    shortest={SYN_STREAM: 10, SYN_REPLY: 4, HEADERS: 4, CREDENTIAL: 6},
    goaway_lengths=(8,),
    priority_bits=3,
    empty_values=True,
    settings_little_endian=False,
    settings=ANY_SETTING,
)
SPDY3 = Version(name="3", types={**TYPES_3_1, 10: "CREDENTIAL"}, has_slot=True, statuses=ANY_STATUS, **THREE)
# No CREDENTIAL, and what belongs to it means nothing (S31-014).
SPDY3_1 = Version(name="3.1", types=TYPES_3_1, has_slot=False,
                  statuses=only(ANY_STATUS, [*range(1, 10), 11]), **THREE)

VERSIONS = {version.name: version for version in (SPDY2, SPDY3, SPDY3_1)}

# Inside the messages of a WebSocket, which has the rest (SM-042, SM-043).
SPEED_MOBILITY = Version(name="sm", types=only(TYPES_3_1, (1, 2, 3, 8)), has_slot=False,
                         statuses=only(ANY_STATUS, [*range(1, 10), 11]), removed=(4, 6, 7, 9, 10, 11), in_websocket=True,
                         **THREE)

# A header list: names and values as bytes, in wire order. The encoder takes str as well.
HeaderList = List[Tuple[bytes, bytes]]


class SessionError(Exception):
    """Nothing behind this frame can be read."""


class StreamError(Exception):
    """The frame is lost and the next one can be read."""

    def __init__(self, stream, word, why):
        super().__init__(f"stream {stream}, {word}: {why}")
        self.stream, self.word = stream, word


class Malformed(Exception):
    """A block that inflates and whose pairs are no header list."""


# ---------------------------------------------------------------------------------------------------------------
# Frames


@dataclass
class Data:
    stream: int
    payload: bytes = b""
    fin: bool = False


@dataclass
class SynStream:
    stream: int
    headers: HeaderList = field(default_factory=list)
    associated: int = 0
    priority: int = 0  # the wire number; 0 is the most urgent (S2-A01, S3-017)
    fin: bool = False
    unidirectional: bool = False
    slot: int = 0
    push_allowed: bool = False
    plain: bool = False  # the block is not compressed


@dataclass
class SynReply:
    stream: int
    headers: HeaderList = field(default_factory=list)
    fin: bool = False
    plain: bool = False


@dataclass
class Headers:
    stream: int
    headers: HeaderList = field(default_factory=list)
    fin: bool = False
    plain: bool = False


@dataclass
class RstStream:
    stream: int
    status: int


@dataclass
class Settings:
    entries: List[Tuple[int, int, int]] = field(default_factory=list)  # ID, value, flags
    clear: bool = False


@dataclass
class Noop:
    pass


@dataclass
class Ping:
    id: int


@dataclass
class GoAway:
    last_good: int
    status: int = 0  # not in SPDY/2


@dataclass
class WindowUpdate:
    stream: int
    delta: int


@dataclass
class Credential:
    slot: int
    proof: bytes = b""
    certificates: List[bytes] = field(default_factory=list)


@dataclass
class Unknown:
    """A control frame that is passed over: of no type of this version, or of another version."""

    type: int
    length: int
    version: int


# ---------------------------------------------------------------------------------------------------------------
# Frames as text


def quote(data):
    def char(byte):
        return "\\" + chr(byte) if byte in b'"\\' else chr(byte) if 0x20 <= byte <= 0x7E else f"\\x{byte:02x}"

    return "".join(map(char, data))


def text(version, frame):
    """The line of a test vector."""

    def flag(is_set, word):
        return f" {word}" if is_set else ""

    def pairs(headers):
        return "".join(f' {quote(name)}="{quote(value)}"' for name, value in headers)

    if isinstance(frame, Data):
        return f"DATA stream={frame.stream}{flag(frame.fin, 'fin')} length={len(frame.payload)}"
    if isinstance(frame, SynStream):
        return (f"SYN_STREAM stream={frame.stream}{flag(frame.associated, f'associated={frame.associated}')}"
                f" priority={frame.priority}{flag(frame.fin, 'fin')}{flag(frame.unidirectional, 'unidirectional')}"
                f"{flag(frame.push_allowed, 'push_allowed')}{flag(frame.slot, f'slot={frame.slot}')}"
                f"{flag(frame.plain, 'uncompressed')}{pairs(frame.headers)}")
    if isinstance(frame, (SynReply, Headers)):
        word = "SYN_REPLY" if isinstance(frame, SynReply) else "HEADERS"
        return (f"{word} stream={frame.stream}{flag(frame.fin, 'fin')}{flag(frame.plain, 'uncompressed')}"
                f"{pairs(frame.headers)}")
    if isinstance(frame, RstStream):
        return f"RST_STREAM stream={frame.stream} status={version.statuses.get(frame.status, frame.status)}"
    if isinstance(frame, Settings):
        entries = (f" {version.settings.get(id, id)}={value}{f':0x{flags:02x}' if flags else ''}"
                   for id, value, flags in frame.entries)
        return f"SETTINGS{flag(frame.clear, 'clear')}{''.join(entries)}"
    if isinstance(frame, Noop):
        return "NOOP"
    if isinstance(frame, Ping):
        return f"PING id={frame.id}"
    if isinstance(frame, GoAway):
        status = "" if version.wire == 2 else f" status={GOAWAY_STATUS.get(frame.status, frame.status)}"
        return f"GOAWAY last_good={frame.last_good}{status}"
    if isinstance(frame, WindowUpdate):
        return f"WINDOW_UPDATE stream={frame.stream} delta={frame.delta}"
    if isinstance(frame, Credential):
        certificates = ",".join(certificate.hex() for certificate in frame.certificates)
        return f"CREDENTIAL slot={frame.slot} proof={frame.proof.hex()} certificates={certificates}"
    other = flag(frame.version != version.wire, f"version={frame.version}")
    return f"UNKNOWN type={frame.type}{other} length={frame.length}"


# ---------------------------------------------------------------------------------------------------------------
# Header blocks: count, then length, name, length, value, and so on, all of it compressed


def to_bytes(string):
    return string.encode() if isinstance(string, str) else bytes(string)


def encode_pairs(version, pairs):
    pairs = list(pairs)
    plain = struct.pack(version.number, len(pairs))
    for pair in pairs:
        for string in map(to_bytes, pair):
            plain += struct.pack(version.number, len(string)) + string
    return plain


def decode_pairs(version, plain) -> HeaderList:
    width = struct.calcsize(version.number)
    position = 0

    def number():
        nonlocal position
        position += width
        if position > len(plain):
            raise Malformed("a number runs past the end of the block")
        return struct.unpack_from(version.number, plain, position - width)[0]

    def string():
        nonlocal position
        length = number()
        position += length
        if position > len(plain):
            raise Malformed("a name or value runs past the end of the block")
        return plain[position - length:position]

    pairs, values, size = [], 0, 0
    for _ in range(number()):
        name, value = string(), string()
        pairs.append((name, value))
        parts = value.split(b"\0")
        values += len(parts)
        size += len(name) + len(value) + 32 * (1 + len(parts))
        if len(pairs) > MAX_NAMES or values > MAX_VALUES or size > MAX_LIST:
            raise Malformed("more than a receiver takes")
        if not name or not all(0x21 <= byte <= 0x7E and not 0x41 <= byte <= 0x5A for byte in name):
            raise Malformed(f"the name {name!r} (S2-067, S3-067, S3-A12)")
        if not all(parts) and not (version.empty_values and not value):
            raise Malformed(f"an empty value, or one among several: {value!r} (S2-067, S2-068, S2-A21, S3-069)")
        if any(byte < 0x20 and byte not in (0, 0x09) or byte == 0x7F for byte in value):
            raise Malformed(f"control characters in the value {value!r} (S3-A12)")
    if position != len(plain):
        raise Malformed(f"{len(plain) - position} bytes left over")
    if len({name for name, _ in pairs}) != len(pairs):
        raise Malformed(f"a name stands twice: {pairs!r} (S2-A12, S3-A12)")
    return pairs


class BlockEncoder:
    """Compresses the blocks of one direction: one zlib stream, flushed after each (S2-069, S3-070)."""

    def __init__(self, version, level=6, window_bits=15, memory=8, strategy=zlib.Z_DEFAULT_STRATEGY):
        self._deflate = zlib.compressobj(level, zlib.DEFLATED, window_bits, memory, strategy, version.dictionary)

    def deflate(self, plain, flush=zlib.Z_SYNC_FLUSH):
        return self._deflate.compress(plain) + self._deflate.flush(flush)


class BlockDecoder:
    """Inflates the blocks of one direction. What it cannot inflate cleanly ends the session."""

    # A deflate block of its own; behind a clean end it gives just these bytes.
    PROBE_TEXT = b"is this clean?"
    _probe = zlib.compressobj(9, zlib.DEFLATED, -15, 8, zlib.Z_FIXED)
    PROBE = _probe.compress(PROBE_TEXT) + _probe.flush(zlib.Z_SYNC_FLUSH)

    def __init__(self, version):
        self._version = version
        self._inflate = None
        self._step = 0

    def inflate(self, block):
        if self._inflate is None:
            self._inflate = self._begin(block)
        try:
            plain = self._decompress(block)
        except zlib.error as error:
            raise SessionError(f"the block does not inflate: {error}") from None
        if self._inflate.eof:
            raise SessionError("the zlib stream ends")
        if len(plain) > MAX_INFLATED:
            raise SessionError("the block is too large")
        if not self._is_at_a_boundary():
            raise SessionError("the block does not end as a flush does")
        return plain

    def _begin(self, block):
        """The first block names window and dictionary (RFC 1950)."""
        head, dictid = block[:2], block[2:6]
        if len(dictid) != 4 or int.from_bytes(head, "big") % 31 or head[0] & 0x0F != 8 or head[0] >> 4 > 7 \
                or not head[1] & 0x20:
            raise SessionError(f"no zlib header with a dictionary: {block[:6].hex()}")
        if dictid.hex() != self._version.dictid:
            raise SessionError(f"DICTID {dictid.hex()}")
        if len(block) == 6:
            raise SessionError("a zlib header and no deflate block")
        # zlib lets a match reach farther back than the window within what one call gives.
        window_bits = 8 + (head[0] >> 4)
        self._step = MAX_INFLATED + 1 if window_bits == 15 else 1
        return zlib.decompressobj(window_bits, self._version.dictionary)

    def _decompress(self, block):
        plain = bytearray()
        while len(plain) <= MAX_INFLATED:
            piece = self._inflate.decompress(block, self._step)
            plain += piece
            block = self._inflate.unconsumed_tail
            if not piece and not block:
                break
        return bytes(plain)

    def _is_at_a_boundary(self):
        """zlib does not say where in its input it stands; a copy that goes on tells."""
        try:
            return self._inflate.copy().decompress(self.PROBE) == self.PROBE_TEXT
        except zlib.error:
            return False


# ---------------------------------------------------------------------------------------------------------------
# Writing frames


def control(version, kind, payload=b"", flags=0, wire=None, length=None):
    """Any control frame. `wire` is another version than the right one, `length` a wrong length."""
    length = len(payload) if length is None else length
    wire = version.wire if wire is None else wire
    return struct.pack(">HHI", 0x8000 | wire, kind, flags << 24 | length) + payload


class Encoder:
    """Frames to bytes, in one direction of one connection."""

    def __init__(self, version, **compression):
        self._version = version
        self.blocks = BlockEncoder(version, **compression)

    def encode(self, frame):
        version = self._version
        if isinstance(frame, Data):
            flags = FLAG_FIN * frame.fin
            return struct.pack(">II", frame.stream, flags << 24 | len(frame.payload)) + frame.payload
        if isinstance(frame, SynStream):
            flags = FLAG_FIN * frame.fin | FLAG_UNIDIRECTIONAL * frame.unidirectional
            flags |= FLAG_PUSH_ALLOWED * frame.push_allowed | FLAGS_PLAIN[SYN_STREAM] * frame.plain
            priority = frame.priority << 8 - version.priority_bits
            fixed = struct.pack(">IIBB", frame.stream, frame.associated, priority, frame.slot)
            return control(version, SYN_STREAM, fixed + self._block(frame), flags)
        if isinstance(frame, (SynReply, Headers)):
            kind = SYN_REPLY if isinstance(frame, SynReply) else HEADERS
            fixed = struct.pack(">I", frame.stream).ljust(version.reply_fixed, b"\0")
            flags = FLAG_FIN * frame.fin | FLAGS_PLAIN[kind] * frame.plain
            return control(version, kind, fixed + self._block(frame), flags)
        if isinstance(frame, RstStream):
            return control(version, RST_STREAM, struct.pack(">II", frame.stream, frame.status))
        if isinstance(frame, Settings):
            payload = struct.pack(">I", len(frame.entries))
            for id, value, flags in frame.entries:
                if version.settings_little_endian:
                    payload += id.to_bytes(3, "little") + bytes([flags])
                else:
                    payload += bytes([flags]) + id.to_bytes(3, "big")
                payload += struct.pack(">I", value)
            return control(version, SETTINGS, payload, FLAG_CLEAR * frame.clear)
        if isinstance(frame, Noop):
            return control(version, NOOP)
        if isinstance(frame, Ping):
            return control(version, PING, struct.pack(">I", frame.id))
        if isinstance(frame, GoAway):
            status = b"" if version.wire == 2 else struct.pack(">I", frame.status)
            return control(version, GOAWAY, struct.pack(">I", frame.last_good) + status)
        if isinstance(frame, WindowUpdate):
            return control(version, WINDOW_UPDATE, struct.pack(">II", frame.stream, frame.delta))
        if isinstance(frame, Credential):
            payload = struct.pack(">H", frame.slot)
            for part in (frame.proof, *frame.certificates):
                payload += struct.pack(">I", len(part)) + part
            return control(version, CREDENTIAL, payload)
        raise TypeError(f"{frame!r} cannot be written")

    def _block(self, frame):
        plain = encode_pairs(self._version, frame.headers)
        return plain if frame.plain else self.blocks.deflate(plain)  # SM-A10


# ---------------------------------------------------------------------------------------------------------------
# Reading frames


class Decoder:
    """Heads and payloads to frames, in one direction of one connection."""

    def __init__(self, version):
        self._version = version
        self._blocks = BlockDecoder(version)

    def check_head(self, head):
        """What is refused before the payload is there (S3-A28). None, or the frame that is passed over."""
        first, rest = struct.unpack(">II", head)
        length = rest & 0xFFFFFF
        if not first & 0x80000000:
            return None
        version, wire, kind = self._version, first >> 16 & 0x7FFF, first & 0xFFFF
        if version.in_websocket and wire != version.wire or kind in version.removed:
            raise SessionError(f"control frame of type {kind}, version {wire}")
        if wire != version.wire:
            # The version counts before the type. What carries a block takes the context along (S3-A01); in
            # SPDY/2 only SYN_STREAM is answered (S2-002, S2-003, S2-A19).
            if version.wire == 2 and kind == SYN_STREAM:
                if length < 4:
                    raise SessionError("SYN_STREAM of another version that names no stream")
                return None
            if version.wire == 2:
                return Unknown(kind, length, wire)
            if kind in (SYN_STREAM, SYN_REPLY, HEADERS):
                raise SessionError(f"{version.types[kind]} of version {wire}")
            return Unknown(kind, length, wire)
        if kind not in version.types:
            return Unknown(kind, length, wire)  # S2-004, S3-A01
        lengths = {RST_STREAM: (8,), PING: (4,), GOAWAY: version.goaway_lengths, WINDOW_UPDATE: (8,)}
        wrong = kind in lengths and length not in lengths[kind] or length < version.shortest.get(kind, 0) \
            or kind == SETTINGS and (length < 4 or length % 8 != 4)
        if wrong:
            raise SessionError(f"{version.types[kind]} of length {length}")
        if kind in version.shortest and length > MAX_FRAME or kind == SETTINGS and length // 8 > MAX_ENTRIES:
            raise SessionError(f"{version.types[kind]} of length {length}: too large")
        return None

    def decode(self, head, payload):
        skipped = self.check_head(head)
        if skipped:
            return skipped
        version = self._version
        first, rest = struct.unpack(">II", head)
        flags = rest >> 24
        if not first & 0x80000000:
            if flags & FLAG_COMPRESS:
                raise StreamError(first, "DATA", f"flags {flags:#x}")
            return Data(first, payload, bool(flags & FLAG_FIN))

        kind = first & 0xFFFF
        fin = bool(flags & FLAG_FIN)

        def u31(offset):
            return struct.unpack_from(">I", payload, offset)[0] & 0x7FFFFFFF

        def u32(offset):
            return struct.unpack_from(">I", payload, offset)[0]

        if kind == SYN_STREAM:
            if first >> 16 & 0x7FFF != version.wire:
                raise StreamError(u31(0), "SYN_STREAM", "another version; its block is not inflated (S2-A19)")
            priority, slot = payload[8] >> 8 - version.priority_bits, payload[9]
            plain = version.in_websocket and bool(flags & FLAGS_PLAIN[kind])
            headers = self._headers(kind, u31(0), payload[version.syn_fixed:], plain)
            return SynStream(u31(0), headers, u31(4), priority, fin, bool(flags & FLAG_UNIDIRECTIONAL),
                             slot if version.has_slot else 0,
                             version.in_websocket and bool(flags & FLAG_PUSH_ALLOWED), plain)
        if kind in (SYN_REPLY, HEADERS):
            plain = version.in_websocket and bool(flags & FLAGS_PLAIN[kind])
            headers = self._headers(kind, u31(0), payload[version.reply_fixed:], plain)
            return (SynReply if kind == SYN_REPLY else Headers)(u31(0), headers, fin, plain)
        if kind == RST_STREAM:
            return RstStream(u31(0), u32(4))
        if kind == SETTINGS:
            count = u32(0)
            if count != len(payload) // 8:
                raise SessionError(f"SETTINGS: {count} entries in {len(payload)} bytes")
            return Settings([self._entry(payload[at:at + 8]) for at in range(4, len(payload), 8)],
                            bool(flags & FLAG_CLEAR))
        if kind == NOOP:
            return Noop()
        if kind == PING:
            return Ping(u32(0))
        if kind == GOAWAY:
            return GoAway(u31(0)) if version.wire == 2 else GoAway(u31(0), u32(4))
        if kind == WINDOW_UPDATE:
            return WindowUpdate(u31(0), u31(4))
        return self._credential(payload)

    def _headers(self, kind, stream, block, is_plain=False):
        if not block:
            return []  # no block is no pairs, and the context stays as it is (S3-A30)
        plain = block if is_plain else self._blocks.inflate(block)
        try:
            return decode_pairs(self._version, plain)
        except Malformed as fault:
            raise StreamError(stream, self._version.types[kind], str(fault)) from None

    def _entry(self, entry):
        value = int.from_bytes(entry[4:], "big")
        if self._version.settings_little_endian:
            return int.from_bytes(entry[:3], "little"), value, entry[3]
        return int.from_bytes(entry[1:4], "big"), value, entry[0]

    @staticmethod
    def _credential(payload):
        """The proof, then certificates up to the end of the frame, each behind its length."""
        slot, rest, parts = int.from_bytes(payload[:2], "big"), payload[2:], []
        while rest or not parts:
            length = int.from_bytes(rest[:4], "big")
            if len(rest) < 4 + length:
                raise SessionError("CREDENTIAL: a length runs past the end")
            parts.append(rest[4:4 + length])
            rest = rest[4 + length:]
        return Credential(slot, parts[0], parts[1:])


def transcript(version, wire):
    """What becomes of one direction: its frames as (bytes, line), and those of them that could be read."""
    decoder, parts, frames, at = Decoder(version), [], [], 0
    while at < len(wire):
        head = wire[at:at + 8]
        end = at + 8 + int.from_bytes(head[5:], "big")
        try:
            if len(head) == 8:
                decoder.check_head(head)
            if len(head) < 8 or end > len(wire):
                return [*parts, (wire[at:], "error truncated")], frames
            frames.append(decoder.decode(head, wire[at + 8:end]))
            parts.append((wire[at:end], text(version, frames[-1])))
        except StreamError as error:
            parts.append((wire[at:end], f"error stream={error.stream} {error.word}"))
        except SessionError:
            return [*parts, (wire[at:], "error session")], frames
        at = end
    return parts, frames
