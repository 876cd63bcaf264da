"""The WebSocket of the crate against `ws` of npm and `websockets` of PyPI, either as client and as server.

    tests/interop/run websocket

websocket/README.txt describes the programs: one interface, so that any two of them can talk. SPDY_WEBSOCKET_PEER names
the binary of ours, SPDY_NODE_MODULES and SPDY_PYTHON_PACKAGES the directories of the two packages. `Control` lets them
talk to each other, which shows that a red test is not their fault.

Where they differ:

* `ws` speaks no extension but its own, so `http2` is for `websockets` only. Both offer permessage-deflate, which ours
  passes over.
* `websockets` ends a message in fragments with an empty one, and cannot send a Close frame without a code.
* A pong of `websockets` may overtake the echo of what came before its ping.
"""

import sys

sys.dont_write_bytecode = True

import hashlib
import os
import subprocess
import time
import unittest
from pathlib import Path

from relay import DEADLINE, PROJECT, Listening, required

HERE = Path(__file__).resolve().parent / "websocket"
OURS = [required("SPDY_WEBSOCKET_PEER", PROJECT / "target/interop/release/websocket-peer")]
WS = ["node", HERE / "peer.js"]
WEBSOCKETS = [sys.executable, HERE / "peer.py"]
ENV = {**os.environ, "NODE_PATH": required("SPDY_NODE_MODULES"), "PYTHONPATH": required("SPDY_PYTHON_PACKAGES")}

MIB5 = 5 << 20
LIMIT = (16 << 20) + 8


