"""The examples against the npm package spdy-transport, over SPDY/2, SPDY/3 and SPDY/3.1, in both roles.

    tests/interop/run npm

npm/peer.js is the peer; SPDY_NODE_MODULES names the directory that holds the package. SPDY_SERVE and SPDY_GET
name the binaries of the examples; without them they are target/release/examples/{serve,get}. Every connection goes
through a relay, and both directions of it are read with the independent decoder of spdy2_3.py.

Where the package leaves the text:

* /2: GOAWAY of 8 bytes, and one of 4 is an error to it (S2-A20); a send window a stream, which only SETTINGS 7 at the
  start takes away (S2-A18); priority in the bits of /3.
* HEADERS: sent without FIN always, and FIN on those received is not seen.
* Streams without `:method` and `:path` end the connection; so do pushes without `:status`.
* Push: never UNIDIRECTIONAL (S3-A29).
* GOAWAY: its last-good-stream-ID counts streams of both sides, and streams above it are reset.
* Windows are overrun by up to 8191 bytes: a chunk of 8192 that has waited leaves as soon as the window is not empty.
  With credit in pieces of 8192 and more this happens to the session window only, when several streams send.
"""

import sys

sys.dont_write_bytecode = True

import hashlib
import json
import os
import random
import subprocess
import tempfile
import unittest
from pathlib import Path

import spdy2_3 as spdy
from relay import DEADLINE, Listening, Relay, example, frames_of, overruns, required

PEER = Path(__file__).resolve().parent / "npm/peer.js"
ENV = {**os.environ, "NODE_PATH": required("SPDY_NODE_MODULES")}

UNLIMITED = 0x7FFFFFFF
MIB5 = 5 << 20

_random = random.Random(2)
FILES = {
    "hello.txt": b"hello\n",
    "empty": b"",
    "one": b"1",
    "odd.bin": _random.randbytes(300_007),
    "big.bin": _random.randbytes(MIB5),
    "big2.bin": _random.randbytes(MIB5 + 4321),
}


def sha256(data):
    return hashlib.sha256(data).hexdigest()


def make_root():
    root = tempfile.TemporaryDirectory(prefix="spdy-npm-")
    for name, content in FILES.items():
        Path(root.name, name).write_bytes(content)
    return root


class Events(list):
    """What the peer printed."""

    def of(self, event):
        return [it for it in self if it["event"] == event]

    def answer(self, path):
        found = [it for it in self.of("answer") if it["path"] == path]
        assert len(found) == 1, (path, self)
        return found[0]


def npm_client(version, host, *scenario, options=()):
    command = ["node", PEER, "client", "--version", version, *options, host, *scenario]
    run = subprocess.run([str(part) for part in command], env=ENV, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                         timeout=DEADLINE)
    assert not run.stderr, run.stderr.decode()
    events = Events(json.loads(line) for line in run.stdout.splitlines())
    events.code = run.returncode
    return events


def npm_server(version, root, *options):
    return Listening("node", PEER, "server", "--version", version, "--root", root.name, *options, env=ENV)


class Recorded:
    """A finished connection: the frames of both sides, read by the independent decoder."""

    def __init__(self, version, relay):
        version = spdy.VERSIONS[version]
        self.client = frames_of(version, relay.sent("client"))
        self.server = frames_of(version, relay.sent("server"))
        self.overruns = overruns(version, relay.log)


