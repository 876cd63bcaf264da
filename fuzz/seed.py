#!/usr/bin/env python3
"""Writes the bytes of the test vectors into the corpora, with the bytes before them that the targets read.

    python3 fuzz/seed.py
"""

import hashlib
from pathlib import Path

FUZZ = Path(__file__).resolve().parent
VECTORS = FUZZ.parent / "testvectors" / "draft1"
# The size of the pieces; even is stored, odd compressed.
DECODE = [bytes([1]), bytes([64])]
# The kind of session (server, client that takes pushes), the size of the pieces, the seed of the calls.
SESSION = [bytes([0, 255, 0, 0]), bytes([5, 16, 0, 7])]


def wire(text):
    """The bytes of a vector."""
    part = text.split("\nbytes\n", 1)[1].split("\nframes\n", 1)[0]
    return bytes.fromhex("".join(part.split()))


def seed(target, prefixes):
    """Files are named by their hash, as a fuzzer does, so that a second run adds nothing."""
    directory = FUZZ / "corpus" / target
    directory.mkdir(parents=True, exist_ok=True)
    for vector in sorted(VECTORS.glob("*.txt")):
        for prefix in prefixes:
            data = prefix + wire(vector.read_text())
            (directory / hashlib.sha1(data).hexdigest()).write_bytes(data)


if __name__ == "__main__":
    seed("frame_decode", DECODE)
    seed("session_bytes", SESSION)
