#!/usr/bin/env python3
"""Writes the bytes of the test vectors into the corpora, with the bytes before them that the targets read.

    python3 fuzz/seed.py
"""

import base64
import hashlib
import random
import zlib
from pathlib import Path

FUZZ = Path(__file__).resolve().parent
VECTORS = FUZZ.parent / "testvectors"
VERSIONS = ["draft1", "spdy2", "spdy3", "spdy3_1"]
# The size of the pieces (the upper two bits are the version); even is stored, odd compressed.
DECODE = [[1], [48]]
# Eight choices of a configuration (the second takes pushes), version and size of the pieces, the seed of the calls.
SESSION = [[0, 63, 0, 0], [4, 16, 0, 7]]
# A larger vector is none that a fuzzer could work with.
MAX = 2048


def wire(text):
    """The bytes of a vector."""
    part = text.split("\nbytes\n", 1)[1].split("\nframes\n", 1)[0]
    return bytes.fromhex("".join(part.split()))


def handshake(is_client, extensions="http2"):
    """What the session hears first: the answer to its key, or a request with that."""
    key = base64.b64encode(bytes([7] * 16)).decode()
    if not is_client:
        return (f"GET / HTTP/1.1\r\nHost: example.com\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
                f"Sec-WebSocket-Key: {key}\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Extensions: {extensions}\r\n\r\n"
                ).encode()
    accept = base64.b64encode(hashlib.sha1(f"{key}258EAFA5-E914-47DA-95CA-C5AB0DC85B11".encode()).digest()).decode()
    return (f"HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
            f"Sec-WebSocket-Accept: {accept}\r\nSec-WebSocket-Extensions: {extensions}\r\n\r\n").encode()


def websocket_frame(first, payload, is_client):
    """The masking key is 0, so that a fuzzer sees what it changes."""
    mask_bit, key = (0, b"") if is_client else (0x80, bytes(4))
    length = bytes([mask_bit | len(payload)]) if len(payload) < 126 else \
        bytes([mask_bit | 126]) + len(payload).to_bytes(2, "big")
    return bytes([first]) + length + key + payload


def messages(data, is_client, in_fragments):
    """Each frame as a message, of one fragment or of two with a ping between them; then a Close."""
    wire = b""
    while data:
        end = 8 + int.from_bytes(data[5:8], "big")
        frame, data = data[:end], data[end:]
        if in_fragments:
            wire += websocket_frame(0x02, frame[:9], is_client) + websocket_frame(0x89, b"ping", is_client)
            wire += websocket_frame(0x80, frame[9:], is_client)
        else:
            wire += websocket_frame(0x82, frame, is_client)
    return wire + websocket_frame(0x88, bytes([3, 0xE8, 0, 0, 0, 1]), is_client)


def seed_speed_mobility():
    """Each vector to both roles, in fragments to one of them, and now and then behind a handshake."""
    directory = FUZZ / "corpus/speed_mobility"
    directory.mkdir(parents=True, exist_ok=True)
    for number, vector in enumerate(sorted((VECTORS / "speed_mobility").glob("*.txt"))):
        for is_client in (False, True):
            has_handshake = number % 5 == 0
            head = [4, 0x80 * is_client | 0x40 * has_handshake | 63, 0, 7 * (number % 2)]
            whole = bytes(head) + handshake(is_client) * has_handshake
            whole += messages(wire(vector.read_text()), is_client, number % 2 == is_client)
            if len(whole) <= MAX:
                (directory / hashlib.sha1(whole).hexdigest()).write_bytes(whole)


def parameters():
    """Extensions with parameters, beside ours or on it."""
    for is_client in (False, True):
        for extensions in ("x; a=b; c, http2", 'x; a="b\\\\c", http2', "x; a=, http2", "http2; a=b"):
            head = bytes([0, 0x80 * is_client | 0x40 | 63, 0, 0])
            write("speed_mobility", head + handshake(is_client, extensions))


def control(number, payload):
    return bytes([0x80, 3, 0, number]) + len(payload).to_bytes(4, "big") + payload


def numbers(*values):
    return b"".join(value.to_bytes(4, "big") for value in values)


