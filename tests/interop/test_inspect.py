"""Damaged and made-up input of SPDY/2, 3 and 3.1: the example `inspect` and the oracle must agree on every line.

    cargo build --release --example inspect && python3 tests/interop/test_inspect.py

The binary elsewhere: SPDY_INSPECT=PATH. More cases, or others: SPDY_CASES=NUMBER, SPDY_SEED=NUMBER.
"""

import sys

sys.dont_write_bytecode = True

import os
import random
import subprocess
import unittest
from pathlib import Path

import spdy2_3
from spdy2_3 import VERSIONS, Encoder, Headers, SynReply, SynStream
from test_spdy2_3 import vectors

ROOT = Path(__file__).resolve().parents[2]
INSPECT = os.environ.get("SPDY_INSPECT", str(ROOT / "target/release/examples/inspect"))
CASES = int(os.environ.get("SPDY_CASES", "500"))
SEED = int(os.environ.get("SPDY_SEED", "1"))


def split(wire):
    """The frames of an input, by their lengths alone; what is left of a cut one is dropped."""
    frames, at = [], 0
    while at + 8 <= len(wire):
        end = at + 8 + int.from_bytes(wire[at + 5:at + 8], "big")
        if end <= len(wire):
            frames.append(wire[at:end])
        at = end
    return frames


class Cases:
    """Inputs that are wrong in places, as (version, bytes)."""

    def __init__(self, seed):
        self._random = random.Random(seed)
        self._vectors = [(version, wire) for _, version, wire, _ in vectors()
                         if version.name in VERSIONS and len(wire) < 6000]  # sm is inside WebSocket messages
        self._kinds = [self.flipped_bits, self.shuffled_frames, self.changed_head, self.another_version,
                       self.odd_pairs, self.damaged_block, self.control_frames]

    def __iter__(self):
        while True:
            for kind in self._kinds:
                version, wire = self._random.choice(self._vectors)
                case = kind(version, wire)
                # What is cut is reported in the middle of a frame by one side and before it by the other.
                if not sum(map(len, split(case[1]))) < len(case[1]):
                    yield case

    def flipped_bits(self, version, wire):
        wire = bytearray(wire)
        for _ in range(self._random.randrange(1, 3)):
            wire[self._random.randrange(len(wire))] ^= 1 << self._random.randrange(8)
        return version, bytes(wire)

    def shuffled_frames(self, version, wire):
        frames = split(wire)
        self._random.shuffle(frames)
        return version, b"".join(frames)

    def changed_head(self, version, wire):
        """Another type, version or flags in one frame of several, and the right length."""
        frames = split(wire)
        if frames:
            index = self._random.randrange(len(frames))
            frame = bytearray(frames[index])
            frame[self._random.randrange(5)] = self._random.choice([0, 1, 2, 3, 8, 9, 10, 11, 0x80, 0xFF])
            frames[index] = bytes(frame)
        return version, b"".join(frames)

    def another_version(self, _version, wire):
        return self._random.choice(list(VERSIONS.values())), wire

    def odd_pairs(self, version, _wire):
        """Names and values with whatever bytes, from a sender of any setup."""
        pick = self._random.randrange
        encoder = Encoder(version, level=self._random.choice([0, 1, 6, 9]), window_bits=pick(9, 16),
                          memory=pick(1, 10), strategy=pick(5))
        frames = []
        for _ in range(4):
            frames.append(self._random.choice([
                SynStream(1, self.pairs(), pick(2), pick(1 << version.priority_bits), slot=pick(3)),
                SynReply(1, self.pairs(), fin=True),
                Headers(3, self.pairs()),
            ]))
        return version, b"".join(map(encoder.encode, frames))

    def pairs(self):
        def string(bytes_of, size):
            return bytes(self._random.choice(bytes_of) for _ in range(self._random.randrange(size)))

        odd = bytes([0, 0, 9, 10, 31, 32, 33, 65, 97, 126, 127, 128, 255])
        return [(string(b"abcxyz-:", 6) or b"n", string(b"abcxyz 09", 6)) if self._random.random() < 0.8
                else (string(odd, 4), string(odd, 4)) for _ in range(self._random.randrange(4))]

    def damaged_block(self, version, _wire):
        """What inflates well and holds wrong counts and lengths."""
        blocks, wire = spdy2_3.BlockEncoder(version), b""
        for _ in range(3):
            plain = bytearray(spdy2_3.encode_pairs(version, self.pairs()))
            for _ in range(self._random.randrange(3)):
                plain[self._random.randrange(len(plain))] = self._random.choice([0, 1, 2, 3, 97, 255])
            plain = plain[:self._random.randrange(len(plain) * 2)]
            fixed = b"\0\0\0\1".ljust(version.reply_fixed, b"\0")
            wire += spdy2_3.control(version, spdy2_3.SYN_REPLY, fixed + blocks.deflate(bytes(plain)))
        return version, wire

    def control_frames(self, version, _wire):
        choice = self._random.choice
        return version, b"".join(
            spdy2_3.control(version, self._random.randrange(13),
                            self._random.randbytes(choice([0, 3, 4, 5, 6, 7, 8, 9, 10, 12, 14, 20])),
                            choice([0, 0, 1, 2, 3, 255]), wire=choice([version.wire] * 5 + [1, 2, 3]))
            for _ in range(3))


def by_the_oracle(version, wire):
    """The lines of `inspect`, but for what it says of an error; a last one sums up what did not end the session."""
    lines = [line for _, line in spdy2_3.transcript(version, wire)[0]]
    lost = sum(line.startswith("error stream=") for line in lines)
    shown = ["error" if line.startswith("error ") else line for line in lines]
    if lost and lines[-1] not in ("error session", "error truncated"):
        shown.append(f"error: {lost} of the frames could not be decoded")
    return shown


def by_inspect(version, wire):
    done = subprocess.run([INSPECT, "--version", version.name], input=wire, capture_output=True, timeout=20, check=False)
    assert done.stderr == b"", done.stderr
    lines = done.stdout.decode("ascii").splitlines()
    return ["error" if line.startswith("error: ") and not line.endswith("of the frames could not be decoded") else line
            for line in lines]


class Agreement(unittest.TestCase):
    def test_on_every_line(self):  # S2-A12, S2-A13, S3-A11, S3-A12, S3-A16
        kinds = {"error": 0, "whole": 0}
        for number, (version, wire) in zip(range(CASES), Cases(SEED)):
            expected = by_the_oracle(version, wire)
            with self.subTest(number=number, version=version.name, wire=wire.hex()):
                self.assertEqual(by_inspect(version, wire), expected)
            kinds["error" if any(line.startswith("error") for line in expected) else "whole"] += 1
        self.assertGreater(min(kinds.values()), CASES // 10, kinds)


if __name__ == "__main__":
    unittest.main()
