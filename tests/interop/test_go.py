"""The examples kubelet and kubectl against Kubernetes' own SPDY library, over SPDY/3.1.

    tests/interop/run go

go/ is the peer; SPDY_GO_PEER names its binary. SPDY_KUBELET and SPDY_KUBECTL name those of the examples; without them
they are target/release/examples/{kubelet,kubectl}. `Kubectl` is our client against the peer, `Kubelet` our server,
and `PeerAlone` the peer against itself, which shows that a red test is not the peer's fault.

What is special about the peer (spdystream 0.2.0, used as Kubernetes uses it):

* No SETTINGS, no WINDOW_UPDATE; it ignores both. Its DATA frames are as large as the caller makes them.
* DATA and HEADERS on a stream that it has not answered yet are dropped.
* A stream that its program does not read blocks one of five workers, and with it every fifth stream and PING; 50
  frames later it blocks the whole connection, and even its end. That is why `PeerAlone` expects no pong on such a
  connection, and why the peer's port-forward reads what its target did not take, which Kubernetes does not.
* After its own FIN it sends no RST_STREAM; after a RST_STREAM received it may go on to send DATA.
* Its server ends an exec with the status object, then RST_STREAM(CANCEL) on the streams of which it has not sent the
  FIN, the error stream among them, then GOAWAY.
* A client stops the upload of a forwarded connection as soon as the download has ended.
"""

import sys

sys.dont_write_bytecode = True

import os
import hashlib
import random
import re
import socket
import struct
import subprocess
import threading
import time
import unittest
from concurrent.futures import ThreadPoolExecutor
from fcntl import F_SETPIPE_SZ, fcntl

import spdy2_3 as spdy
from relay import DEADLINE, FrameReader, Listening, Relay, example, required

PEER = required("SPDY_GO_PEER")
V31 = spdy.VERSIONS["3.1"]

MIB = 1 << 20
# What is left unread in the tests of streams that nobody reads. It is more than the kernel keeps of such a
# connection, and less than a program has to buffer.
UNREAD = 512 << 10

_random = random.Random(3)
BYTES = _random.randbytes(10 * MIB)


def wait(condition, what):
    deadline = time.monotonic() + DEADLINE
    while not condition():
        if time.monotonic() > deadline:
            raise AssertionError(f"not within {DEADLINE} s: {what}")
        time.sleep(0.01)


def reset(sock):
    """Closes a TCP connection with RST instead of FIN."""
    sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    sock.close()


def narrow(sock):
    """Keeps what the kernel buffers for this socket small, on both ends of the connection."""
    sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
    sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_MAXSEG, 1400)


def read_all(sock):
    pieces = []
    while piece := sock.recv(1 << 16):
        pieces.append(piece)
    return b"".join(pieces)


def open_files(process):
    return len(os.listdir(f"/proc/{process.pid}/fd"))


class Target:
    """What connections are forwarded to. The first line that it gets tells what it does:

    echo        sends back what it receives, as it arrives
    late        the same, but only after the end of what it receives
    give N      sends N bytes and half-closes; then reads to the end
    quit N      reads N bytes, sends them back, and resets the connection
    stall       reads nothing until `resume` is set; then as `late`
    """

    def __init__(self, narrowed):
        self.listener = socket.socket()
        if narrowed:
            narrow(self.listener)
        self.listener.bind(("127.0.0.1", 0))
        self.listener.listen(256)
        self.port = self.listener.getsockname()[1]
        self.resume = threading.Event()
        self.active = 0
        self.served = 0
        self._lock = threading.Lock()
        threading.Thread(target=self._accept, daemon=True).start()

    def close(self):
        self.resume.set()
        self.listener.close()

    def _accept(self):
        while True:
            try:
                sock, _ = self.listener.accept()
            except OSError:
                return
            with self._lock:
                self.active += 1
                self.served += 1
            threading.Thread(target=self._serve, args=(sock,), daemon=True).start()

    def _serve(self, sock):
        try:
            sock.settimeout(DEADLINE)
            self._act(sock)
        except OSError:
            pass  # the other end has gone; whoever needed the bytes notices
        finally:
            sock.close()
            with self._lock:
                self.active -= 1

    def _act(self, sock):
        line = b""
        while not line.endswith(b"\n"):
            byte = sock.recv(1)
            if not byte:
                return
            line += byte
        verb, number = line.split()[0], int((line.split() + [0])[1])
        if verb == b"echo":
            while piece := sock.recv(1 << 16):
                sock.sendall(piece)
        elif verb in (b"late", b"stall"):
            if verb == b"stall":
                self.resume.wait()
            sock.sendall(read_all(sock))
        elif verb == b"give":
            sock.sendall(BYTES[:number])
            sock.shutdown(socket.SHUT_WR)
            read_all(sock)
        elif verb == b"quit":
            got = b""
            while len(got) < number:
                piece = sock.recv(number - len(got))
                if not piece:
                    return
                got += piece
            sock.sendall(got)
            reset(sock)


