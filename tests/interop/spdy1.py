"""SPDY Draft 1 (wire version 1): bytes to frames and back, in both directions.

An independent implementation, standard library only, that serves as the oracle for the crate: it shares no
code with it. It is written to be read next to the draft. Numbers such as S1-055 are the requirement numbers
that the crate's tests cite as well.

Two kinds of frame share a head of 8 bytes; every integer is big-endian and nothing is padded:

    control  |1| version 15 | type 16 | flags 8 | length 24 |  payload ...
    data     |0| stream ID 31         | flags 8 | length 24 |  payload ...

The encoders write what they are told, faults included, because a test has to send faulty frames. The decoder
(`parse`) is strict: it accepts only what a sender is allowed to write.
"""

import struct
import zlib
from dataclasses import dataclass
from pathlib import Path
from typing import List, Optional, Tuple

VERSION = 1

# Control frame types (S1-014).
SYN_STREAM, SYN_REPLY, FIN_STREAM, HELLO, NOOP, PING, GOAWAY, SUBRESOURCE = range(1, 9)

FLAG_FIN = 0x01  # the sender sends nothing more on this stream (S1-057, S1-067, S1-104)

# FIN_STREAM status codes (S1-114).
PROTOCOL_ERROR, INVALID_STREAM, REFUSED_STREAM = 1, 2, 3

# HELLO entries (S1-026).
HELLO_BANDWIDTH_TO_YOU, HELLO_BANDWIDTH_FROM_YOU, HELLO_ROUND_TRIP_TIME, HELLO_MAX_CONCURRENT_STREAMS = 1, 2, 3, 4

# Where the 16-bit count of name/value pairs stands (S1-A01): in front of the compressed block, as Draft 1
# draws it, or as the first two bytes inside it, as the earliest implementation wrote it.
OUTSIDE, INSIDE = "Outside", "Inside"

# The preset dictionary of both directions: 906 bytes of text and one NUL (S1-088).
DICTIONARY = (Path(__file__).resolve().parents[2] / "testvectors/dictionaries/spdy-v1-v2.bin").read_bytes()
DICTID = struct.pack(">I", zlib.adler32(DICTIONARY))
assert len(DICTIONARY) == 907 and DICTID == bytes.fromhex("dfa251b2")

# A header list: names and values as bytes, in wire order. Encoders take str as well.
Headers = List[Tuple[bytes, bytes]]


class FrameError(Exception):
    """A frame that a sender must not write."""


class BlockError(FrameError):
    """A name/value block that a sender must not write."""


def to_bytes(text):
    return text.encode() if isinstance(text, str) else bytes(text)


# ---------------------------------------------------------------------------------------------------------------
# Name/value blocks: 16-bit length, name, 16-bit length, value, and so on (S1-070)


def encode_pairs(pairs):
    plain = bytearray()
    for pair in pairs:
        for text in map(to_bytes, pair):
            plain += struct.pack(">H", len(text)) + text
    return bytes(plain)


def decode_pairs(plain, count) -> Headers:
    position = 0

    def text():
        nonlocal position
        if position + 2 > len(plain):
            raise BlockError("a length runs past the end of the block")
        (length,) = struct.unpack_from(">H", plain, position)
        position += 2 + length
        if position > len(plain):
            raise BlockError("a name or value runs past the end of the block")
        return plain[position - length:position]

    pairs = [(text(), text()) for _ in range(count)]
    if position != len(plain):
        raise BlockError(f"{len(plain) - position} bytes left over after {count} pairs")
    for name, value in pairs:
        for element in [name] + value.split(b"\0"):
            if not element:
                raise BlockError(f"empty name, value or element of a value: {name!r}: {value!r} (S1-072, S1-076)")
        if name != name.lower():
            raise BlockError(f"upper case in the name {name!r} (S1-193, S1-213)")
    if len({name for name, _ in pairs}) != count:
        raise BlockError(f"a name occurs twice: {pairs!r} (S1-074)")
    return pairs


