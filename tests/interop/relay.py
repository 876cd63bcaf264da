"""A TCP relay that records what goes through it, processes that listen, and what a recording is judged by.

Used by the tests against other implementations (test_npm.py, test_tshark.py).
"""

import atexit
import os
import socket
import subprocess
import sys
import tempfile
import threading
from pathlib import Path

import spdy2_3 as spdy

DEADLINE = 30.0  # seconds that anything here may take
PROJECT = Path(__file__).resolve().parents[2]

INITIAL_WINDOW = 65536  # S3-080, S31-001


def required(variable, default=None):
    """The file or directory that an environment variable names. Nothing is skipped because it is missing."""
    path = os.environ.get(variable, default)
    if path is None or not Path(path).exists():
        sys.exit(f"{variable}={path or ''} does not exist; tests/interop/run sets it")
    return str(Path(path).absolute())


def example(variable, name):
    return required(variable, PROJECT / "target/release/examples" / name)


class Listening:
    """A process whose first line is `listening on IP:PORT`."""

    def __init__(self, *command, env=None):
        self.stderr = tempfile.TemporaryFile()
        self.process = subprocess.Popen([str(part) for part in command], stdin=subprocess.DEVNULL,
                                        stdout=subprocess.PIPE, stderr=self.stderr, env=env)
        atexit.register(self.stop)
        line = self.process.stdout.readline().decode()
        if not line.startswith("listening on "):
            self.stop()
            raise AssertionError(f"{command}: no address in {line!r}: {self.errors()}")
        host, port = line.split()[-1].rsplit(":", 1)
        self.address = (host, int(port))
        # What it prints must not fill the pipe.
        self.lines = []
        self.reader = threading.Thread(target=lambda: self.lines.extend(self.process.stdout), daemon=True)
        self.reader.start()

    def errors(self):
        self.stderr.seek(0)
        return self.stderr.read().decode(errors="replace")

    def stop(self):
        self.process.kill()
        self.process.wait()


class Relay:
    """Passes the connections to its own port on to `target`.

    What one side sends is recorded before it is passed on. So whatever a side sends because of something that it
    received stands behind that in `log`, and a window that is overrun in the log was overrun in fact.
    """

    def __init__(self, target):
        self.target = target
        self.log = []           # (side that sent it, bytes), of one connection
        self.connections = 0
        self._lock = threading.Lock()
        self._threads = []
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.address = self._listener.getsockname()
        self.host = "%s:%d" % self.address
        threading.Thread(target=self._accept, daemon=True).start()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self._listener.close()

    def sent(self, side):
        """All that "client" or "server" has sent. Waits for the end of the connections."""
        for thread in list(self._threads):
            thread.join(DEADLINE)
            assert not thread.is_alive(), "the connection does not end"
        return b"".join(piece for who, piece in self.log if who == side)

    def _accept(self):
        while True:
            try:
                near, _ = self._listener.accept()
            except OSError:
                return
            self.connections += 1
            far = socket.create_connection(self.target)
            for side, source, sink in (("client", near, far), ("server", far, near)):
                source.settimeout(DEADLINE)
                sink.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
                thread = threading.Thread(target=self._pass_on, args=(side, source, sink), daemon=True)
                self._threads.append(thread)
                thread.start()
            threading.Thread(target=self._close, args=(near, far, *self._threads[-2:]), daemon=True).start()

    def _close(self, near, far, *ways):
        for way in ways:
            way.join()
        near.close()
        far.close()

    def _pass_on(self, side, source, sink):
        try:
            while piece := source.recv(65536):
                with self._lock:
                    self.log.append((side, piece))
                sink.sendall(piece)
        except OSError:
            pass  # one side is gone; what it had sent is recorded
        try:
            sink.shutdown(socket.SHUT_WR)
        except OSError:
            pass


def frames_of(version, wire):
    """The frames of one direction; a fault in them is a failure. Also that no frame is cut at the end."""
    lines, frames = spdy.transcript(version, wire)
    faults = [line for _, line in lines if line.startswith("error")]
    assert not faults, f"{faults} in {lines[-5:]}"
    return frames


class FrameReader:
    """Cuts a byte stream into (head, payload), wherever the pieces were split."""

    def __init__(self):
        self._buffer = bytearray()

    def feed(self, piece):
        self._buffer += piece

    def __iter__(self):
        while len(self._buffer) >= 8:
            end = 8 + int.from_bytes(self._buffer[5:8], "big")
            if len(self._buffer) < end:
                return
            frame = bytes(self._buffer[:end])
            del self._buffer[:end]
            yield frame[:8], frame[8:]


class _Windows:
    """What one side may send, as far as the other has let it."""

    def __init__(self, version):
        self.version = version
        self.initial = self.largest_initial = INITIAL_WINDOW
        self.session = INITIAL_WINDOW
        self.streams = {}
        self.faults = []

    def send(self, frame):
        size = len(frame.payload)
        # A lowered initial window is enforced against nobody who has not yet heard of it.
        self.streams[frame.stream] = self.streams.get(frame.stream, self.largest_initial) - size
        self.session -= size
        # DATA of length 0 may always be sent (S31-005, S3-A24).
        if size and self.streams[frame.stream] < 0:
            self.faults.append(f"stream {frame.stream}: {-self.streams[frame.stream]} bytes too many")
        if size and self.version.name == "3.1" and self.session < 0:
            self.faults.append(f"session: {-self.session} bytes too many")

    def receive(self, frame):
        """A frame of the receiver's."""
        if isinstance(frame, spdy.WindowUpdate):
            if frame.stream == 0:
                self.session += frame.delta
            else:
                self.streams[frame.stream] = self.streams.get(frame.stream, self.largest_initial) + frame.delta
        if isinstance(frame, spdy.Settings):
            for id, value, flags in frame.entries:
                if id == 7 and not flags & 2:
                    # Judged generously: raised at once, never lowered (S3-A25).
                    raised = max(value - self.largest_initial, 0)
                    self.largest_initial += raised
                    self.streams = {stream: window + raised for stream, window in self.streams.items()}


def overruns(version, log):
    """How each side broke the windows of the other: {"client": [...], "server": [...]}. SPDY/2 has none."""
    sides = {}
    for side in ("client", "server"):
        sides[side] = (FrameReader(), spdy.Decoder(version), _Windows(version))
    if version.wire == 2:
        return {side: [] for side in sides}
    for side, piece in log:
        reader, decoder, windows = sides[side]
        other = sides["server" if side == "client" else "client"][2]
        reader.feed(piece)
        for head, payload in reader:
            try:
                frame = decoder.decode(head, payload)
            except spdy.StreamError:
                continue
            if isinstance(frame, spdy.Data):
                windows.send(frame)
            else:
                other.receive(frame)
    return {side: windows.faults for side, (_, _, windows) in sides.items()}
