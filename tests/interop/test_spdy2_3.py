"""Checks the oracle itself, spdy2_3.py: by frames that other programs wrote, and by all test vectors.

    python3 tests/interop/test_spdy2_3.py
"""

import sys

sys.dont_write_bytecode = True

import unittest
import zlib
from pathlib import Path

import spdy2_3
from spdy2_3 import SPDY2, SPDY3, SPDY3_1, SPEED_MOBILITY, VERSIONS

VECTORS = Path(__file__).resolve().parents[2] / "testvectors"
DIRECTORIES = {"spdy2": SPDY2, "spdy3": SPDY3, "spdy3_1": SPDY3_1, "speed_mobility": SPEED_MOBILITY}


def load(path):
    """The bytes and the lines of a vector."""
    head, frames = path.read_text(encoding="ascii").split("\nframes\n")
    wire = bytes.fromhex("".join(head.split("\nbytes\n")[1].split()))
    return wire, [line.removeprefix("  ") for line in frames.splitlines()]


def vectors():
    for directory, version in DIRECTORIES.items():
        for path in sorted((VECTORS / directory).glob("*.txt")):
            yield f"{directory}/{path.stem}", version, *load(path)


def lines(version, *hex_frames):
    return [line for _, line in spdy2_3.transcript(version, bytes.fromhex("".join(hex_frames)))[0]]


class Vectors(unittest.TestCase):
    def test_every_vector_gives_its_frames(self):
        count = 0
        for name, version, wire, expected in vectors():
            with self.subTest(name):
                parts, _ = spdy2_3.transcript(version, wire)
                self.assertEqual([line for _, line in parts], expected)
                self.assertEqual(b"".join(part for part, _ in parts), wire)
            count += 1
        self.assertGreater(count, 200)

    def test_what_was_decoded_is_encoded_to_equal_frames(self):
        setups = {"level": 0}, {"level": 9}, {"level": 6, "window_bits": 11, "memory": 1}
        count = 0
        for name, version, wire, _ in vectors():
            _, frames = spdy2_3.transcript(version, wire)
            frames = [frame for frame in frames if not isinstance(frame, spdy2_3.Unknown)]
            for setup in setups:
                encoder = spdy2_3.Encoder(version, **setup)
                pieces = [encoder.encode(frame) for frame in frames]
                # Level 0 and names and values near the limit of a list pass the limit of a frame.
                if max(map(len, pieces), default=0) > spdy2_3.MAX_FRAME:
                    continue
                with self.subTest(name, **setup):
                    self.assertEqual(spdy2_3.transcript(version, b"".join(pieces))[1], frames)
                    count += len(frames)
        self.assertGreater(count, 1000)

    def test_a_changed_byte_of_a_block_is_seen(self):
        wire, expected = load(VECTORS / "spdy3/recorded-request.txt")
        self.assertEqual(lines(SPDY3, wire.hex()), expected)
        for at in (*range(18, 99), *range(111, len(wire))):
            changed = wire[:at] + bytes([wire[at] ^ 4]) + wire[at + 1:]
            self.assertNotEqual(lines(SPDY3, changed.hex()), expected, at)


class Recorded(unittest.TestCase):
    """By hand from the drafts, and from zlib: not by way of the vectors."""

    def test_settings_of_2_and_3(self):  # S2-030, S3-040
        self.assertEqual(lines(SPDY2, "800200040000000c000000010400000000000064"),
                         ["SETTINGS MAX_CONCURRENT_STREAMS=100"])
        self.assertEqual(lines(SPDY3, "800300040000000c000000010000000400000064"),
                         ["SETTINGS MAX_CONCURRENT_STREAMS=100"])

    def test_wire_3_is_both_versions(self):  # S31-014
        frame = "8003000a0000000600010000" + "0000"
        self.assertEqual(lines(SPDY3, frame), ["CREDENTIAL slot=1 proof= certificates="])
        self.assertEqual(lines(SPDY3_1, frame), ["UNKNOWN type=10 length=6"])

    def test_a_block_of_another_program(self):  # S2-065, S3-065
        for version, block, wanted in (
            (SPDY2, "78bbdfa251b26260626001e512064e5050e680996cc9a5c525f9b90c8c8600000000ffff",
             [(b"host", b"localhost"), (b"custom", b"1")]),
            (SPDY3, "38eae3c6a7c202e50e50c24b4a04e50be6b4fc7c240a2808000000ffff",
             [(b"bar", b"foo"), (b"foo", b"bar")]),
        ):
            plain = spdy2_3.BlockDecoder(version).inflate(bytes.fromhex(block))
            self.assertEqual(spdy2_3.decode_pairs(version, plain), wanted)
            self.assertEqual(spdy2_3.encode_pairs(version, wanted), plain)

    def test_the_end_of_a_block_is_told_from_a_cut_one(self):
        for version in VERSIONS.values():
            for setup in ({"level": 0}, {"level": 9}, {"level": 6, "strategy": zlib.Z_FIXED}):
                plain = spdy2_3.encode_pairs(version, [("name", "some value that is worth a match, a value")])
                whole = spdy2_3.BlockEncoder(version, **setup).deflate(plain)
                self.assertEqual(spdy2_3.BlockDecoder(version).inflate(whole), plain)
                for end in range(len(whole)):
                    # The sync flush is a block of its own: what stands before it may end at a whole byte.
                    if end == len(whole) - 5:
                        continue
                    with self.assertRaises(spdy2_3.SessionError, msg=f"{version.name} {setup} {end}"):
                        spdy2_3.BlockDecoder(version).inflate(whole[:end])


if __name__ == "__main__":
    unittest.main()
