"""The examples over HTTP Speed+Mobility against `websockets` of PyPI, in both roles.

    tests/interop/run speed_mobility

The package does the WebSocket, and the independent codec of spdy2_3.py the frames inside: of ours nothing is on that
side. SPDY_PYTHON_PACKAGES names the directory of the package, SPDY_SERVE and SPDY_GET the binaries of the examples, built
with `--features speed-mobility`.

`websockets` takes what stands behind the code of a Close frame for text: stream-IDs that are no UTF-8 are not tried.
"""

import sys

sys.dont_write_bytecode = True

import os
import random
import subprocess
import tempfile
import threading
import unittest
from collections import Counter
from pathlib import Path

import spdy2_3 as spdy
from relay import DEADLINE, Listening, example, required
from spdy2_3 import SPEED_MOBILITY, Data, RstStream, SynReply, SynStream

sys.path.insert(0, required("SPDY_PYTHON_PACKAGES"))

from websockets.exceptions import ConnectionClosed, InvalidStatus, NegotiationError
from websockets.extensions import ClientExtensionFactory, Extension, ServerExtensionFactory
from websockets.sync.client import connect
from websockets.sync.server import serve

SERVE = example("SPDY_SERVE", "serve")
GET = example("SPDY_GET", "get")
OPTIONS = {"compression": None, "ping_interval": None, "close_timeout": DEADLINE, "max_size": (16 << 20) + 8}

MIB5 = 5 << 20
_random = random.Random(3)
FILES = {
    "hello.txt": b"hello\n",
    "empty": b"",
    "odd.bin": _random.randbytes(300_007),
    "big.bin": _random.randbytes(MIB5),
}


class Http2(Extension):
    """The extension changes no frame of WebSocket: it says what the messages are."""

    name = "http2"

    def encode(self, frame):
        return frame

    def decode(self, frame, *, max_size=None):
        return frame


class Factory(ClientExtensionFactory, ServerExtensionFactory):
    name = "http2"

    def get_request_params(self):
        return []

    def process_response_params(self, params, accepted):
        if params:
            raise NegotiationError("parameters")
        return Http2()

    def process_request_params(self, params, accepted):
        if params:
            raise NegotiationError("parameters")
        return [], Http2()


class End:
    """One end: a message a frame."""

    def __init__(self, socket, **compression):
        self.socket = socket
        self.encoder = spdy.Encoder(SPEED_MOBILITY, **compression)
        self.decoder = spdy.Decoder(SPEED_MOBILITY)

    def send(self, frame, fragment=None):
        """In one frame of WebSocket, or in fragments of so many bytes."""
        data = self.encoder.encode(frame)
        self.socket.send(data if fragment is None else [data[at:at + fragment] for at in range(0, len(data), fragment)])

    def recv(self):
        message = self.socket.recv(DEADLINE)
        assert isinstance(message, bytes), "a message of text"
        assert len(message) == 8 + int.from_bytes(message[5:8], "big"), message[:8].hex()
        return self.decoder.decode(message[:8], message[8:])

    def ping(self):
        assert self.socket.ping(os.urandom(4).hex()).wait(DEADLINE), "no pong"

    def closed(self):
        """The code and the stream-ID with which the other end closes."""
        try:
            frame = self.recv()
        except ConnectionClosed as end:
            return end.rcvd.code, int.from_bytes(end.rcvd.reason.encode(), "big")
        raise AssertionError(f"{frame} in place of the Close frame")


def last_good(stream):
    return stream.to_bytes(4, "big").decode()


class Answer:
    def __init__(self):
        self.headers, self.body, self.ended, self.frames = None, bytearray(), False, 0

    @property
    def status(self):
        return self.headers[b":status"]


