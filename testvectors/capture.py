#!/usr/bin/env python3
"""Turns the raw bytes of one direction of a connection into a test vector, in the words of the oracle.

    python3 testvectors/capture.py --version 3.1 --comment TEXT FILE >testvectors/spdy3_1/captured-PEER-WHAT.txt

The oracle is tests/interop/spdy2_3.py, which shares no code with the crate.
"""

import argparse
import sys
from pathlib import Path

sys.dont_write_bytecode = True
HERE = Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent / "tests" / "interop"))

import spdy2_3
from vector import text

if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--version", required=True, choices=spdy2_3.VERSIONS)
    parser.add_argument("--comment", required=True, help="which peer wrote it, its version, and what it did")
    parser.add_argument("--frames", type=int, help="keep no more than so many frames")
    parser.add_argument("file", type=Path)
    arguments = parser.parse_args()
    parts, _ = spdy2_3.transcript(spdy2_3.VERSIONS[arguments.version], arguments.file.read_bytes())
    parts = parts[: arguments.frames]
    sys.stdout.write(text(arguments.comment, [frame for frame, _ in parts], [line for _, line in parts]))