class NpmClientCases:
    """What spdy-transport as a client does with a server. The subclasses say which server."""

    ours = True

    def check(self, *scenario, options=(), ok=True):
        with Relay(self.server.address) as relay:
            events = npm_client(self.version, relay.host, *scenario, options=options)
            recorded = Recorded(self.version, relay)
        if ok is not None:
            self.assertEqual((events.code, events[-1]), (0 if ok else 1, {"event": "done", "ok": ok}), events)
        if self.ours:
            self.assertEqual(recorded.overruns["server"], [])
            if self.version == "2":
                first = recorded.server[0]
                self.assertIsInstance(first, spdy.Settings)
                self.assertIn((7, UNLIMITED, 0), first.entries, "S2-A18")
        return events, recorded

    def test_files_of_all_sizes_at_once(self):
        paths = [f"/{name}" for name in FILES]
        for options in ((), ("--compress", "--window", "65536")):
            events, _ = self.check("get", *paths, options=options)
            for name, content in FILES.items():
                answer = events.answer(f"/{name}")
                self.assertEqual((answer["bytes"], answer["sha256"]), (len(content), sha256(content)), name)
                self.assertEqual(answer["headers"]["content-length"], str(len(content)))

    def test_what_is_not_there_is_404(self):
        events, _ = self.check("get", "/nothing", "/hello.txt", ok=False)
        self.assertEqual(events.answer("/nothing")["status"], 404)
        self.assertEqual(events.answer("/hello.txt")["status"], 200)

    # S3-080..S3-083, S31-001..S31-004, S2-A18
    def test_5_mib_both_ways(self):
        for options in ((), ("--window", "65536")):
            events, recorded = self.check("echo", MIB5, 1, 65536, options=options)
            self.assertEqual([it["bytes"] for it in events.of("echoed")], [MIB5])
            if self.version != "2":
                initial = [value for frame in recorded.server if isinstance(frame, spdy.Settings)
                           for id, value, _ in frame.entries if id == 7]
                granted = sum(frame.delta for frame in recorded.server
                              if isinstance(frame, spdy.WindowUpdate) and frame.stream == 1)
                self.assertGreaterEqual(granted, MIB5 - max(initial, default=65536))

    def test_uploads_of_odd_sizes_at_once(self):
        events, _ = self.check("echo", 1_000_003, 5, 10_007)
        self.assertEqual([it["ok"] for it in events.of("echoed")], [True] * 5)

    def test_a_hundred_small_streams(self):
        events, _ = self.check("echo", 77, 100, 10)
        self.assertEqual(len(events.of("echoed")), 100)

    # S3-060, S2-060
    def test_headers_behind_a_body(self):
        _, recorded = self.check("trailers")
        late = [frame for frame in recorded.client if isinstance(frame, spdy.Headers)]
        self.assertEqual(late, [spdy.Headers(1, [(b"x-trailer", b"end")])])

    # S3-028: the session goes on
    def test_a_reset_ends_one_stream(self):
        events, recorded = self.check("reset", "/hello.txt")
        self.assertEqual(events.answer("/hello.txt")["sha256"], sha256(FILES["hello.txt"]))
        self.assertIn(spdy.RstStream(1, 5), recorded.client)
        if self.ours:
            resets = [frame for frame in recorded.server if isinstance(frame, spdy.RstStream)]
            self.assertEqual(resets, [], "S3-027")

    # S3-050, S2-050
    def test_pings_are_echoed(self):
        events, recorded = self.check("ping", 50, "/hello.txt")
        self.assertEqual(events.of("pongs"), [{"event": "pongs", "count": 50}])
        pings = [frame.id for frame in recorded.server if isinstance(frame, spdy.Ping)]
        self.assertEqual(pings, list(range(1, 101, 2)))


class NpmServerCases:
    """What spdy-transport as a server does with a client: `load` is the client."""

    def test_files_of_all_sizes_at_once(self):
        result = self.load(*FILES)
        self.assertEqual(result.bodies, FILES)

    def test_5_mib_both_ways(self):
        with tempfile.NamedTemporaryFile() as data:
            data.write(FILES["big2.bin"])
            data.flush()
            result = self.load("upload", data=data.name)
        self.assertEqual(result.bodies, {"upload": FILES["big2.bin"]})

    # S3-050, S2-050: the server's IDs are even
    def test_a_ping_is_answered(self):
        result = self.load("ping")
        self.assertEqual(result.bodies, {"ping": b"pong"})
        self.assertEqual([it for it in result.recorded.client if isinstance(it, spdy.Ping)], [spdy.Ping(2)])

    # S3-028
    def test_a_reset_ends_one_stream(self):
        for path in ("reset?INTERNAL_ERROR", "refuse?CANCEL"):
            result = self.load(path, "odd.bin", ok=False)
            self.assertEqual(result.bodies.get("odd.bin"), FILES["odd.bin"], path)
            resets = [it for it in result.recorded.client if isinstance(it, spdy.RstStream)]
            self.assertEqual(resets, [], "S3-027")

    def test_headers_behind_a_body(self):
        result = self.load("trailers?odd.bin")
        self.assertEqual(result.bodies, {"trailers": FILES["odd.bin"]})
        late = [frame for frame in result.recorded.server if isinstance(frame, spdy.Headers)]
        self.assertEqual(late, [spdy.Headers(1, [(b"x-trailer", b"end")])])

    # S3-055: what is open ends as usual
    def test_a_goaway_does_not_cost_the_open_stream(self):
        result = self.load("goaway?odd.bin")
        self.assertEqual(result.bodies, {"goaway": FILES["odd.bin"]})
        self.assertIn(spdy.GoAway, [type(frame) for frame in result.recorded.server])