# After 64 KiB the pattern begins again.
BLOCK = bytes((at * 7 + at // 256) & 0xFF for at in range(1 << 16))


def pattern(length):
    return (BLOCK * (length // len(BLOCK) + 1))[:length]


def message(payload):
    """The line of a message."""
    kind = "text" if isinstance(payload, str) else "binary"
    payload = payload.encode() if kind == "text" else payload
    return f"{kind} {len(payload)} {hashlib.sha1(payload).hexdigest()}"


def masked(frame):
    """A frame of a server, as one of a client: with a key of zeros."""
    head = {126: 4, 127: 10}.get(frame[1], 2)
    return frame[:1] + bytes([frame[1] | 0x80]) + frame[2:head] + bytes(4) + frame[head:]


# Frames of a server that break a rule, and the code with which a client must fail.
VIOLATIONS = {
    "reserved bits": ([b"\xA2\x00"], 1002),  # SM-022
    "reserved opcode": ([b"\x83\x00"], 1002),  # SM-022
    "fragmented ping": ([b"\x09\x00"], 1002),  # SM-023
    "long ping": ([b"\x89\x7E\x00\x7E" + bytes(126)], 1002),  # SM-023
    "continuation of nothing": ([b"\x80\x00"], 1002),  # SM-024
    "message inside another": ([b"\x02\x01a", b"\x82\x01b"], 1002),  # SM-024
    "not UTF-8": ([b"\x81\x01\xFF"], 1007),
    "not UTF-8 at the end": ([b"\x01\x02\xF0\x9D", b"\x80\x01\x84"], 1007),
    "too big": ([b"\x82\x7F" + (LIMIT + 1).to_bytes(8, "big")], 1009),  # SM-A21
    "half a code": ([b"\x88\x01\x03"], 1002),  # SM-032
    "a code that is for nobody": ([b"\x88\x02\x03\xED"], 1002),  # SM-032
}


class Server(Listening):
    def __init__(self, program, *arguments):
        super().__init__(*program, "server", *arguments, env=ENV)

    def said(self, last):
        """What it has printed, up to a line that begins so."""
        deadline = time.monotonic() + DEADLINE
        while True:
            lines = [line.decode().strip() for line in list(self.lines)]
            if any(line.startswith(last) for line in lines):
                return lines
            assert time.monotonic() < deadline, f"no {last}: {lines} {self.errors()}"
            time.sleep(0.01)


class Cases:
    """What a client and a server do with each other. The subclasses say which."""

    def serve(self, *arguments):
        server = Server(self.server, *arguments)
        self.addCleanup(server.stop)
        return server

    def ask(self, server, *arguments):
        """What a client prints."""
        command = [*self.client, "client", "%s:%d" % server.address, *arguments]
        run = subprocess.run([str(part) for part in command], env=ENV, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                             timeout=DEADLINE)
        self.assertEqual((run.returncode, run.stderr), (0, b""), run.stdout)
        return [line.strip() for line in run.stdout.decode().splitlines()]

    def echo(self, sent, expected, options=()):
        """The commands of a client to which the server says the same, and what each of them hears."""
        server = self.serve("--echo", *(options if self.server is OURS else ()))
        client = self.ask(server, *(options if self.client is OURS else ()), *sent, f"wait:{len(expected)}",
                          "close:1000:done")
        self.assertEqual(client[1:], [*expected, "close 1000 done"])
        self.assertEqual(server.said("close")[1:], [*expected, "close 1000 done"])

    def test_messages_of_all_sizes(self):
        sizes = [0, 1, 125, 126, 127, 65535, 65536, 100_000]
        self.echo([f"bytes:{size}" for size in sizes], [message(pattern(size)) for size in sizes])

    def test_text(self):
        texts = ["", "Hello", "κόσμε, 水, 𝄞", "x" * 70_000]
        self.echo([f"text:{text}" for text in texts], [message(text) for text in texts])

    # SM-021: masked by whoever is the client.
    def test_messages_of_5_mib(self):
        self.echo([f"bytes:{MIB5}"] * 2, [message(pattern(MIB5))] * 2)

    # SM-024
    def test_fragments(self):
        expected = [message("Hello κόσμε"), message(pattern(70_004)), message(pattern(MIB5))]
        self.echo(["words:Hel||lo| κόσ|με", "fragments:1:0:3:70000", "fragments:" + ":".join([str(MIB5 // 5)] * 5)],
                  expected)

    # Ours reads a byte at a time.
    def test_bytes_one_by_one(self):
        self.echo(["text:κόσμε", "bytes:300", "fragments:1:2:300"],
                  [message("κόσμε"), message(pattern(300)), message(pattern(303))], options=("--read", "1"))

    # SM-023
    def test_pings_both_ways(self):
        server = self.serve("ping:of the server", f"ping:{'s' * 125}", "wait:2", "text:now you", "wait:3", "close:1000")
        client = self.ask(server, "wait:1", "ping:of the client", "ping:", "wait:3", "text:done")
        self.assertEqual(client[1:], [message("now you"), "pong of the client", "pong", "close 1000"])
        pongs = ["pong of the server", f"pong {'s' * 125}"]
        self.assertEqual(server.said("close")[1:], [*pongs, message("done"), "close 1000"])

    # SM-032, SM-033
    def test_closes_of_the_client(self):
        for code in (1000, 1003, 1011, 4999):
            with self.subTest(code):
                server = self.serve()
                self.assertEqual(self.ask(server, f"close:{code}:wéll")[1:], [f"close {code} wéll"])
                self.assertEqual(server.said("close")[1:], [f"close {code} wéll"])

    # SM-032, SM-033
    def test_closes_of_the_server(self):
        for code in (1001, 4000):
            with self.subTest(code):
                server = self.serve(f"close:{code}:wéll")
                self.assertEqual(self.ask(server)[1:], [f"close {code} wéll"])
                self.assertEqual(server.said("close")[1:], [f"close {code} wéll"])

    # SM-032
    def test_closes_without_a_code(self):
        of_client, of_server = ("close 1000" if it is WEBSOCKETS else "close 1005" for it in (self.client, self.server))
        server = self.serve()
        self.assertEqual(self.ask(server, "close")[1:], [of_client])
        self.assertEqual(server.said("close")[1:], [of_client])
        server = self.serve("close")
        self.assertEqual(self.ask(server)[1:], [of_server])
        self.assertEqual(server.said("close")[1:], [of_server])

    def test_subprotocol(self):
        server = self.serve("--protocol", "chat")
        client = self.ask(server, "--protocol", "chat", "close:1000")
        self.assertRegex(client[0], "^open .* chat$")
        self.assertRegex(server.said("close")[0], "^open .* chat$")

    def violate(self, wire, code, of_client):
        """One side writes the bytes; the other fails with the code, which the first is told."""
        command = f"raw:{wire.hex()}"
        server = self.serve(*([] if of_client else [command]))
        client = self.ask(server, *([command] if of_client else []))
        told = client if of_client else server.said("close")
        self.assertIn(f"close {code}", [" ".join(line.split()[:2]) for line in told])
        if (self.server if of_client else self.client) is OURS:
            failing = server.said("error") if of_client else client
            self.assertTrue(any(line.startswith("error ") for line in failing), failing)

    # SM-021, SM-022, SM-023, SM-024, SM-032, SM-A21
    def test_violations(self):
        for name, (frames, code) in VIOLATIONS.items():
            with self.subTest(name, of_client=False):
                self.violate(b"".join(frames), code, of_client=False)
            with self.subTest(name, of_client=True):
                self.violate(b"".join(map(masked, frames)), code, of_client=True)

    # SM-021
    def test_masks_where_they_are_wrong(self):
        self.violate(masked(b"\x82\x00"), 1002, of_client=False)
        self.violate(b"\x82\x00", 1002, of_client=True)


class Extension:
    """Both speak `http2`."""

    # SM-001, SM-002
    def test_extension(self):
        server = self.serve("--extension", "http2", "--echo")
        client = self.ask(server, "--extension", "http2", "bytes:300", "wait:1", "close:1000")
        expected = ["open http2 -", message(pattern(300)), "close 1000"]
        self.assertEqual(client, expected)
        self.assertEqual(server.said("close"), expected)


class OurClient(Cases):
    client = OURS

    # SM-003
    def test_a_server_without_the_extension(self):
        server = self.serve()
        self.assertEqual(self.ask(server, "--extension", "http2"),
                         ["error the server does not speak the extension `http2`"])


class OurServer(Cases):
    server = OURS

    # SM-A16
    def test_a_client_without_the_extension(self):
        server = self.serve("--extension", "http2")
        [refused] = self.ask(server)
        self.assertRegex(refused, "^refused 400 only WebSockets with the extension `http2` here")
        self.assertRegex(server.said("error")[0], "^error only WebSockets with the extension `http2` here")


class OurClientWs(OurClient, unittest.TestCase):
    server = WS


class OurServerWs(OurServer, unittest.TestCase):
    client = WS


class OurClientWebsockets(OurClient, Extension, unittest.TestCase):
    server = WEBSOCKETS


class OurServerWebsockets(OurServer, Extension, unittest.TestCase):
    client = WEBSOCKETS


class Control(Cases, unittest.TestCase):
    client, server = WS, WEBSOCKETS


class ControlBack(Cases, unittest.TestCase):
    client, server = WEBSOCKETS, WS


if __name__ == "__main__":
    unittest.main(verbosity=2)
