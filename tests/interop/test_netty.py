"""SPDY/3.1 against Netty's codec and session handler.

    tests/interop/run netty

netty/Peer.java is the peer, all in memory; SPDY_NETTY is a class path on which it stands compiled, with Netty. The
examples: SPDY_SERVE, SPDY_GET, SPDY_INSPECT and SPDY_REACT, or target/release/examples/*.

netty/violations.py is the table of what a peer can do wrong. It is run through Netty, which shows that the table
says what it claims to say and where the two of us differ, and through `react`, which shows our answers:

    react --version 3.1 --role server|client

takes the lines that Peer.java's react takes, and prints the same but for the frames: they are the lines of the test
vectors, as in {"step":0,"out":"PING id=1"}.
"""

import sys

sys.dont_write_bytecode = True

import json
import os
import random
import subprocess
import tempfile
import unittest
import zlib
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent / "netty"))

import spdy2_3 as spdy
from relay import DEADLINE, Listening, Relay, example, frames_of
from spdy2_3 import SPDY3_1
from violations import CASES, CLOSED

if not os.environ.get("SPDY_NETTY"):
    sys.exit("SPDY_NETTY is not set; tests/interop/run sets it")

LEVELS = (0, 1, 6, 9)


def netty(*arguments, script=None):
    command = ["java", "-cp", os.environ["SPDY_NETTY"], "Peer", *map(str, arguments)]
    run = subprocess.run(command, input=script, capture_output=True, text=True, timeout=DEADLINE)
    assert run.returncode == 0 and not run.stderr, (command, run.stderr)
    return run.stdout.splitlines()


def frame_of(it, charset="utf-8"):
    """A frame as Netty prints it: as one of spdy2_3, but DATA as (stream, length, CRC-32, fin)."""
    kind = it["type"]
    if kind in ("SYN_STREAM", "SYN_REPLY", "HEADERS"):
        assert not it["invalid"] and not it["truncated"], it
        headers = [(name.encode(), value.encode(charset)) for name, value in it["headers"]]
        if kind == "SYN_STREAM":
            return spdy.SynStream(it["stream"], headers, it["associated"], it["priority"], it["fin"],
                                  it["unidirectional"])
        return (spdy.SynReply if kind == "SYN_REPLY" else spdy.Headers)(it["stream"], headers, it["fin"])
    if kind == "DATA":
        return it["stream"], it["length"], it["crc32"], it["fin"]
    if kind == "RST_STREAM":
        return spdy.RstStream(it["stream"], it["status"])
    if kind == "SETTINGS":
        return spdy.Settings([tuple(entry) for entry in it["entries"]], it["clear"])
    if kind == "PING":
        return spdy.Ping(it["id"])
    if kind == "GOAWAY":
        return spdy.GoAway(it["last_good"], it["status"])
    return spdy.WindowUpdate(it["stream"], it["delta"])


def brief(frames):
    """DATA as Netty prints it."""
    return [(it.stream, len(it.payload), zlib.crc32(it.payload), it.fin) if isinstance(it, spdy.Data) else it
            for it in frames]


def netty_decode(wire):
    with tempfile.NamedTemporaryFile() as file:
        file.write(wire)
        file.flush()
        return [frame_of(json.loads(line)) for line in netty("decode", file.name)]


