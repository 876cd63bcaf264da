#!/usr/bin/env python3
"""Writes the test vectors of the codec, all of each version but those that were captured (see README.md).

    python3 testvectors/generate.py

What a vector shows is stated here twice, as the bytes that are built and as the text that must come
out of them; nothing is taken from the library under test. Compressed bytes may differ between
versions of zlib, so the files are committed: run this only to change them on purpose.
"""

import sys

sys.dont_write_bytecode = True

import make_draft1
import make_spdy2_3
import make_speed_mobility
from vector import HERE, Vector

if __name__ == "__main__":
    for directory, vectors in Vector.all.items():
        out = HERE / directory
        out.mkdir(exist_ok=True)
        for old in out.glob("*.txt"):
            if not old.name.startswith("captured-"):
                old.unlink()
        for vector in vectors:
            (out / f"{vector.name}.txt").write_text(vector.text(), encoding="ascii", newline="\n")
