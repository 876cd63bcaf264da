"""What the makers of test vectors share: bytes in the forms that the drafts use, and the text of a file."""

import hashlib
import textwrap
import zlib
from pathlib import Path

HERE = Path(__file__).resolve().parent
FLUSH = bytes.fromhex("000000ffff")  # what a flush adds to whole bytes: an empty stored block
STRATEGIES = {
    "default": zlib.Z_DEFAULT_STRATEGY,
    "filtered": zlib.Z_FILTERED,
    "huffman_only": zlib.Z_HUFFMAN_ONLY,
    "rle": zlib.Z_RLE,
    "fixed": zlib.Z_FIXED,
}


def dictionary(name):
    return (HERE / "dictionaries" / name).read_bytes()


def u16(n):
    return n.to_bytes(2, "big")


def u32(n):
    return n.to_bytes(4, "big")


def raw(text):
    return text if isinstance(text, bytes) else text.encode()


def quote(data):
    def char(b):
        return "\\" + chr(b) if b in b'"\\' else chr(b) if 0x20 <= b <= 0x7E else f"\\x{b:02x}"

    return "".join(map(char, data))


def zlib_head(cinfo, zdict):
    """CMF and FLG with a dictionary, and the DICTID of a dictionary."""
    cmf, flg = cinfo << 4 | 8, 0xA0
    return bytes([cmf, flg + 31 - (cmf << 8 | flg) % 31]) + u32(zlib.adler32(zdict))


def fixed_block(*ops):
    """A deflate block with the fixed codes, then a flush: bytes are literals, a pair is (length, distance)."""
    bits = []

    def put(value, n):
        bits.extend(value >> i & 1 for i in range(n))

    def code(value, n):
        bits.extend(value >> i & 1 for i in reversed(range(n)))

    def symbol(s):
        if s < 144:
            code(0x30 + s, 8)
        elif s < 256:
            code(0x190 + s - 144, 9)
        elif s < 280:
            code(s - 256, 7)
        else:
            code(0xC0 + s - 280, 8)

    def bucket(value, start, group):
        """The number of the range that holds the value, the offset in it, and the bits of that offset."""
        number = 0
        while True:
            extra = max(0, number // group - 1)
            if value < start + (1 << extra):
                return number, value - start, extra
            start, number = start + (1 << extra), number + 1

    put(0b010, 3)
    for op in ops:
        if isinstance(op, bytes):
            for byte in op:
                symbol(byte)
        else:
            number, offset, extra = bucket(op[0], 3, 4)
            symbol(257 + number)
            put(offset, extra)
            number, offset, extra = bucket(op[1], 1, 2)
            code(number, 5)
            put(offset, extra)
    symbol(256)
    put(0, 3)
    put(0, -len(bits) % 8)
    return bytes(sum(b << i for i, b in enumerate(bits[at : at + 8])) for at in range(0, len(bits), 8)) + FLUSH[1:]


def noise(seed, size):
    """Hexadecimal digits that do not repeat."""
    return "".join(hashlib.sha256(f"{seed} {i}".encode()).hexdigest() for i in range(size // 64 + 1))[:size]


class Vector:
    """One file: one direction of one connection."""

    # By directory.
    all = {}

    def __init__(self, directory, name, comment, version, zdict, *, level, window, memory, strategy, flush):
        self.name, self.comment, self.version, self.flush = name, comment, version, flush
        self.deflater = zlib.compressobj(level, zlib.DEFLATED, window, memory, strategy, zdict)
        self.frames, self.lines = [], []
        vectors = Vector.all.setdefault(directory, [])
        assert name not in [vector.name for vector in vectors], name
        vectors.append(self)

    def add(self, data, line):
        self.frames.append(bytes.fromhex(data) if isinstance(data, str) else data)
        self.lines.append(line)

    def control(self, kind, payload, line, flags=0, version=None):
        head = u16(0x8000 | (self.version if version is None else version)) + u16(kind)
        self.add(head + bytes([flags]) + len(payload).to_bytes(3, "big") + payload, line)

    def data(self, stream, payload, flags=0, fault=False):
        line = f"DATA stream={stream}{' fin' * (flags & 1)} length={len(payload)}"
        head = u32(stream) + bytes([flags]) + len(payload).to_bytes(3, "big")
        self.add(head + payload, f"error stream={stream} DATA" if fault else line)

    def deflate(self, plain):
        return self.deflater.compress(plain) + self.deflater.flush(self.flush)

    def cut(self, size):
        """The input ends within the last frame, of which only `size` bytes are left."""
        self.frames[-1], self.lines[-1] = self.frames[-1][:size], "error truncated"

    def text(self):
        end = self.lines.index("error session") + 1 if "error session" in self.lines else None
        return text(self.comment, self.frames, self.lines[:end])


def text(comment, frames, lines):
    """A file: the comment, the bytes with each frame on lines of its own, what becomes of them."""
    out = ["# " + line for line in textwrap.wrap(comment, 110)] + ["bytes"]
    for frame in frames:
        out += ["  " + frame[at : at + 32].hex(" ") for at in range(0, len(frame), 32)]
    return "\n".join(out + ["frames"] + ["  " + line for line in lines]) + "\n"