def windows():
    """Windows of SPDY/3 and 3.1 that grew in advance, and SETTINGS that lift some of them too high."""
    deflate = zlib.compressobj(9, zlib.DEFLATED, 11, 9, 0, (VECTORS / "dictionaries/spdy-v3.bin").read_bytes())

    def syn_stream(stream):
        block = deflate.compress(numbers(1, 1) + b"a" + numbers(1) + b"b") + deflate.flush(zlib.Z_SYNC_FLUSH)
        return control(1, numbers(stream, 0) + bytes(2) + block)

    opened = b"".join(syn_stream(stream) for stream in (1, 3, 5))
    # Twice for the first one, and the third is reset.
    grown = b"".join(control(9, numbers(*update)) for update in [(1, 1000), (1, 0x7FFE0000), (3, 1000), (5, 0x7FFE0000)])
    rest = control(3, numbers(5, 5)) + control(4, numbers(1, 7, 0x7FFF0000)) + control(4, numbers(1, 7, 0x7FFFFFFF))
    for number in (2, 3):
        for calls in (0, 7, 11):
            head = bytes([0, number << 6 | 63, 0, calls])
            write("session_server", head + opened + grown + rest)
            write("session_client", head + grown + rest)


def seed(target, prefixes, at):
    """Files are named by their hash, as a fuzzer does, so that a second run adds nothing."""
    directory = FUZZ / "corpus" / target
    directory.mkdir(parents=True, exist_ok=True)
    for number, version in enumerate(VERSIONS):
        for vector in sorted((VECTORS / version).glob("*.txt")):
            data = wire(vector.read_text())
            # Draft 1 as both kinds, for the others one of them in turn: the corpus stays small.
            turn = len(vector.name) % 2
            for prefix in prefixes if number == 0 else prefixes[turn : turn + 1]:
                head = list(prefix)
                head[at] |= number << 6
                whole = bytes(head) + data
                if len(whole) <= MAX:
                    (directory / hashlib.sha1(whole).hexdigest()).write_bytes(whole)


def write(target, data):
    directory = FUZZ / "corpus" / target
    directory.mkdir(parents=True, exist_ok=True)
    (directory / hashlib.sha1(data).hexdigest()).write_bytes(data)


def blocks():
    """What the targets for header blocks read: deflate blocks, lists, and blocks before compression."""
    rng = random.Random(1)
    texts = [b"text/html gzip,deflate text/html", b"a" * 300, bytes(rng.randrange(256) for _ in range(60)),
             b"/index.html?q=1 /index.html?q=2 optionsgetheadpostputdeletetrace"]
    for level, strategy in [(0, 0), (1, 0), (9, 0), (9, zlib.Z_FIXED), (6, zlib.Z_RLE), (6, zlib.Z_HUFFMAN_ONLY)]:
        deflate = zlib.compressobj(level, zlib.DEFLATED, -15, 8, strategy)
        first, second = (deflate.compress(text) + deflate.flush(zlib.Z_SYNC_FLUSH)
                         for text in (texts[0] * 4 + texts[1], b"".join(texts)))
        write("inflate_diff", bytes([min(len(first), 255)]) + first + second)
    for version in range(4):
        width = 2 if version < 2 else 4

        def string(text):
            return len(text).to_bytes(width, "big") + text

        for pairs in ([], [(b"status", b"200 OK"), (b"version", b"HTTP/1.1")], [(b"n", b"a\0b"), (b"m", b"")],
                      [(b"A", b"1"), (b"a", b"2")], [(bytes([97 + i]), b"v") for i in range(20)]):
            plain = len(pairs).to_bytes(width, "big") + b"".join(string(name) + string(value) for name, value in pairs)
            write("header_block", bytes([version << 6]) + plain)
        for compression in (0, 1):
            lists = b""
            for number in range(6):
                lists += bytes([4])
                for name in range(4):
                    value = texts[(name + number) % 4][:40]
                    lists += bytes([name + number % 3, len(value), rng.choice([0, 1, 32, 97])]) + value
            write("deflate_roundtrip", bytes([version << 6 | compression]) + lists)


if __name__ == "__main__":
    blocks()
    seed("frame_decode", DECODE, 0)
    seed("session_client", SESSION, 1)
    seed("session_server", SESSION, 1)
    seed_speed_mobility()
    parameters()
    windows()