class Client(End):
    def __init__(self, server, **options):
        self.host = "%s:%d" % server.address
        self.connection = connect(f"ws://{self.host}/", extensions=[Factory()], **OPTIONS)
        super().__init__(None, **options)
        self.next_id = 1
        self.answers = {}

    def __enter__(self):
        self.socket = self.connection.__enter__()
        return self

    def __exit__(self, *fault):
        return self.connection.__exit__(*fault)

    def request(self, path, method="GET", fin=True, fragment=None, host=None, plain=False, extra=(), push=False):
        stream, self.next_id = self.next_id, self.next_id + 2
        headers = [(":method", method), (":path", path), (":version", "HTTP/1.1"), (":host", host or self.host),
                   (":scheme", "http"), *extra]
        self.answers[stream] = Answer()
        self.send(SynStream(stream, headers, fin=fin, plain=plain, push_allowed=push), fragment)
        return stream

    def answer(self, *streams):
        """Reads until they have ended; the answer to the last one."""
        while not all(self.answers[stream].ended for stream in streams):
            frame = self.recv()
            answer = self.answers[frame.stream]
            assert not answer.ended, frame
            if isinstance(frame, SynReply):
                assert answer.headers is None, frame
                answer.headers = dict(frame.headers)
            else:
                assert isinstance(frame, Data) and answer.headers is not None, frame
                answer.body += frame.payload
                answer.frames += 1
            answer.ended = frame.fin
        return self.answers[streams[-1]]


class Serve(unittest.TestCase):
    """`serve`, and `websockets` as the client."""

    @classmethod
    def setUpClass(cls):
        cls.root = tempfile.TemporaryDirectory(prefix="spdy-sm-")
        for name, content in FILES.items():
            Path(cls.root.name, name).write_bytes(content)
        cls.server = Listening(SERVE, "--listen", "127.0.0.1:0", "--version", "sm", "--root", cls.root.name)

    @classmethod
    def tearDownClass(cls):
        cls.server.stop()
        cls.root.cleanup()

    def test_get(self):  # SM-001, SM-002, SM-040, SM-050, SM-070
        with Client(self.server) as client:
            for name, content in FILES.items():
                answer = client.answer(client.request(f"/{name}"))
                self.assertEqual((answer.status[:3], bytes(answer.body)), (b"200", content), name)
            self.assertEqual(client.answer(client.request("/missing")).status[:3], b"404")

    def test_blocks_compressed_and_not_in_turn(self):  # SM-051, SM-053, SM-A10
        for level in (0, 9):
            with Client(self.server, level=level) as client:
                streams = [client.request("/hello.txt", plain=number % 3 == 1) for number in range(9)]
                client.answer(*streams)
                for stream in streams:
                    self.assertEqual(bytes(client.answers[stream].body), FILES["hello.txt"])

    def test_post_echo_of_5_mib(self):  # SM-045, SM-A03
        with Client(self.server) as client:
            body = FILES["big.bin"]
            stream = client.request("/", "POST", fin=False, extra=[("content-length", str(len(body)))])

            def upload():
                for at in range(0, len(body), 60_000):
                    client.send(Data(stream, body[at:at + 60_000], fin=at + 60_000 >= len(body)))

            # The server stops reading while too much of the echo waits.
            thread = threading.Thread(target=upload)
            thread.start()
            answer = client.answer(stream)
            thread.join(DEADLINE)
            self.assertEqual(bytes(answer.body), body)

    def test_a_hundred_streams_at_a_time(self):
        with Client(self.server) as client:
            names = [name for name in ("hello.txt", "odd.bin", "empty") for _ in range(34)][:100]
            streams = [client.request(f"/{name}") for name in names]
            client.answer(*streams)
            for stream, name in zip(streams, names):
                self.assertEqual(bytes(client.answers[stream].body), FILES[name])

    def test_messages_in_fragments_with_pings_between(self):  # SM-024, SM-026, SM-A04
        with Client(self.server) as client:
            for fragment in (1, 7, 100):
                stream = client.request("/", "POST", fin=False, fragment=fragment)
                client.ping()
                client.send(Data(stream, b"x" * 1_000, fin=True), fragment)
                self.assertEqual(bytes(client.answer(stream).body), b"x" * 1_000)

    def test_pings_while_data_comes(self):  # SM-026, SM-A24
        with Client(self.server) as client:
            stream = client.request("/big.bin")
            pongs = [client.socket.ping(f"ping {number}") for number in range(20)]
            answer = client.answer(stream)
            self.assertTrue(all(pong.wait(DEADLINE) for pong in pongs))
            self.assertEqual(bytes(answer.body), FILES["big.bin"])

    def test_a_close_is_answered_with_the_last_good_stream(self):  # SM-028, SM-030, SM-033
        with Client(self.server) as client:
            client.answer(client.request("/hello.txt"), client.request("/hello.txt"))
            client.socket.close(1000, last_good(0))
            self.assertEqual((client.socket.close_code, client.socket.close_reason), (1000, last_good(3)))

    def test_a_session_error_is_a_close_with_its_code(self):  # SM-031, SM-A04, SM-A08, SM-A09
        ping = spdy.control(SPEED_MOBILITY, spdy.PING, bytes(4))
        rst = spdy.control(SPEED_MOBILITY, spdy.RST_STREAM, bytes([0, 0, 0, 1, 0, 0, 0, 5]))
        for message, code in (("text", 1003), (b"", 1002), (ping, 1002), (rst + b"x", 1002), (rst + rst, 1002),
                              (rst[:9], 1002), (b"\x80\x03\0\x01\0\x01\0\x01" + bytes(65537), 1009)):
            with Client(self.server) as client:
                client.answer(client.request("/hello.txt"))
                client.socket.send(message)
                self.assertEqual(client.closed(), (code, 1), message[:20])

    def test_another_origin_is_a_bad_request(self):  # SM-075, SM-A13, SM-A14
        with Client(self.server) as client:
            self.assertEqual(client.answer(client.request("/hello.txt", host="example.com")).status[:3], b"400")
            # The port does not count, and the session goes on.
            self.assertEqual(client.answer(client.request("/hello.txt", host="127.0.0.1:1")).status[:3], b"200")

    def test_a_client_without_the_extension_is_refused(self):  # SM-A16
        url = "ws://%s:%d/" % self.server.address
        with self.assertRaises(InvalidStatus) as refused, connect(url, **OPTIONS):
            pass
        self.assertEqual(refused.exception.response.status_code, 400)
        self.assertIn(b"http2", refused.exception.response.body)

    def test_leave_that_nobody_uses_and_a_removed_stream(self):  # SM-060
        with Client(self.server) as client:
            stream = client.request("/big.bin", push=True)
            client.send(RstStream(stream, 5))
            other = client.request("/hello.txt", push=True)
            # What was on its way of the first one is passed over.
            self.assertEqual(bytes(client.answer(other).body), FILES["hello.txt"])