def spdy_of(log):
    """A relay's log without the HTTP upgrade: [(side, bytes)]."""
    rest = {"client": b"", "server": b""}
    upgraded = set()
    pieces = []
    for side, piece in log:
        if side not in upgraded:
            rest[side] += piece
            head, end, piece = rest[side].partition(b"\r\n\r\n")
            if not end:
                continue
            upgraded.add(side)
        if piece:
            pieces.append((side, piece))
    return pieces


def frames_of(log):
    """[(side, frame)], each where its last byte was sent. Whoever closes last may be cut off in a frame."""
    readers = {side: (spdy.Decoder(V31), FrameReader()) for side in ("client", "server")}
    frames = []
    for side, piece in spdy_of(log):
        decoder, reader = readers[side]
        reader.feed(piece)
        frames += [(side, decoder.decode(head, payload)) for head, payload in reader]
    return frames


def end_of(frames):
    """Where in an exec the server says how the command has ended."""
    return next(i for i, (side, frame) in enumerate(frames)
                if side == "server" and isinstance(frame, spdy.Data) and frame.stream == 1)


def names(frames, side):
    return [type(frame).__name__ for who, frame in frames if who == side]


def stop(server):
    server.stop()
    server.reader.join()
    server.process.stdout.close()
    server.stderr.close()


class Result:
    def __init__(self, code, out, err):
        self.code, self.out, self.err = code, out, err


class Forward:
    """A running port-forward."""

    def __init__(self, command, client):
        self.process = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                                        stderr=subprocess.PIPE)
        self.err = []
        self.out = []
        self._readers = [threading.Thread(target=lines.extend, args=(pipe,), daemon=True)
                         for lines, pipe in ((self.out, self.process.stdout), (self.err, self.process.stderr))]
        for reader in self._readers:
            reader.start()
        wait(lambda: self.out or self.process.poll() is not None, f"{client} says where it listens")
        match = re.fullmatch(rb"forwarding (127\.0\.0\.1):(\d+) -> \d+\n", self.out[0] if self.out else b"")
        if not match:
            self.stop()
            raise AssertionError(f"{client}: stdout {self.out}, stderr {self.err}")
        self.address = (match[1].decode(), int(match[2]))

    def stop(self):
        self.process.kill()
        self.process.wait()
        for reader in self._readers:
            reader.join()
        self.process.stdout.close()
        self.process.stderr.close()

    def connect(self, first_line, narrowed=False):
        sock = socket.socket()
        if narrowed:
            narrow(sock)
        sock.settimeout(DEADLINE)
        sock.connect(self.address)
        sock.sendall(first_line + b"\n")
        return sock

    def exchange(self, first_line, data):
        """Sends `data` and half-closes while it reads to the end."""
        with self.connect(first_line) as sock:
            sender = threading.Thread(target=lambda: (sock.sendall(data), sock.shutdown(socket.SHUT_WR)))
            sender.start()
            got = read_all(sock)
            sender.join()
            return got