class BlockEncoder:
    """Compresses the header blocks of one direction of one connection.

    One zlib stream for all of them, never reset (S1-086), flushed after each block (S1-087). The methods return
    what follows the 6 bytes that SYN_STREAM, SYN_REPLY and SUBRESOURCE have in common: the frame from offset 14.
    """

    def __init__(self, form=OUTSIDE, dictionary=DICTIONARY, level=9, window_bits=15):
        self.form = form
        preset = {} if dictionary is None else {"zdict": dictionary}
        self._deflate = zlib.compressobj(level, zlib.DEFLATED, window_bits, **preset)

    def encode(self, pairs):
        pairs = list(pairs)
        if not pairs and self.form == OUTSIDE:
            return b"\0\0"  # no pairs, no block (S1-A36)
        return self.encode_plain(len(pairs), encode_pairs(pairs))

    def encode_plain(self, count, plain):
        count = struct.pack(">H", count)
        if self.form == INSIDE:
            return self.deflate(count + plain)
        return count + self.deflate(plain)

    def deflate(self, plain, flush=zlib.Z_SYNC_FLUSH):
        return self._deflate.compress(plain) + self._deflate.flush(flush)


class BlockDecoder:
    """The counterpart. It finds out from the first block which form the peer writes, and keeps to it (S1-A01)."""

    LIMIT = 1 << 20  # no block of an honest peer inflates to more

    def __init__(self):
        self.form = None
        self._inflate = zlib.decompressobj(zdict=DICTIONARY)

    def decode(self, tail) -> Headers:
        if tail == b"\0\0":
            return []
        if self.form is None:
            self.form = self.detect(tail)
        if self.form == INSIDE:
            plain = self.inflate(tail)
            count, plain = plain[:2], plain[2:]
        else:
            count, plain = tail[:2], self.inflate(tail[2:])
        if len(count) != 2:
            raise BlockError("no count of pairs")
        return decode_pairs(plain, int.from_bytes(count, "big"))

    @staticmethod
    def detect(tail):
        """The zlib header says where the first block begins: CM 8, a checksum, and our DICTID behind it."""
        for form, start in (INSIDE, 0), (OUTSIDE, 2):
            head = tail[start:start + 6]
            if len(head) == 6 and head[0] & 0x0F == 8 and int.from_bytes(head[:2], "big") % 31 == 0 \
                    and head[1] & 0x20 and head[2:] == DICTID:
                return form
        raise BlockError(f"the first block has no zlib header with DICTID {DICTID.hex()}: {tail[:8].hex()}")

    def inflate(self, block):
        if not block.endswith(b"\0\0\xff\xff"):
            raise BlockError("the block does not end with a sync flush (S1-087)")
        try:
            plain = self._inflate.decompress(block, self.LIMIT)
        except zlib.error as error:
            raise BlockError(f"the block does not inflate: {error}") from None
        if self._inflate.eof or self._inflate.unconsumed_tail:
            raise BlockError("the zlib stream ends, or the block is too large")
        return plain


# ---------------------------------------------------------------------------------------------------------------
# Writing frames


def control(kind, payload=b"", flags=0, version=VERSION, length=None):
    """Any control frame. `length` lies about the payload's length if it is given."""
    length = len(payload) if length is None else length
    return struct.pack(">HHI", 0x8000 | version, kind, flags << 24 | length) + payload


def data(stream_id, payload=b"", fin=False, flags=0):
    return struct.pack(">II", stream_id, (flags | FLAG_FIN * fin) << 24 | len(payload)) + payload


def syn_stream(stream_id, tail, priority=0, fin=True):
    """`priority` is the wire value: 3 is the most urgent, 0 the least (S1-058, S1-A02)."""
    return control(SYN_STREAM, struct.pack(">IH", stream_id, priority << 14) + tail, FLAG_FIN * fin)


def syn_reply(stream_id, tail, fin=False):
    return control(SYN_REPLY, struct.pack(">IH", stream_id, 0) + tail, FLAG_FIN * fin)


def subresource(stream_id, tail):
    return control(SUBRESOURCE, struct.pack(">IH", stream_id, 0) + tail)


def fin_stream(stream_id, status):
    return control(FIN_STREAM, struct.pack(">II", stream_id, status))


def hello(entries=()):
    """Entries as (ID, value), in the ascending order of their IDs that S1-028 asks for."""
    entries = sorted(entries)
    return control(HELLO, struct.pack(">HH", 0, len(entries)) + b"".join(struct.pack(">II", *e) for e in entries))


def noop(payload=b""):
    return control(NOOP, payload)


def ping(ping_id):
    return control(PING, struct.pack(">I", ping_id))


