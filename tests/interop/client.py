"""A Draft 1 client over TCP that holds the server to the rules.

Every frame of the server is judged when it arrives; a frame that breaks a rule raises `Failure`. What is legal
is recorded: per stream in `streams`, and in order of arrival in `log`. All waiting has a deadline.
"""

import select
import socket
import time
from dataclasses import dataclass, field
from typing import Optional

import spdy1

DEADLINE = 15.0  # seconds that any single wait may take


class Failure(AssertionError):
    """The server did something that it must not do, or not what it had to do."""


@dataclass
class Stream:
    """What the server has sent on a stream that we opened."""

    id: int
    headers: Optional[dict] = None
    body: bytearray = field(default_factory=bytearray)
    received: int = 0               # bytes of the body, also if they are not kept
    fin: bool = False
    fin_stream: Optional[int] = None  # the status of the server's FIN_STREAM
    cancelled: bool = False         # we sent FIN_STREAM

    @property
    def status(self):
        """The number at the start of `status`: 200 for "200" and for "200 OK"."""
        return int(self.headers[b"status"].split()[0])

    @property
    def ended(self):
        return self.fin or self.fin_stream is not None


class Client:
    def __init__(self, address, form=spdy1.OUTSIDE, narrow=False, keep_bodies=True):
        """`narrow` keeps the kernel's buffers between us and the server small (a few 100 kB), so that what has
        been written by the server but not read by us says little, and order on the wire shows its scheduling."""
        self.host = "%s:%d" % address
        self.sock = socket.socket()
        self.sock.settimeout(DEADLINE)
        if narrow:
            self.sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 64 * 1024)
            if hasattr(socket, "TCP_MAXSEG"):
                # Large segments, as on a loopback interface, would give the server a send buffer of megabytes.
                self.sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_MAXSEG, 1400)
        try:
            self.sock.connect(address)
        except OSError as error:
            self.sock.close()
            raise Failure(f"cannot connect: {error}") from None
        self.sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.sock.setblocking(False)
        self.encoder = spdy1.BlockEncoder(form)
        self.decoder = spdy1.BlockDecoder()
        self.reader = spdy1.FrameReader()
        self.keep_bodies = keep_bodies
        self.next_id = 1
        self.next_ping = 1
        self.streams = {}
        self.log = []       # (kind, number, ...) of every frame received
        self.ended = False  # the server has closed the connection

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()

    def close(self):
        self.sock.close()

    # -- sending ------------------------------------------------------------------------------------------------

    def send(self, octets):
        """Writes everything, and reads whenever writing would block: no deadlock with a server that echoes.
        If the server closes meanwhile the rest is dropped; `ended` tells."""
        octets = memoryview(octets)
        deadline = time.monotonic() + DEADLINE
        while octets and not self.ended:
            try:
                octets = octets[self.sock.send(octets):]
            except BlockingIOError:
                readable, writable, _ = select.select([self.sock], [self.sock], [], deadline - time.monotonic())
                if readable:
                    self.receive()
                elif not writable:
                    raise Failure("the server neither reads nor writes") from None
            except ConnectionError:
                while not self.ended:  # a last frame may still wait for us
                    self.wait_readable(deadline, "the end of a broken connection")
                    self.receive()
            if time.monotonic() > deadline:
                raise Failure("the server reads too slowly")

    def headers(self, path="/index.html", method="GET", extra=()):
        url = path if "://" in path else f"http://{self.host}{path}"
        return [("method", method), ("url", url), ("version", "HTTP/1.1"), *extra]

    def syn_stream(self, headers, priority=0, fin=True, tail=None):
        """The bytes of the next SYN_STREAM, and its stream. They have to be sent, in this order.
        `tail` stands in for the encoded headers, where a test wants a fault in there."""
        stream = self.streams[self.next_id] = Stream(self.next_id)
        self.next_id += 2
        tail = self.encoder.encode(headers) if tail is None else tail
        return spdy1.syn_stream(stream.id, tail, priority, fin), stream

    def open(self, headers, priority=0, fin=True):
        frame, stream = self.syn_stream(headers, priority, fin)
        self.send(frame)
        return stream

    def request(self, path="/index.html", method="GET", priority=0, fin=True, extra=()):
        return self.open(self.headers(path, method, extra), priority, fin)

    def cancel(self, stream, status=spdy1.INVALID_STREAM):
        """Draft 1 has no CANCEL; INVALID_STREAM does least harm (S1-A37)."""
        stream.cancelled = True
        self.send(spdy1.fin_stream(stream.id, status))

    # -- waiting ------------------------------------------------------------------------------------------------

    def wait(self, condition, what):
        deadline = time.monotonic() + DEADLINE
        while not condition():
            if self.ended:
                raise Failure(f"connection ended, waited for {what}; last frames: {self.log[-5:]}")
            self.wait_readable(deadline, what)
            self.receive()

    def wait_readable(self, deadline, what):
        if not select.select([self.sock], [], [], max(0, deadline - time.monotonic()))[0]:
            raise Failure(f"nothing came, waited for {what}; last frames: {self.log[-5:]}")

    def complete(self, *streams):
        """Waits until each of the streams has been answered to its end. Returns the last one."""
        for stream in streams:
            self.wait(lambda: stream.ended, f"the end of stream {stream.id}")
            if stream.fin_stream is not None:
                raise Failure(f"stream {stream.id} ended by FIN_STREAM({stream.fin_stream})")
        return streams[-1]

    def get(self, path="/index.html", **options):
        return self.complete(self.request(path, **options))

    def answer_fin_stream(self, stream):
        """Waits for the server's FIN_STREAM on a stream, and returns its status."""
        self.wait(lambda: stream.ended, f"FIN_STREAM on stream {stream.id}")
        return stream.fin_stream

    def ping(self):
        """Sends a PING with a fresh ID, odd as a client's, and waits for its echo."""
        ping_id, self.next_ping = self.next_ping, self.next_ping + 2
        self.send(spdy1.ping(ping_id))
        self.wait(lambda: ("PING", ping_id) in self.log, f"the echo of PING {ping_id}")

    def barrier(self):
        """Returns when all control frames that the server owed us before this call have come: they precede the
        answer to a new request, and the echo of a PING that was sent after that answer comes behind it."""
        if self.get().status != 200:
            raise Failure("a plain GET is not answered with 200")
        self.ping()

    def frames(self, kind):
        return [entry[1:] for entry in self.log if entry[0] == kind]

    def expect_session_error(self, last_good=None):
        """The server gives the session up (S1-A32): GOAWAY as its last frame, then it closes."""
        self.wait(lambda: self.ended, "the end of the connection")
        if not self.log or self.log[-1][0] != "GOAWAY":
            raise Failure(f"the connection ended without a GOAWAY as last frame: {self.log[-5:]}")
        if last_good not in (None, self.log[-1][1]):
            raise Failure(f"GOAWAY({self.log[-1][1]}), not GOAWAY({last_good}) (S1-154)")
        if len(self.reader):
            raise Failure("the connection ended inside a frame")

    # -- receiving ----------------------------------------------------------------------------------------------

    def receive(self):
        """Reads once, and judges the frames that are complete now."""
        try:
            piece = self.sock.recv(64 * 1024)
        except BlockingIOError:
            return
        except ConnectionError:
            piece = b""
        self.ended = not piece
        self.reader.feed(piece)
        for head, payload in self.reader:
            try:
                self.judge(spdy1.parse(head, payload, self.decoder))
            except spdy1.FrameError as error:
                raise Failure(f"frame {head.hex()}: {error}") from None

    def judge(self, frame):
        if frame.kind is None or frame.kind == spdy1.SYN_REPLY:
            stream = self.streams.get(frame.stream_id)
            if stream is None:
                raise Failure(f"DATA or SYN_REPLY on stream {frame.stream_id}, which we did not open")
            if stream.ended:
                raise Failure(f"stream {stream.id} goes on after its end (S1-102, S1-112)")
            if frame.kind is None:
                self.judge_data(frame, stream)
            else:
                self.judge_reply(frame, stream)
            stream.fin = frame.fin
        elif frame.kind == spdy1.FIN_STREAM:
            stream = self.streams.get(frame.stream_id)
            if stream is not None:
                if stream.fin_stream is not None:
                    raise Failure(f"a second FIN_STREAM for stream {stream.id} (S1-112)")
                stream.fin_stream = frame.status
            self.log.append(("FIN_STREAM", frame.stream_id, frame.status))
        elif frame.kind == spdy1.PING:
            self.log.append(("PING", frame.ping_id))
        elif frame.kind == spdy1.GOAWAY:
            self.log.append(("GOAWAY", frame.stream_id))
        elif frame.kind == spdy1.HELLO:
            if self.log:
                raise Failure("HELLO that is not the server's first frame (S1-021)")
            self.log.append(("HELLO", frame.entries))
        elif frame.kind == spdy1.NOOP:
            self.log.append(("NOOP",))
        else:
            raise Failure(f"control frame of type {frame.kind}: this server has nothing to push or to announce")

    def judge_data(self, frame, stream):
        if stream.headers is None:
            raise Failure(f"DATA on stream {stream.id} before its SYN_REPLY (S1-A11)")
        self.log.append(("DATA", stream.id, len(frame.payload)))
        stream.received += len(frame.payload)
        if self.keep_bodies:
            stream.body += frame.payload

    def judge_reply(self, frame, stream):
        if stream.headers is not None:
            raise Failure(f"a second SYN_REPLY on stream {stream.id} (S1-050)")
        stream.headers = dict(frame.headers)
        self.log.append(("SYN_REPLY", stream.id))
        for name in b"status", b"version":
            if name not in stream.headers:
                raise Failure(f"reply without {name.decode()} (S1-211)")
        for name in b"connection", b"keep-alive":
            if name in stream.headers:
                raise Failure(f"reply with {name.decode()} (S1-214)")
        if b"chunked" in stream.headers.get(b"transfer-encoding", b""):
            raise Failure("reply with chunked encoding (S1-216)")