class Codec(unittest.TestCase):
    """Netty's bytes read by us, and ours read by Netty. The decoder of spdy2_3.py reads both."""

    def encoded(self, level):
        with tempfile.NamedTemporaryFile() as file:
            # Netty reads UTF-8, but writes a byte a character.
            frames = [frame_of(json.loads(line), "latin-1") for line in netty("encode", file.name, level)]
            return Path(file.name).read_bytes(), frames

    def test_the_independent_decoder_reads_what_netty_writes(self):
        for level in LEVELS:
            wire, frames = self.encoded(level)
            self.assertEqual(brief(frames_of(SPDY3_1, wire)), frames, level)

    def test_netty_reads_what_the_independent_encoder_writes(self):
        frames = [spdy.Settings([(4, 100, 0), (7, 1 << 20, 1)], clear=True)]
        for stream in range(1, 9, 2):
            headers = [(b":method", b"GET"), (b"x-stream", b"%d" % stream), (b"two", b"a\0b"), (b"empty", b"")]
            frames += [spdy.SynStream(stream, headers, 0, stream % 8, unidirectional=stream == 3),
                       spdy.SynReply(stream, [(b":status", b"200")]), spdy.Headers(stream, headers, fin=True),
                       spdy.Data(stream, b"x" * 100_000), spdy.Data(stream, fin=True), spdy.RstStream(stream, 5)]
        frames += [spdy.Ping(3), spdy.WindowUpdate(0, 5), spdy.GoAway(7, 2)]
        for level in LEVELS:
            encoder = spdy.Encoder(SPDY3_1, level=level)
            self.assertEqual(netty_decode(b"".join(map(encoder.encode, frames))), brief(frames))

    def test_inspect_reads_what_netty_writes(self):
        for level in LEVELS:
            wire, _ = self.encoded(level)
            command = [example("SPDY_INSPECT", "inspect"), "--version", "3.1"]
            run = subprocess.run(command, input=wire, capture_output=True, timeout=DEADLINE)
            expected = [spdy.text(SPDY3_1, frame) for frame in frames_of(SPDY3_1, wire)]
            self.assertEqual((run.stdout.decode().splitlines(), run.returncode), (expected, 0), run.stderr)

    def test_netty_reads_what_the_examples_write(self):
        with tempfile.TemporaryDirectory() as root, tempfile.TemporaryDirectory() as out:
            names = [f"file-{index}" for index in range(20)]
            for index, name in enumerate(names):
                Path(root, name).write_bytes(random.Random(index).randbytes(index * 20_000))
            serve = Listening(example("SPDY_SERVE", "serve"), "--listen", "127.0.0.1:0", "--version", "3.1",
                              "--root", root)
            self.addCleanup(serve.stop)
            for data in ([], ["--data", f"{root}/{names[-1]}"]):
                with Relay(serve.address) as relay:
                    urls = [f"http://{relay.host}/{name}" for name in names]
                    subprocess.run([example("SPDY_GET", "get"), "--version", "3.1", "--out", out, *data, *urls],
                                   check=True, stdout=subprocess.DEVNULL, timeout=DEADLINE)
                    for side in ("client", "server"):
                        wire = relay.sent(side)
                        frames = frames_of(SPDY3_1, wire)
                        self.assertGreater(len(frames), len(names))
                        self.assertEqual(netty_decode(wire), brief(frames))


def answers(cases, lines, show):
    """What was sent in answer to the input of the peer, case by case."""
    sessions = [[]]
    for line in lines:
        if line:
            sessions[-1].append(json.loads(line))
        else:
            sessions.append([])
    assert sessions.pop() == [] and len(sessions) == len(cases), (len(sessions), len(cases))
    for case, session in zip(cases, sessions):
        inputs = {step for step, line in enumerate(case.script()) if line.startswith("input ")}
        lines = [CLOSED if "closed" in it else show(it["out"]) for it in session
                 if it["step"] in inputs and ("closed" in it or "out" in it)]
        # When credit is given back is a matter of taste.
        yield [line for line in lines if not line.startswith("WINDOW_UPDATE ")]


class Violations(unittest.TestCase):
    maxDiff = None

    def check(self, react, show, expected):
        for role in ("server", "client"):
            cases = [case for case in CASES if case.role == role]
            script = "".join("".join(f"{line}\n" for line in case.script()) + "\n" for case in cases)
            for case, answer in zip(cases, answers(cases, react(role, script), show)):
                with self.subTest(case.name, cites=case.cites):
                    self.assertEqual(answer, expected(case))

    def test_netty_answers_as_the_table_says(self):
        def show(frame):
            frame = frame_of(frame)
            if isinstance(frame, tuple):
                stream, length, _, fin = frame
                frame = spdy.Data(stream, bytes(length), fin)
            return spdy.text(SPDY3_1, frame)

        self.check(lambda role, script: netty("react", role, script=script), show, lambda case: case.netty_answer())

    def test_we_answer_as_the_requirements_say(self):
        def react(role, script):
            command = [example("SPDY_REACT", "react"), "--version", "3.1", "--role", role]
            run = subprocess.run(command, input=script, capture_output=True, text=True, timeout=DEADLINE)
            self.assertEqual((run.returncode, run.stderr), (0, ""))
            return run.stdout.splitlines()

        self.check(react, lambda line: line, lambda case: case.answer)


if __name__ == "__main__":
    unittest.main(verbosity=2)