class Get(unittest.TestCase):
    """`get`, and `websockets` as the server."""

    def run_get(self, behave, *arguments, extensions=(Factory(),), paths=("/hello.txt",)):
        """Runs it against a server that does this on each connection; its code, output and what it has saved."""
        faults = []

        def handle(socket):
            try:
                behave(End(socket))
            except BaseException as fault:  # in another thread, where nobody would see it
                faults.append(fault)

        with serve(handle, "127.0.0.1", 0, extensions=list(extensions), **OPTIONS) as server, \
                tempfile.TemporaryDirectory(prefix="spdy-sm-") as out:
            thread = threading.Thread(target=server.serve_forever)
            thread.start()
            self.host = "%s:%d" % server.socket.getsockname()
            urls = [f"http://{self.host}{path}" for path in paths]
            try:
                run = subprocess.run([GET, "--version", "sm", "--out", out, *arguments, *urls], stdout=subprocess.PIPE,
                                     stderr=subprocess.PIPE, timeout=DEADLINE)
            finally:
                server.shutdown()
                thread.join(DEADLINE)
            saved = {path.name: path.read_bytes() for path in Path(out).iterdir()}
        for fault in faults:
            raise fault
        return run.returncode, run.stdout.decode() + run.stderr.decode(), saved

    def answer(self, end, request, body, fragment=None, plain=False, push=()):
        end.send(SynReply(request.stream, [(":status", "200 OK"), (":version", "HTTP/1.1")], plain=plain), fragment)
        for frame in push:
            end.send(frame)
        for at in range(0, len(body), 16_000):
            end.send(Data(request.stream, body[at:at + 16_000]), fragment)
        end.send(Data(request.stream, b"", fin=True))

    def test_get(self):  # SM-004, SM-021, SM-070
        def behave(end):
            request = end.recv()
            headers = dict(request.headers)
            assert (headers[b":method"], headers[b":path"]) == (b"GET", b"/odd.bin"), headers
            assert headers[b":host"].decode() == self.host and request.fin, request
            self.answer(end, request, FILES["odd.bin"])
            self.assertEqual(end.closed(), (1000, 0))  # SM-028, SM-029, SM-030

        code, said, saved = self.run_get(behave, paths=["/odd.bin"])
        self.assertEqual((code, saved), (0, {"odd.bin": FILES["odd.bin"]}), said)

    def test_messages_in_fragments_with_pings_between(self):  # SM-024, SM-026
        def behave(end):
            request = end.recv()
            end.ping()
            self.answer(end, request, b"y" * 3_000, fragment=11, plain=True)
            end.closed()

        code, said, saved = self.run_get(behave)
        self.assertEqual((code, saved), (0, {"hello.txt": b"y" * 3_000}), said)

    def test_a_hundred_streams(self):
        def behave(end):
            for request in [end.recv() for _ in range(100)]:
                self.answer(end, request, dict(request.headers)[b":path"] * 100)
            end.closed()

        paths = [f"/file-{number}" for number in range(100)]
        code, said, saved = self.run_get(behave, paths=paths)
        self.assertEqual((code, saved), (0, {path[1:]: path.encode() * 100 for path in paths}), said)

    def test_post_of_5_mib(self):  # SM-045
        def behave(end):
            request, body = end.recv(), bytearray()
            assert dict(request.headers)[b":method"] == b"POST" and not request.fin, request
            frame = None
            while frame is None or not frame.fin:
                frame = end.recv()
                assert isinstance(frame, Data), frame
                body += frame.payload
            self.answer(end, request, bytes(body))
            end.closed()

        with tempfile.NamedTemporaryFile() as file:
            file.write(FILES["big.bin"])
            file.flush()
            code, said, saved = self.run_get(behave, "--data", file.name)
        self.assertEqual((code, saved), (0, {"hello.txt": FILES["big.bin"]}), said)

    def push(self, stream, request, path, host=None, **fields):
        headers = [(":scheme", "http"), (":host", host or self.host), (":path", path), (":status", "200 OK"),
                   (":version", "HTTP/1.1")]
        return SynStream(stream, headers, associated=request, unidirectional=True, **fields)

    def test_a_push_with_leave_is_taken(self):  # SM-060, SM-062
        def behave(end):
            request = end.recv()
            assert request.push_allowed, request
            self.answer(end, request, b"page", push=[self.push(2, request.stream, "/style.css"), Data(2, b"css", fin=True)])
            self.assertEqual(end.closed(), (1000, 2))

        code, said, saved = self.run_get(behave)
        self.assertEqual((code, saved), (0, {"hello.txt": b"page"}), said)
        self.assertIn("/style.css", said)

    def test_pushes_without_leave_or_for_another_host_cost_their_stream(self):  # SM-076, SM-A11, SM-A15
        def behave(end):
            request = end.recv()
            self.answer(end, request, b"page", push=[
                self.push(2, 0, "/of-no-request"),
                self.push(4, request.stream, "/a", push_allowed=True),
                self.push(6, request.stream, "/b", host="other.example"),
                self.push(8, request.stream, "/c"),
                Data(8, b"css", fin=True),
            ])
            answers = Counter()
            try:
                while True:
                    frame = end.recv()
                    assert isinstance(frame, RstStream), frame
                    answers[frame.stream, frame.status] += 1
            except ConnectionClosed as closed:
                self.assertEqual(closed.rcvd.code, 1000)
            self.assertEqual(answers, Counter({(2, 1): 1, (4, 1): 1, (6, 1): 1}))

        code, said, saved = self.run_get(behave)
        self.assertEqual((code, saved), (0, {"hello.txt": b"page"}), said)

    def test_a_close_of_the_server_says_what_it_has_seen(self):  # SM-A02, SM-A23
        def behave(end):
            requests = [end.recv(), end.recv()]
            self.answer(end, requests[0], b"first")
            end.socket.close(1001, last_good(1))
            self.assertEqual(end.socket.close_code, 1000)

        code, said, saved = self.run_get(behave, paths=["/one", "/two"])
        self.assertEqual((code, saved["one"]), (1, b"first"), said)
        self.assertIn("/two: incomplete", said)

    def test_a_server_without_the_extension_is_none(self):  # SM-003
        code, said, _ = self.run_get(lambda end: None, extensions=())
        self.assertEqual(code, 1, said)
        self.assertIn("http2", said)


if __name__ == "__main__":
    unittest.main()