class Scenarios:
    """The same for both roles of ours."""

    our_client = our_server = False

    @classmethod
    def setUpClass(cls):
        cls.kubectl = example("SPDY_KUBECTL", "kubectl") if cls.our_client else None
        cls.kubelet = example("SPDY_KUBELET", "kubelet") if cls.our_server else None
        cls.server = cls.start_server()

    @classmethod
    def tearDownClass(cls):
        stop(cls.server)

    def setUp(self):
        self.assertEqual(self.exec("yes", "2").out, b"y\n")
        self.files = open_files(self.server.process)
        self.addCleanup(self.check_server)  # comes last, when the clients of the test are gone

    def check_server(self):
        """The server still runs, serves, and holds on to nothing."""
        self.assertIsNone(self.server.process.poll(), self.server.errors())
        self.assertNotIn("panicked", self.server.errors())
        self.assertEqual(self.exec("yes", "2").out, b"y\n", "an exec after the test")
        wait(lambda: open_files(self.server.process) <= self.files,
             f"the server closes what the test has opened ({self.files} files before)")

    # --- starting programs

    @classmethod
    def start_server(cls, *options):
        """`options` are for the peer; our server has none."""
        if cls.our_server:
            return Listening(cls.kubelet, "--listen", "127.0.0.1:0")
        return Listening(PEER, "server", *options)

    def another_server(self, *options):
        server = self.start_server(*options)
        self.addCleanup(stop, server)
        return server

    def command(self, name, *words, options=(), address=None):
        """`options` are for the peer; our client has none."""
        where = ["--server", "%s:%d" % (address or self.server.address)]
        if self.our_client:
            return [self.kubectl, *where, name, *words]
        return [PEER, name, *where, *options, *words]

    def popen(self, *command, flags=(), options=(), address=None, **how):
        """Runs a command; without one, attaches."""
        verb = ("exec", *flags, "--", *command) if command else ("attach", *flags)
        process = subprocess.Popen(
            self.command(*verb, options=options, address=address),
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE, **how)
        self.addCleanup(lambda: (process.kill(), process.communicate()))
        return process

    def exec(self, *command, stdin=None, flags=(), options=(), address=None, env=None):
        flags = (*flags, "--stdin") if stdin is not None else flags
        process = self.popen(*command, flags=flags, options=options, address=address, env=env)
        try:
            out, err = process.communicate(stdin, timeout=DEADLINE)
        except subprocess.TimeoutExpired:
            raise AssertionError(f"exec {command} takes more than {DEADLINE} s") from None
        return Result(process.returncode, out, err)

    def recorded(self, *command, address=None, **how):
        """The result of a command, and the frames of its connection."""
        with Relay(address or self.server.address) as relay:
            result = self.exec(*command, address=relay.address, **how)
            relay.sent("client")
        self.assertEqual(relay.connections, 1)
        return result, frames_of(relay.log)

    def forward(self, port, options=(), address=None):
        forward = Forward(self.command("port-forward", f"0:{port}", options=options, address=address), type(self))
        self.addCleanup(forward.stop)
        return forward

    def target(self, narrowed=False):
        target = Target(narrowed)
        self.addCleanup(target.close)
        return target

    def assertBytes(self, got, expected, what=""):
        # assertEqual would print megabytes.
        self.assertEqual((len(got), hashlib.sha256(got).hexdigest()),
                         (len(expected), hashlib.sha256(expected).hexdigest()), what)

    def framed(self, size, stdin):
        """`cat` with DATA frames of this size from the peer. Each comes through, and nothing is reset before its end."""
        server = self.server if self.our_server else self.another_server("--frame", str(size))
        result, frames = self.recorded("cat", stdin=stdin, address=server.address, options=("--frame", str(size)))
        self.assertEqual((result.code, result.err), (0, b""))
        self.assertBytes(result.out, stdin)
        up, down = 3, 5  # stdin and stdout
        peers = [("client", up)] * (not self.our_client) + [("server", down)] * (not self.our_server)
        for side, stream in peers:
            sizes = [len(frame.payload) for who, frame in frames
                     if who == side and isinstance(frame, spdy.Data) and frame.stream == stream and frame.payload]
            whole, rest = divmod(len(stdin), size)
            self.assertEqual(sizes, [size] * whole + [rest] * (rest > 0), f"the {side}'s DATA frames")
        self.assertFalse([frame for _, frame in frames[:end_of(frames)] if isinstance(frame, spdy.RstStream)])

    # --- exec

    def test_10_mib_of_stdin_through_cat_in_frames_of_70000_bytes(self):
        self.framed(70_000, BYTES)

    def test_10000_data_frames_of_one_byte(self):
        self.framed(1, BYTES[:10_000])

    def test_upload_beyond_the_window_to_a_peer_that_gives_no_credit(self):
        for size in 0, 1, 65_535, 65_536, 65_537, 5 * MIB:
            with self.subTest(size):
                result, frames = self.recorded("wc", stdin=BYTES[:size])
                self.assertEqual((result.code, result.out.strip()), (0, b"%d" % size), result.err)
                # Neither side says a word of windows. (At the end we give back what streams that are reset have held.)
                for side, frame in frames[:end_of(frames)]:
                    self.assertNotIsInstance(frame, (spdy.WindowUpdate, spdy.Settings), side)

    def test_download_beyond_the_window(self):
        for size in 0, 1, 65_537, 5 * MIB:
            with self.subTest(size):
                result = self.exec("yes", str(size))
                self.assertEqual(result.code, 0, result.err)
                self.assertBytes(result.out, (b"y\n" * (size // 2 + 1))[:size])

    def test_exit_codes(self):
        for code in 1, 7, 255:
            with self.subTest(code):
                result = self.exec("fail", str(code))
                self.assertEqual((result.code, result.out), (code, b""), result.err)
                self.assertNotEqual(result.err, b"", "the line that the command writes to stderr")

    def test_unknown_command(self):
        result = self.exec("no-such-command")
        self.assertNotEqual(result.code, 0)
        self.assertIn(b"no-such-command", result.err)
        self.assertEqual(result.out, b"")

    def sizes_told(self, since):
        return [match.groups() for line in self.server.lines[since:]
                if (match := re.search(r"resize\D*(\d+)\D+(\d+)", line.decode()))]

    def test_tty_with_resize(self):
        before = len(self.server.lines)
        env = {**os.environ, "COLUMNS": "132", "LINES": "43"}
        process = self.popen("cat", flags=("--stdin", "--tty"), options=("--sizes", "80x24,132x43"), env=env)
        # The end of the command ends the resize stream too, so it must not come before the sizes.
        wait(lambda: len(self.sizes_told(before)) >= (1 if self.our_client else 2), "the sizes reach the server")
        self.assertEqual(process.communicate(b"typed\n", DEADLINE), (b"typed\n", b""))
        self.assertEqual(process.returncode, 0)
        # Ours tells the one that it finds in its environment.
        told = [("132", "43")] if self.our_client else [("80", "24"), ("132", "43")]
        self.assertEqual(self.sizes_told(before), told)

    def test_with_a_tty_stderr_comes_as_stdout(self):
        result = self.exec("fail", "7", flags=("--tty",))
        self.assertEqual(result.code, 7, result.err)
        self.assertNotEqual(result.out, b"")

    def test_command_ends_while_stdin_is_open(self):
        for command, code, out in ("fail 7", 7, b""), ("yes 70000", 0, b"y\n" * 35_000):
            with self.subTest(command):
                process = self.popen(*command.split(), flags=("--stdin",))
                got = process.stdout.read()  # up to the client's end, for which nobody closes its stdin
                self.assertEqual((process.wait(DEADLINE), got), (code, out), process.stderr.read())

    def test_client_is_killed_while_the_command_runs(self):
        for command, flags in ("cat", ("--stdin",)), ("yes 1000000000000", ()):
            with self.subTest(command):
                process = self.popen(*command.split(), flags=flags)
                if flags:
                    process.stdin.write(b"y\n")
                    process.stdin.flush()
                self.assertEqual(process.stdout.read(2), b"y\n")
                process.kill()
                process.wait()
        # check_server sees that the server gives up the commands and the connections.

    def test_server_is_killed_while_the_command_runs(self):
        server = self.another_server()
        process = self.popen("cat", flags=("--stdin",), address=server.address)
        process.stdin.write(b"y")
        process.stdin.flush()
        self.assertEqual(process.stdout.read(1), b"y")
        server.stop()
        out, err = process.communicate(timeout=DEADLINE)  # stdin is open until then
        self.assertEqual((process.returncode, out), (1, b""))
        self.assertNotEqual(err, b"")

    def test_many_execs_at_once(self):
        def one(i):
            data = BYTES[i * 1000:i * 1000 + 100_000]
            result = self.exec("cat", stdin=data)
            return result.code == 0 and result.out == data

        with ThreadPoolExecutor(20) as pool:
            self.assertEqual(list(pool.map(one, range(40))), [True] * 40)

    # --- attach

    def test_attach(self):
        result, frames = self.recorded(stdin=BYTES[:MIB])
        self.assertEqual((result.code, result.err), (0, b""))
        self.assertBytes(result.out, BYTES[:MIB])
        opened = [dict(frame.headers)[b"streamtype"] for _, frame in frames if isinstance(frame, spdy.SynStream)]
        self.assertEqual(opened, [b"error", b"stdin", b"stdout", b"stderr"])

    def test_attach_with_a_tty(self):
        result, frames = self.recorded(stdin=b"typed\n", flags=("--tty",))
        self.assertEqual((result.code, result.out, result.err), (0, b"typed\n", b""))
        opened = [dict(frame.headers)[b"streamtype"] for _, frame in frames if isinstance(frame, spdy.SynStream)]
        self.assertEqual(opened, [b"error", b"stdin", b"stdout", b"resize"])

    # --- port-forward

    def test_50_connections_at_once_with_interleaved_closes(self):
        target = self.target()
        forward = self.forward(target.port)
        start = threading.Barrier(50)

        def one(i):
            verb = ("echo", "late", "give", "quit", "abandon")[i % 5]
            size = (0, 1, 100, 65_537, MIB, 3 * MIB)[i % 6]
            data = BYTES[i:i + size]
            start.wait(DEADLINE)
            if verb in ("echo", "late"):  # we half-close first
                self.assertBytes(forward.exchange(verb.encode(), data), data, (verb, size))
            elif verb == "give":  # the other side half-closes first
                with forward.connect(b"give %d" % size) as sock:
                    self.assertBytes(read_all(sock), BYTES[:size], (verb, size))
            elif verb == "quit":  # the other side resets
                with forward.connect(b"quit %d" % (size // 2)) as sock:
                    try:
                        sock.sendall(data)
                        got = read_all(sock)
                    except ConnectionError:
                        got = b""
                    self.assertTrue(data.startswith(got), (verb, size))
            else:  # we reset
                sock = forward.connect(b"echo")
                sock.settimeout(0.2)
                try:
                    sock.sendall(data)  # we read nothing: all of it need not fit
                except TimeoutError:
                    pass
                reset(sock)

        with ThreadPoolExecutor(50) as pool:
            for done in [pool.submit(one, i) for i in range(50)]:
                done.result(2 * DEADLINE)
        wait(lambda: target.active == 0, f"the ends of {target.active} connections reach the target")
        # A connection that is reset at once need not have got as far as the target.
        self.assertGreaterEqual(target.served, 40)
        self.assertBytes(forward.exchange(b"echo", BYTES[:MIB]), BYTES[:MIB], "afterwards")
        self.assertIsNone(forward.process.poll(), forward.err)

    def test_200_downloads_that_the_client_resets(self):
        target = self.target()
        with Relay(self.server.address) as relay:
            forward = self.forward(target.port, address=relay.address)
            self.assertBytes(forward.exchange(b"echo", b"before"), b"before")
            files = open_files(forward.process)

            def one(_):
                sock = forward.connect(b"give %d" % (256 << 10))
                self.assertNotEqual(sock.recv(1000), b"")
                reset(sock)

            with ThreadPoolExecutor(10) as pool:
                list(pool.map(one, range(200)))
            wait(lambda: target.active == 0, "the ends of the connections reach the target")
            self.assertEqual(target.served, 201)
            self.assertBytes(forward.exchange(b"late", BYTES[:MIB]), BYTES[:MIB], "the session lives on")
            wait(lambda: open_files(forward.process) <= files, "the client closes its connections")
            self.assertIsNone(forward.process.poll(), forward.err)
            forward.stop()
            relay.sent("client")
        resets = {frame.stream for side, frame in frames_of(relay.log)
                  if side == "client" and isinstance(frame, spdy.RstStream)}
        if self.our_client:  # the peer sends none behind a FIN, which it may have sent by then
            self.assertEqual(len(resets), 200)

    def test_big_and_slow_in_both_directions_at_once(self):
        target = self.target()
        forward = self.forward(target.port)
        with ThreadPoolExecutor(5) as pool:
            for got in pool.map(lambda _: forward.exchange(b"echo", BYTES[:3 * MIB]), range(5)):
                self.assertBytes(got, BYTES[:3 * MIB])

    def test_port_on_which_nobody_listens(self):
        with socket.create_server(("127.0.0.1", 0)) as unused:
            port = unused.getsockname()[1]
        forward = self.forward(port)
        try:
            with forward.connect(b"echo") as sock:
                self.assertEqual(read_all(sock), b"")
        except ConnectionError:
            pass
        wait(lambda: forward.err, "the client says what is wrong")
        self.assertIn(str(port), b"".join(forward.err).decode())

    def test_client_is_killed_while_connections_are_open(self):
        target = self.target()
        forward = self.forward(target.port)
        socks = [forward.connect(b"echo") for _ in range(20)]
        for sock in socks:
            sock.sendall(b"y")
            self.assertEqual(sock.recv(1), b"y")
        forward.stop()
        wait(lambda: target.active == 0, "the ends of the connections reach the target")
        for sock in socks:
            sock.close()

    def test_server_is_killed_while_connections_are_open(self):
        target, server = self.target(), self.another_server()
        forward = self.forward(target.port, address=server.address)
        socks = [forward.connect(b"echo") for _ in range(20)]
        for sock in socks:
            sock.sendall(b"y")
            self.assertEqual(sock.recv(1), b"y")
        server.stop()
        self.assertEqual(forward.process.wait(DEADLINE), 1)
        for sock in socks:
            with sock:
                try:
                    self.assertEqual(sock.recv(1), b"")
                except ConnectionError:
                    pass
        wait(lambda: forward.err, "the client says what is wrong")

    # --- PING

    def pongs(self, forward, server):
        """How many PINGs of the peer have been answered."""
        return sum(line.strip() == b"pong" for line in (forward.err if self.our_server else server.lines))

    def test_ping_is_answered(self):
        server = self.another_server("--ping-ms", "20")
        target = self.target()
        forward = self.forward(target.port, options=("--ping-ms", "20"), address=server.address)
        self.assertEqual(forward.exchange(b"echo", b"x"), b"x")
        wait(lambda: self.pongs(forward, server) >= 20, "20 pongs")

    def test_ping_is_answered_while_a_stream_is_not_read(self):
        server = self.another_server("--ping-ms", "20")
        target = self.target(narrowed=True)
        forward = self.forward(target.port, options=("--ping-ms", "20"), address=server.address)
        if self.our_client:
            # We ask for bytes and do not read them: our client cannot get rid of them.
            stalled = forward.connect(b"give %d" % UNREAD, narrowed=True)
        else:
            # The target does not read: the server cannot get rid of them.
            stalled = forward.connect(b"stall")
            stalled.sendall(BYTES[:UNREAD])
            stalled.shutdown(socket.SHUT_WR)
        self.addCleanup(stalled.close)
        time.sleep(0.5)
        if self.our_client or self.our_server:
            before = self.pongs(forward, server)
            wait(lambda: self.pongs(forward, server) >= before + 10, "10 pongs while the stream waits")
            self.assertBytes(forward.exchange(b"echo", BYTES[:100_000]), BYTES[:100_000], "another stream")
        target.resume.set()
        self.assertBytes(read_all(stalled), BYTES[:UNREAD], "what had waited")


class AgainstPeersServer:
    """What only the peer's server does."""

    def test_end_by_fin_on_every_stream(self):
        # The runtimes differ: some end the error stream with a FIN and not with a RST_STREAM.
        address = self.another_server("--finish").address
        self.assertEqual(self.exec("fail", "7", address=address).code, 7)
        result = self.exec("cat", stdin=BYTES[:MIB], address=address)
        self.assertEqual(result.code, 0, result.err)
        self.assertBytes(result.out, BYTES[:MIB])

    def test_stream_refused(self):
        for option in "--refuse", "--reject":
            for kind in "error", "stdin", "stdout", "stderr":
                with self.subTest(f"{option} {kind}"):
                    server = self.another_server(option, kind)
                    result = self.exec("cat", stdin=b"x", address=server.address)
                    self.assertNotEqual(result.code, 0)
                    self.assertNotEqual(result.err, b"")

    def test_forwarded_stream_refused(self):
        target = self.target()
        for option in "--refuse", "--reject":
            for kind in "error", "data":
                with self.subTest(f"{option} {kind}"):
                    server = self.another_server(option, kind)
                    forward = self.forward(target.port, address=server.address)
                    for _ in range(2):
                        try:
                            with forward.connect(b"echo") as sock:
                                self.assertEqual(read_all(sock), b"")
                        except ConnectionError:
                            pass
        self.assertEqual(target.served, 0)


    def test_server_leaves_in_order_while_connections_are_open(self):
        target, server = self.target(), self.another_server("--leave-after-ms", "500")
        forward = self.forward(target.port, address=server.address)
        with forward.connect(b"give %d" % MIB) as done, forward.connect(b"echo") as cut:
            self.assertBytes(read_all(done), BYTES[:MIB], "what had ended before")
            cut.sendall(b"y")
            self.assertEqual(cut.recv(1), b"y")
            try:
                self.assertEqual(cut.recv(1), b"")
            except ConnectionError:
                pass
            self.assertEqual(forward.process.wait(DEADLINE), 1)
        wait(lambda: forward.err, "the client says what is wrong")


class AgainstPeersClient:
    """What only the peer's client does."""

    def test_data_that_comes_before_the_reply(self):
        # SYN_STREAMs and DATA in one go: legal, though Kubernetes waits.
        result = self.exec("cat", stdin=BYTES[:200_000], options=("--eager", "--frame", "1000"))
        self.assertEqual(result.code, 0, result.err)
        self.assertBytes(result.out, BYTES[:200_000])

    def test_client_leaves_in_order_while_the_command_runs(self):
        for command, flags in ("cat", ("--stdin",)), ("yes 1000000000000", ()):
            with self.subTest(command):
                process = self.popen(*command.split(), flags=flags, options=("--leave-after-ms", "200"))
                threading.Thread(target=process.stdout.read, daemon=True).start()
                self.assertEqual(process.wait(DEADLINE), 0)
        # check_server sees that the server gives up the commands and the connections.


class Wire:
    """What goes over the connection, in its order."""

    def test_server_is_silent_until_the_client_has_spoken(self):
        # client-go forgets what comes in the same packet as the 101 response.
        with Relay(self.server.address) as relay:
            self.exec("cat", stdin=b"x", address=relay.address)
            relay.sent("client")
        log = spdy_of(relay.log)
        self.assertEqual(log[0][0], "client", log[:3])

    def test_order_of_an_exec(self):
        result, frames = self.recorded("cat", stdin=BYTES[:300_000])
        self.assertEqual(result.code, 0, result.err)
        opened, answered = [], set()
        for side, frame in frames:
            if isinstance(frame, spdy.SynStream):
                self.assertEqual(side, "client")
                self.assertEqual([name for name, _ in frame.headers], [b"streamtype"])
                opened.append(frame.stream)
            elif isinstance(frame, spdy.SynReply):
                self.assertEqual(side, "server")
                self.assertEqual(list(frame.headers), [], "headers of a reply")
                answered.add(frame.stream)
            elif isinstance(frame, spdy.Data) and side == "client":
                self.assertIn(frame.stream, answered, "the peer drops DATA that comes before its reply")
        self.assertEqual(opened, [1, 3, 5, 7])
        for side in "client", "server":
            sent = names(frames, side)
            if "GoAway" in sent:
                self.assertEqual(sent.index("GoAway"), len(sent) - 1, f"the {side}'s GOAWAY is its last frame: {sent}")
        self.assertIn("GoAway", [type(frame).__name__ for _, frame in frames])


class PeerAlone(Scenarios, AgainstPeersServer, AgainstPeersClient, Wire, unittest.TestCase):
    pass


class Kubectl(Scenarios, AgainstPeersServer, Wire, unittest.TestCase):
    our_client = True

    def test_client_leaves_when_nobody_wants_its_output(self):
        process = self.popen("yes", "1000000000000")
        self.assertEqual(process.stdout.read(2), b"y\n")
        process.stdout.close()
        process.wait(DEADLINE)

    def test_ping_goes_out_every_five_seconds(self):
        with Relay(self.server.address) as relay:
            process = self.popen("cat", flags=("--stdin",), address=relay.address)
            time.sleep(11)
            out, err = process.communicate(b"y", DEADLINE)
            relay.sent("client")
        self.assertEqual((process.returncode, out, err), (0, b"y", b""))
        pings = [(side, frame.id) for side, frame in frames_of(relay.log) if isinstance(frame, spdy.Ping)]
        self.assertEqual(pings, [("client", 1), ("server", 1), ("client", 3), ("server", 3)])

    def test_ping_is_answered_while_stdout_is_not_read(self):
        server = self.another_server("--ping-ms", "20")
        process = self.popen("cat", flags=("--stdin",), address=server.address)
        fcntl(process.stdout, F_SETPIPE_SZ, 4096)
        process.stdin.write(BYTES[:200_000])
        process.stdin.flush()
        time.sleep(0.5)
        before = server.lines.count(b"pong\n")
        wait(lambda: server.lines.count(b"pong\n") >= before + 10, "10 pongs while stdout is full")
        out, err = process.communicate(timeout=DEADLINE)
        self.assertBytes(out, BYTES[:200_000])
        self.assertEqual((process.returncode, err), (0, b""))


class Kubelet(Scenarios, AgainstPeersClient, Wire, unittest.TestCase):
    our_server = True

    def upgrade(self, path, *headers):
        """The response to a request: (status line, header lines in lower case)."""
        with socket.create_connection(self.server.address, DEADLINE) as sock:
            lines = [f"POST {path} HTTP/1.1", "Host: localhost", "Content-Length: 0", *headers, "", ""]
            sock.sendall("\r\n".join(lines).encode())
            answer = b""
            while b"\r\n\r\n" not in answer:
                piece = sock.recv(4096)
                self.assertTrue(piece, f"the connection ends after {answer}")
                answer += piece
        status, *rest = answer.partition(b"\r\n\r\n")[0].decode().split("\r\n")
        return status, [line.lower() for line in rest]

    SPDY = ("Connection: Upgrade", "Upgrade: SPDY/3.1")
    EXEC = "/exec?command=cat&stdin=1&stdout=1&stderr=1"

    def test_first_subprotocol_in_common_is_chosen(self):
        offer = "X-Stream-Protocol-Version: "
        for offers in ([offer + "v4.channel.k8s.io"],
                       [offer + "v9.channel.k8s.io", offer + "v4.channel.k8s.io"],
                       [offer + "v9.channel.k8s.io, v4.channel.k8s.io"]):
            status, lines = self.upgrade(self.EXEC, *self.SPDY, *offers)
            self.assertIn(" 101 ", status)
            self.assertIn("upgrade: spdy/3.1", lines)
            self.assertIn("connection: upgrade", lines)
            self.assertEqual([line for line in lines if line.startswith("x-stream-protocol-version")],
                             ["x-stream-protocol-version: v4.channel.k8s.io"])

    def test_no_subprotocol_in_common(self):
        status, lines = self.upgrade(self.EXEC, *self.SPDY, "X-Stream-Protocol-Version: v9.channel.k8s.io")
        self.assertIn(" 403 ", status)
        self.assertTrue(any(line.startswith("x-accepted-stream-protocol-versions:") and "v4.channel.k8s.io" in line
                            for line in lines), lines)

    def test_request_that_is_no_upgrade(self):
        version = "X-Stream-Protocol-Version: v4.channel.k8s.io"
        for headers in (version,), ("Connection: Upgrade", "Upgrade: h2c", version), ("Upgrade: SPDY/3.1", version):
            status, _ = self.upgrade(self.EXEC, *headers)
            self.assertRegex(status, " 4[0-9][0-9] ", headers)


if __name__ == "__main__":
    unittest.main()