class Ours(NpmClientCases):
    @classmethod
    def setUpClass(cls):
        cls.root = make_root()
        cls.addClassCleanup(cls.root.cleanup)
        cls.server = Listening(example("SPDY_SERVE", "serve"), "--listen", "127.0.0.1:0",
                               "--version", cls.version, "--root", cls.root.name)
        cls.addClassCleanup(cls.server.stop)

    # S3-055, S3-A05: the client's GOAWAY names its own stream, and the answer comes whole
    def test_a_goaway_does_not_cost_the_open_stream(self):
        events, recorded = self.check("goaway", "/big.bin")
        self.assertEqual(events.answer("/big.bin")["sha256"], sha256(FILES["big.bin"]))
        self.assertIn(spdy.GoAway, [type(frame) for frame in recorded.client])


class Theirs(NpmClientCases):
    """The package against itself: shows that the peer and these tests are sound."""

    ours = False

    @classmethod
    def setUpClass(cls):
        cls.root = make_root()
        cls.addClassCleanup(cls.root.cleanup)
        cls.server = npm_server(cls.version, cls.root)
        cls.addClassCleanup(cls.server.stop)

    def test_a_goaway_does_not_cost_the_open_stream(self):
        # In 3.1 the package closes the connection before the FIN of the last stream.
        events, _ = self.check("goaway", "/odd.bin", ok=None)
        answer = events.answer("/odd.bin")
        self.assertEqual(answer["sha256"], sha256(FILES["odd.bin"]))
        self.assertEqual(answer["complete"], self.version != "3.1")

    # S31-003 from the other side: what a receiver of this package's uploads has to live with
    def test_a_window_is_overrun_by_less_than_one_of_its_chunks(self):
        _, recorded = self.check("echo", 1_000_003, 5, 10_007, options=("--window", "65536"))
        excess = [int(fault.split()[-4]) for side in recorded.overruns.values() for fault in side]
        self.assertLess(max(excess, default=0), 8192)
        self.assertEqual(bool(excess), self.version == "3.1", "only the session window is overrun, and it is")

    def test_pushes(self):
        events, recorded = self.check("push", "/push?odd.bin&one")
        for name in ("odd.bin", "one"):
            self.assertEqual(events.answer(f"/{name}")["sha256"], sha256(FILES[name]))
        pushes = [frame for frame in recorded.server if isinstance(frame, spdy.SynStream)]
        self.assertEqual([(it.stream, it.associated, it.unidirectional) for it in pushes],
                         [(2, 1, False), (4, 1, False)])


class Loaded:
    """What `get` brought."""


class Get(NpmServerCases):
    @classmethod
    def setUpClass(cls):
        cls.root = make_root()
        cls.addClassCleanup(cls.root.cleanup)
        cls.server = npm_server(cls.version, cls.root, "--scheme", "http", *cls.options)
        cls.addClassCleanup(cls.server.stop)

    options = ()

    def load(self, *paths, data=None, ok=True):
        result = Loaded()
        with Relay(self.server.address) as relay, tempfile.TemporaryDirectory() as out:
            command = [example("SPDY_GET", "get"), "--version", self.version, "--out", out]
            command += ["--data", data] if data else []
            command += [f"http://{relay.host}/{path}" for path in paths]
            run = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, timeout=DEADLINE)
            result.recorded = Recorded(self.version, relay)
            result.text = run.stdout.decode()
            result.bodies = {path.name: path.read_bytes() for path in Path(out).iterdir()}
        self.assertEqual(run.returncode, 0 if ok else 1, (result.text, run.stderr, self.server.lines[-5:]))
        self.assertEqual(result.recorded.overruns["client"], [])
        # S3-005, S2-059: GOAWAY is the last frame. No stream of the server's was accepted: S3-057.
        self.assertIsInstance(result.recorded.client[-1], spdy.GoAway)
        if self.version == "2":
            self.assertEqual(result.recorded.client[0], spdy.Settings([(7, UNLIMITED, 0)]), "S2-A18")
        return result

    # S3-126, S3-A29: pushes without UNIDIRECTIONAL
    def test_pushes(self):
        result = self.load("push?odd.bin&one")
        self.assertEqual(result.bodies["push"], b"the page\n")
        pushed = [line for line in result.text.splitlines() if "PUSH" in line]
        self.assertEqual(len(pushed), 2, result.text)
        for name, line in zip(("odd.bin", "one"), pushed):
            self.assertIn(f"/{name}", line)


class GetInSmallWindows(Get):
    options = ("--window", "65536", "--compress")


for _version in ("2", "3", "3.1"):
    _suffix = _version.replace(".", "_")
    for _base in (Ours, Theirs, Get, GetInSmallWindows):
        _name = f"{_base.__name__}{_suffix}"
        globals()[_name] = type(_name, (_base, unittest.TestCase), {"version": _version})


if __name__ == "__main__":
    unittest.main(verbosity=2)
