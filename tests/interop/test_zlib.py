"""Header blocks by every way that CPython's zlib has of making them: the example `inspect` reads them all.

    cargo build --release --example inspect && python3 tests/interop/test_zlib.py

The binary elsewhere: SPDY_INSPECT=PATH. What is damaged is compared in test_inspect.py.
"""

import sys

sys.dont_write_bytecode = True

import itertools
import json
import os
import random
import subprocess
import unittest
import zlib
from pathlib import Path

from spdy2_3 import SPDY2, SPDY3_1, SYN_REPLY, Encoder, control, encode_pairs

ROOT = Path(__file__).resolve().parents[2]
INSPECT = os.environ.get("SPDY_INSPECT", str(ROOT / "target/release/examples/inspect"))
STRATEGIES = [zlib.Z_DEFAULT_STRATEGY, zlib.Z_FILTERED, zlib.Z_HUFFMAN_ONLY, zlib.Z_RLE, zlib.Z_FIXED]


def lists(count, seed):
    """Header lists that repeat each other, with stretches that repeat nothing."""
    rng = random.Random(seed)
    words = ["text/html", "gzip,deflate", "Mozilla/5.0", "max-age=0", "/index.html", "a" * 300]
    for number in range(count):
        noise = "".join(rng.choice("abcdefghijklmnopqrstuvwxyz0123456789") for _ in range(rng.randrange(400)))
        pairs = [("url", f"/{number}/{noise}"), ("accept", rng.choice(words)), ("user-agent", rng.choice(words))]
        yield [(name.encode(), value.encode()) for name, value in pairs]


def reply(version, block):
    fixed = (1).to_bytes(4, "big").ljust(version.reply_fixed, b"\0")
    return control(version, SYN_REPLY, fixed + block)


def inspected(version, wire):
    run = subprocess.run([INSPECT, "--version", version.name, "--json"], input=wire, capture_output=True, timeout=60)
    return [json.loads(line) for line in run.stdout.splitlines()]


class Blocks(unittest.TestCase):
    def read(self, version, sent, **compression):
        encoder = Encoder(version, **compression)
        flushes = itertools.cycle([zlib.Z_SYNC_FLUSH, zlib.Z_SYNC_FLUSH, zlib.Z_FULL_FLUSH])
        wire = b"".join(reply(version, encoder.blocks.deflate(encode_pairs(version, pairs), next(flushes)))
                        for pairs in sent)
        seen = inspected(version, wire)
        self.assertEqual(len(seen), len(sent), seen[-1:])
        for line, pairs in zip(seen, sent):
            self.assertEqual(line["headers"], [[name.decode(), value.decode()] for name, value in pairs])

    def test_every_level_window_memory_and_strategy(self):
        sent = list(lists(40, 1))
        for level, window_bits, memory, strategy in itertools.product(
                [0, 1, 3, 6, 9], range(9, 16), [1, 8, 9], STRATEGIES):
            with self.subTest(level=level, window_bits=window_bits, memory=memory, strategy=strategy):
                self.read(SPDY2, sent, level=level, window_bits=window_bits, memory=memory, strategy=strategy)

    def test_long_sessions(self):
        """The least memory ends a deflate block every 127 symbols: 10,000 blocks are within every budget."""
        for version, memory, strategy in itertools.product([SPDY2, SPDY3_1], [1, 8], [0, zlib.Z_FIXED]):
            with self.subTest(version=version.name, memory=memory, strategy=strategy):
                self.read(version, list(lists(10_000, memory)), level=6, memory=memory, strategy=strategy)

    def test_a_partial_flush_ends_within_a_byte(self):
        """Unless by chance on a boundary: a frame cannot hold half of the next byte."""
        encoder = Encoder(SPDY3_1)
        wire = b"".join(reply(SPDY3_1, encoder.blocks.deflate(encode_pairs(SPDY3_1, pairs), zlib.Z_PARTIAL_FLUSH))
                        for pairs in lists(20, 2))
        self.assertIn("does not end flushed", inspected(SPDY3_1, wire)[-1]["error"])


if __name__ == "__main__":
    unittest.main()
