#!/usr/bin/env python3
"""Writes the bytes of the test vectors into the corpora, with the bytes before them that the targets read.

    python3 fuzz/seed.py
"""

import hashlib
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


if __name__ == "__main__":
    seed("frame_decode", DECODE, 0)
    seed("session_client", SESSION, 1)
    seed("session_server", SESSION, 1)