def goaway(last_good_stream_id):
    return control(GOAWAY, struct.pack(">I", last_good_stream_id))


# ---------------------------------------------------------------------------------------------------------------
# Reading frames


@dataclass
class Frame:
    """A frame taken apart; only the fields that its kind has are set. `kind` is None for DATA."""

    kind: Optional[int]
    fin: bool = False
    stream_id: Optional[int] = None     # for GOAWAY the last-good-stream-ID
    priority: Optional[int] = None
    headers: Optional[Headers] = None
    status: Optional[int] = None
    ping_id: Optional[int] = None
    entries: Optional[List[Tuple[int, int]]] = None
    payload: bytes = b""


class FrameReader:
    """Cuts a byte stream into (head, payload), wherever the pieces were split (S1-005, S1-015)."""

    def __init__(self):
        self._buffer = bytearray()

    def feed(self, piece):
        self._buffer += piece

    def __iter__(self):
        while len(self._buffer) >= 8:
            end = 8 + int.from_bytes(self._buffer[5:8], "big")
            if len(self._buffer) < end:
                return
            frame = bytes(self._buffer[:end])
            del self._buffer[:end]
            yield frame[:8], frame[8:]

    def __len__(self):
        """The bytes of a frame that is not complete yet."""
        return len(self._buffer)


def parse(head, payload, blocks: BlockDecoder) -> Frame:
    """One frame, as a sender of Draft 1 is allowed to write it. Anything else raises FrameError."""
    first, rest = struct.unpack(">II", head)
    flags = rest >> 24
    if not first & 0x80000000:
        require(flags & ~FLAG_FIN == 0, f"DATA with flags {flags:#x} (S1-007)")
        require(first != 0, "DATA on stream 0 (S1-042)")
        return Frame(None, bool(flags), first, payload=payload)

    version, kind = first >> 16 & 0x7FFF, first & 0xFFFF
    require(version == VERSION, f"control frame of version {version} (S1-004)")
    require(SYN_STREAM <= kind <= SUBRESOURCE, f"control frame of type {kind} (S1-014)")
    may_finish = kind in (SYN_STREAM, SYN_REPLY)
    require(flags == 0 or may_finish and flags == FLAG_FIN, f"type {kind} with flags {flags:#x}")
    frame = Frame(kind, bool(flags))

    if kind in (SYN_STREAM, SYN_REPLY, SUBRESOURCE):
        require(len(payload) >= 8, f"type {kind} of length {len(payload)} (S1-056, S1-066, S1-161)")
        frame.stream_id, unused = struct.unpack_from(">IH", payload)
        require(0 < frame.stream_id < 1 << 31, f"type {kind} on stream {frame.stream_id}, or reserved bit set")
        if kind == SYN_STREAM:
            frame.priority, unused = unused >> 14, unused & 0x3FFF
        require(unused == 0, f"unused bits {unused:#x} (S1-060)")
        frame.headers = blocks.decode(payload[6:])
    elif kind == FIN_STREAM:
        require(len(payload) == 8, f"FIN_STREAM of length {len(payload)} (S1-113)")
        frame.stream_id, frame.status = struct.unpack(">II", payload)
        require(0 < frame.stream_id < 1 << 31, f"FIN_STREAM for stream {frame.stream_id}")
        require(1 <= frame.status <= 3, f"FIN_STREAM with status {frame.status} (S1-114, S1-115)")
    elif kind == HELLO:
        require(len(payload) >= 4, "HELLO without a count")
        (count,) = struct.unpack_from(">2xH", payload)
        require(len(payload) == 4 + 8 * count, "HELLO: length and count differ (S1-025)")
        frame.entries = [struct.unpack_from(">II", payload, 4 + 8 * i) for i in range(count)]
        require(frame.entries == sorted(frame.entries), "HELLO entries not in ascending order (S1-028)")
    elif kind == NOOP:
        require(not payload, "NOOP with a payload (S1-137)")
    else:
        require(len(payload) == 4, f"type {kind} of length {len(payload)} (S1-144, S1-156)")
        (value,) = struct.unpack(">I", payload)
        if kind == PING:
            frame.ping_id = value  # all 32 bits (S1-146)
        else:
            require(value < 1 << 31, "GOAWAY with the top bit set (S1-A08)")
            frame.stream_id = value
    return frame


def require(condition, complaint):
    if not condition:
        raise FrameError(complaint)
