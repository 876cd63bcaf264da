"""Examines the example server over real TCP with an independent SPDY Draft 1 client.

    cargo build --release --example serve
    python3 tests/interop/test_serve_draft1.py

The server binary is target/release/examples/serve, or what the environment variable SPDY_SERVE names. Only the
loopback interface is used. What the server has to do:

    serve --listen ADDR --version 1 --root DIR

prints "listening on IP:PORT" first. GET and HEAD serve the files below DIR, every other method answers 200 and
echoes the request's body as it arrives.

Comments cite the requirements (S1-nnn) and the decided ambiguities (S1-Ann) that a test shows.
"""

import sys

sys.dont_write_bytecode = True

import os
import random
import re
import select
import socket
import struct
import subprocess
import tempfile
import threading
import time
import unittest
import zlib
from pathlib import Path

import spdy1
from client import DEADLINE, Client, Failure
from spdy1 import INSIDE, INVALID_STREAM, OUTSIDE, PROTOCOL_ERROR, REFUSED_STREAM

PROJECT = Path(__file__).resolve().parents[2]
SERVE = Path(os.environ.get("SPDY_SERVE", PROJECT / "target/release/examples/serve")).absolute()

MEMORY_LIMIT = 200 << 20    # bytes of resident memory that no client may drive the server to
CONCURRENT_STREAMS = 100    # what the server allows a client to have open
SOFT_LIMIT = 64 << 10       # header list size above which a stream is refused

SECRET = b"this file is outside the root"

_random = random.Random(1)
HTML = b"<!doctype html><title>it works</title>\n"
CSS = b"body { color: black }\n"
BINARY = bytes(range(256)) * 401 + b"end"
BIG = _random.randbytes(3_000_000)
BIG2 = _random.randbytes(3_000_000)
SPARSE_SIZE = 3 << 30


def make_files(directory):
    """The files to serve, in directory/root, and one beside it that must never be served."""
    root = directory / "root"
    (root / "sub").mkdir(parents=True)
    (directory / "secret.txt").write_bytes(SECRET)
    (directory / "root-secret").mkdir()  # a sibling whose path begins like the root's
    (directory / "root-secret/secret.txt").write_bytes(SECRET)
    for name, content in (("index.html", HTML), ("style.css", CSS), ("data.bin", BINARY), ("big.bin", BIG),
                          ("big2.bin", BIG2), ("empty.bin", b""), ("sub/page.html", HTML * 2)):
        (root / name).write_bytes(content)
    with open(root / "sparse.bin", "wb") as sparse:
        sparse.truncate(SPARSE_SIZE)
    return root


class Server:
    """A server process, started on a free port of the loopback interface."""

    def __init__(self, root):
        self.stderr = tempfile.TemporaryFile()
        self.process = subprocess.Popen(
            [SERVE, "--listen", "127.0.0.1:0", "--version", "1", "--root", root],
            stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=self.stderr)
        try:
            self.address = self.read_address()
        except BaseException:
            self.stop()
            raise
        # What else it may print must not fill the pipe and block it.
        self.drain = threading.Thread(target=self.process.stdout.read, daemon=True)
        self.drain.start()

    def read_address(self):
        if not select.select([self.process.stdout], [], [], DEADLINE)[0]:
            raise Failure("the server prints nothing")
        line = self.process.stdout.readline().decode(errors="replace").strip()
        match = re.fullmatch(r"listening on (\d+\.\d+\.\d+\.\d+):(\d+)", line)
        if not match:
            raise Failure(f"the server's first line is {line!r}; stderr: {self.complaints()}")
        return match[1], int(match[2])

    def complaints(self):
        self.stderr.seek(0)
        return self.stderr.read().decode(errors="replace")

    def check(self):
        """It still runs, and nothing in it has panicked."""
        code = self.process.poll()
        if code is not None:
            raise Failure(f"the server has exited with {code}: {self.complaints()}")
        if "panicked" in self.complaints():
            raise Failure(f"the server has panicked: {self.complaints()}")

    def peak_memory(self):
        """The largest resident size so far in bytes, or None where the system does not tell."""
        try:
            status = Path(f"/proc/{self.process.pid}/status").read_text()
        except OSError:
            return None
        return int(re.search(r"VmHWM:\s*(\d+) kB", status)[1]) << 10

    def stop(self):
        self.process.kill()
        self.process.wait()
        self.process.stdout.close()
        self.stderr.close()


class Case(unittest.TestCase):
    """The tests share one server, except those that measure it (`Attacks`)."""

    shared = None
    root = None

    def setUp(self):
        self.server = self.start_server()
        self.addCleanup(self.check_server)

    def start_server(self):
        Case.shared = Case.shared or Server(Case.root)
        return Case.shared

    def check_server(self):
        """After every test the server still runs and serves."""
        try:
            self.server.check()
            with self.connect() as client:
                self.assertEqual(client.get().status, 200, "a fresh connection after the test")
        except BaseException:
            if self.server is Case.shared:
                Case.shared.stop()
                Case.shared = None  # the next test gets a new one
            raise

    def connect(self, *args, **options):
        client = Client(self.server.address, *args, **options)
        self.addCleanup(client.close)
        return client

    def assertBody(self, stream, expected):
        # assertEqual would print megabytes.
        self.assertEqual(len(stream.body), len(expected), "length of the body")
        self.assertTrue(stream.body == expected, "the body has the right length but other bytes")

    def assertMemoryBounded(self):
        peak = self.server.peak_memory()
        if peak is not None:
            self.assertLess(peak, MEMORY_LIMIT, "peak resident memory of the server")

    def assertSessionError(self, octets, last_good=0):
        """A connection on which these bytes are sent ends with GOAWAY."""
        with self.connect() as client:
            client.send(octets)
            client.expect_session_error(last_good)


class Serving(Case):
    def test_get_html_css_and_binary_files(self):
        # S1-046, S1-055, S1-065, S1-085, S1-088, S1-103, S1-210, S1-211, S1-213
        client = self.connect()
        for path, content, kind in (("/index.html", HTML, b"text/html"), ("/style.css", CSS, b"text/css"),
                                    ("/data.bin", BINARY, b""), ("/sub/page.html", HTML * 2, b"text/html"),
                                    ("/empty.bin", b"", b""), ("/big.bin", BIG, b"")):
            with self.subTest(path):
                stream = client.get(path)
                self.assertEqual(stream.status, 200)
                self.assertBody(stream, content)
                self.assertEqual(stream.headers[b"version"], b"HTTP/1.1")
                self.assertEqual(stream.headers[b"content-length"], b"%d" % len(content))
                self.assertTrue(stream.headers[b"content-type"].startswith(kind), stream.headers)
        self.assertEqual(client.frames("FIN_STREAM"), [], "a normal end has no FIN_STREAM (S1-122)")

    def test_connection_outlives_its_requests(self):  # S1-010, S1-016
        client = self.connect()
        for _ in range(50):
            self.assertBody(client.get(), HTML)

    def test_head_has_the_headers_of_get_and_no_body(self):  # S1-217
        client = self.connect()
        for path in "/index.html", "/big.bin", "/missing":
            get, head = client.get(path), client.get(path, method="HEAD")
            self.assertEqual(head.status, get.status)
            self.assertEqual(head.headers.get(b"content-type"), get.headers.get(b"content-type"))
            self.assertEqual(head.received, 0)
        self.assertEqual(client.get("/big.bin", method="HEAD").headers[b"content-length"], b"%d" % len(BIG))

    def test_missing_file_is_404(self):
        client = self.connect()
        for path in "/missing", "/sub/missing.html", "/index.html/below", "/index.htm":
            self.assertEqual(client.get(path).status, 404, path)
        self.assertEqual(client.get().status, 200)

    def test_nothing_outside_the_root_is_served(self):
        outside = str(Case.root.parent / "secret.txt")
        sibling = str(Case.root.parent / "root-secret/secret.txt")
        paths = [
            "/../secret.txt", "/../../secret.txt", "/./../secret.txt", "/..//secret.txt", "//../secret.txt",
            "/sub/../../secret.txt", "/sub/.././../secret.txt", "/../root-secret/secret.txt",
            "/%2e%2e/secret.txt", "/%2E%2e/secret.txt", "/.%2e/secret.txt", "/..%2fsecret.txt",
            "/%2e%2e%2fsecret.txt", "/sub%2f..%2f..%2fsecret.txt",
            "/%252e%252e/secret.txt", "/..%252fsecret.txt", "/%c0%ae%c0%ae/secret.txt",
            "/..%5csecret.txt", "/..\\secret.txt", "/..;/secret.txt",
            "/%00/../../secret.txt", "/../secret.txt%00.html",
            "/?/../../secret.txt", "/sub?/../../secret.txt", "/sub#/../../secret.txt",
            outside, "/" + outside, "//" + outside, outside.replace("/", "%2f"), "/%2f" + outside, sibling,
        ]
        prefix = f"http://{self.server.address[0]}:{self.server.address[1]}"
        urls = [prefix + path for path in paths] + paths + [
            "file://" + outside, "file:" + outside, "http:" + outside, "http://" + outside,
            "http://../secret.txt", "http://host/../secret.txt", "http://host:99999/../secret.txt",
            "http://[::1/../secret.txt", "../secret.txt", "http://", "http://host", "http://..",
            "..", ".", "/", "//", "%", "/%", "/%2", "/%zz", "*", "\u00e4", b"\xff\xfe", b"/\xff",
            prefix + "/" + "../" * 5000 + outside, prefix + "/" + "a" * 20000, prefix + "/" + "a/" * 10000,
        ]
        for url in urls:
            with self.subTest(url=url[:80]), self.connect() as client:
                stream = client.open([("method", "GET"), ("url", url), ("version", "HTTP/1.1")])
                client.complete(stream)
                self.assertNotIn(SECRET, stream.body)
                self.assertIn(stream.status // 100, (2, 3, 4))
                self.assertEqual(client.get().status, 200)

    def test_symbolic_link_out_of_the_root_does_no_harm(self):
        # To refuse it or to follow it, as whoever made it may have wished: both are fine.
        try:
            os.symlink("../secret.txt", Case.root / "link.txt")
            os.symlink("loop.txt", Case.root / "loop.txt")
        except OSError:
            self.skipTest("no symbolic links here")
        client = self.connect()
        self.assertIn(client.get("/link.txt").status, (200, 403, 404))
        self.assertIn(client.get("/loop.txt").status, (403, 404))
        self.assertBody(client.get(), HTML)

    def test_request_without_method_url_or_version_is_400(self):  # S1-190, S1-073
        client = self.connect()
        full = client.headers()
        for missing in range(3):
            for headers in (full[:missing] + full[missing + 1:],
                            full[:missing] + [(full[missing][0], "")] + full[missing + 1:]):  # dropped as empty
                self.assertEqual(client.complete(client.open(headers)).status, 400, headers)
        self.assertEqual(client.complete(client.open([])).status, 400, "no headers at all (S1-A36)")
        self.assertEqual(client.get().status, 200)

    def test_host_and_connection_headers_have_no_effect(self):  # S1-194, S1-195, S1-A24
        client = self.connect()
        stream = client.get(extra=[("host", "another.example"), ("connection", "close"), ("keep-alive", "1")])
        self.assertBody(stream, HTML)
        by_path = client.open([("method", "GET"), ("url", "/index.html"),
                               ("version", "HTTP/1.1"), ("host", client.host)])
        self.assertBody(client.complete(by_path), HTML)

    def test_upper_case_names_are_understood(self):  # S1-A16
        client = self.connect()
        stream = client.open([(name.upper(), value) for name, value in client.headers()])
        self.assertBody(client.complete(stream), HTML)

    def test_many_connections_at_once(self):  # S1-010
        errors = []

        def talk():
            try:
                with Client(self.server.address) as client:
                    post = client.request("/echo", "POST", fin=False)
                    get = client.request("/data.bin")
                    client.send(spdy1.data(post.id, BIG[:100_000]))
                    client.send(spdy1.data(post.id, fin=True))
                    client.complete(get, post)
                    assert get.body == BINARY and post.body == BIG[:100_000]
            except BaseException as error:
                errors.append(error)

        threads = [threading.Thread(target=talk) for _ in range(20)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        self.assertEqual(errors, [])

    def test_many_idle_connections_do_not_stop_the_next(self):  # S1-010
        idle = [self.connect() for _ in range(20)]
        self.assertEqual(self.connect().get().status, 200)
        self.assertTrue(all(client.get().status == 200 for client in idle))


class HeaderBlocks(Case):
    def test_both_count_forms_are_understood_and_answered_in_kind(self):  # S1-A01
        for form in OUTSIDE, INSIDE:
            with self.subTest(form), self.connect(form) as client:
                for _ in range(3):
                    self.assertBody(client.get(), HTML)
                self.assertEqual(client.decoder.form, form)

    def test_every_compression_level_and_window(self):  # S1-085, S1-086, S1-087
        for level, window_bits in (0, 15), (1, 11), (6, 12), (9, 9), (9, 15):
            with self.subTest(level=level, window_bits=window_bits), self.connect() as client:
                client.encoder = spdy1.BlockEncoder(level=level, window_bits=window_bits)
                for i in range(20):
                    self.assertBody(client.get(extra=[(f"x-{i}", "value %d " % i * 50)]), HTML)

    def test_empty_names_and_values_and_nul_runs_are_dropped(self):  # S1-073, S1-077, S1-A15, S1-A16
        client = self.connect()
        dropped = [("", "x"), ("x-a", ""), ("x-b", "a\0\0b"), ("x\0\0y", "v"), ("x-c", "\0a"), ("x-d", "a\0"),
        ("", ""),
                   ("x-a", ""), ("x-a", "b")]  # x-a is no duplicate once the empty ones are gone
        self.assertBody(client.get(extra=dropped), HTML)
        self.assertBody(client.get(extra=[("cookie", "a=1\0b=2")]), HTML)  # S1-075

    def test_duplicate_names_end_the_stream_only(self):  # S1-074, S1-A15, S1-089
        client = self.connect()
        for extra in [("x-a", "1"), ("x-a", "2")], [("url", "http://x/")], [("x-a", "1"), ("X-A", "2")]:
            stream = client.request(extra=extra)
            self.assertEqual(client.answer_fin_stream(stream), PROTOCOL_ERROR)
            self.assertBody(client.get(), HTML)

    def test_bad_names_end_the_stream_only(self):  # S1-A16
        client = self.connect()
        for name in b"x\0y", b"x\ny", b"x\xff":
            self.assertEqual(client.answer_fin_stream(client.request(extra=[(name, "v")])), PROTOCOL_ERROR, name)
            self.assertBody(client.get(), HTML)

    def test_wrong_counts_end_the_stream_only(self):  # S1-A17, S1-A36
        for form in OUTSIDE, INSIDE:
            client = self.connect(form)
            self.assertBody(client.get(), HTML)
            plain = spdy1.encode_pairs(client.headers())
            for count, block in ((2, plain), (4, plain), (0xFFFF, plain), (0, plain),
                                 (3, plain[:-1]), (3, plain + b"\0")):
                frame, stream = client.syn_stream(None, tail=client.encoder.encode_plain(count, block))
                client.send(frame)
                self.assertEqual(client.answer_fin_stream(stream), PROTOCOL_ERROR, (form, count))
                self.assertBody(client.get(), HTML)

    def test_list_above_the_soft_limit_is_refused_and_the_next_decodes(self):
        # S1-048, S1-089: too large is no fault of the compression, which stays in step
        client = self.connect()
        self.assertBody(client.get(extra=[("x-a", "a" * (SOFT_LIMIT - 1000))]), HTML)
        large = [("x-a", "a" * 40_000), ("x-b", "b" * 40_000)]
        for _ in range(2):
            self.assertEqual(client.answer_fin_stream(client.request(extra=large)), REFUSED_STREAM)
            self.assertBody(client.get(extra=[("x-a", "a" * 300)]), HTML)

    def test_too_many_names_or_values_end_the_stream_only(self):
        client = self.connect()
        for extra in [(f"x-{i}", "v") for i in range(300)], [("cookie", "\0".join(["v"] * 1000))]:
            self.assertIn(client.answer_fin_stream(client.request(extra=extra)), (PROTOCOL_ERROR, REFUSED_STREAM))
            self.assertBody(client.get(), HTML)

    def test_missing_or_wrong_dictionary_ends_the_session(self):  # S1-088, S1-A17
        for dictionary in None, spdy1.DICTIONARY[:-1], b"something else":
            for form in OUTSIDE, INSIDE:
                with self.subTest(dictionary and dictionary[-8:], form=form), self.connect(form) as client:
                    client.encoder = spdy1.BlockEncoder(form, dictionary)
                    client.request()
                    client.expect_session_error(0)

    def test_block_that_does_not_end_cleanly_ends_the_session(self):  # S1-087, S1-A17
        def damage(tail):
            return tail[:10] + bytes(octet ^ 0xFF for octet in tail[10:])

        with self.connect() as client:
            plain = spdy1.encode_pairs(client.headers())
        for name, alter in (("no flush", lambda tail, _: tail[:-4]),
                            ("half a flush", lambda tail, _: tail[:-1]),
                            ("a byte behind the flush", lambda tail, _: tail + b"\0"),
                            ("the stream ends", lambda _, encoder: b"\0\3" + encoder.deflate(plain, zlib.Z_FINISH)),
                            ("not deflate", lambda tail, _: damage(tail)),
                            ("nothing", lambda tail, _: tail[:2]),
                            ("only the zlib header", lambda tail, _: tail[:8])):
            with self.subTest(name):
                tail = alter(spdy1.BlockEncoder().encode_plain(3, plain), spdy1.BlockEncoder())
                self.assertSessionError(spdy1.syn_stream(1, tail))


class Bodies(Case):
    def test_post_ends_with_an_empty_data_frame_or_with_fin_on_the_last(self):
        # S1-101, S1-104, S1-198, S1-201, S1-A23
        client = self.connect()
        for tail in ([(b"hello ", False), (b"world", False), (b"", True)], [(b"hello ", False), (b"world", True)]):
            post = client.request("/echo", "POST", fin=False)
            for payload, fin in tail:
                client.send(spdy1.data(post.id, payload, fin))
            self.assertEqual(client.complete(post).status, 200)
            self.assertBody(post, b"hello world")

    def test_empty_data_without_fin_does_not_end_the_body(self):  # S1-008, S1-A23
        client = self.connect()
        post = client.request("/echo", "PUT", fin=False)
        for payload in b"", b"one", b"", b"", b"two", b"":
            client.send(spdy1.data(post.id, payload))
        client.wait(lambda: post.received == 6, "the echo")
        client.ping()
        self.assertFalse(post.ended)
        client.send(spdy1.data(post.id, fin=True))
        self.assertBody(client.complete(post), b"onetwo")

    def test_request_without_a_body_is_echoed_as_none(self):  # S1-057, S1-104
        client = self.connect()
        for method in "POST", "DELETE", "FROB":
            stream = client.get("/echo", method=method)
            self.assertEqual((stream.status, stream.received), (200, 0))

    def test_content_length_is_only_advice(self):  # S1-199
        client = self.connect()
        post = client.request("/echo", "POST", fin=False, extra=[("content-length", "3")])
        client.send(spdy1.data(post.id, b"longer than that", fin=True))
        self.assertBody(client.complete(post), b"longer than that")

    def test_data_may_precede_the_reply(self):  # S1-047
        client = self.connect()
        frame, post = client.syn_stream(client.headers("/echo", "POST"), fin=False)
        client.send(frame + spdy1.data(post.id, b"early", fin=True))
        self.assertBody(client.complete(post), b"early")

    def test_echo_comes_while_the_body_is_still_being_sent(self):  # S1-045, S1-100
        client = self.connect()
        body = BIG[:500_000]
        post = client.request("/echo", "POST", fin=False)
        for start in range(0, 250_000, 1000):
            client.send(spdy1.data(post.id, body[start:start + 1000]))
        client.wait(lambda: post.received == 250_000, "the echo of the first half, before the second is sent")
        for start in range(250_000, 500_000, 1000):
            client.send(spdy1.data(post.id, body[start:start + 1000], fin=start == 499_000))
        self.assertBody(client.complete(post), body)

    def test_echo_of_one_large_data_frame_starts_before_its_end(self):  # S1-100, S1-015
        client = self.connect()
        post = client.request("/echo", "POST", fin=False)
        frame = spdy1.data(post.id, BIG[:1_000_000], fin=True)
        client.send(frame[:500_000])
        client.wait(lambda: post.received > 100_000, "the echo of a part of a frame")
        client.send(frame[500_000:])
        self.assertBody(client.complete(post), BIG[:1_000_000])

    def test_two_posts_interleaved(self):  # S1-045, S1-130
        client = self.connect()
        posts = [client.request("/echo", "POST", fin=False) for _ in range(2)]
        for i in range(50):
            for post in posts:
                client.send(spdy1.data(post.id, b"%d on %d;" % (i, post.id), fin=i == 49))
        client.complete(*posts)
        for post in posts:
            self.assertBody(post, b"".join(b"%d on %d;" % (i, post.id) for i in range(50)))


class Scheduling(Case):
    def test_urgent_request_overtakes_large_bodies_which_interleave(self):  # S1-058, S1-059, S1-130, S1-A02
        client = self.connect(narrow=True)
        first, second = client.request("/big.bin", priority=0), client.request("/big2.bin", priority=0)
        client.wait(lambda: first.received > 50_000 and second.received > 50_000, "the start of both bodies")
        received = first.received + second.received
        urgent = client.get("/data.bin", priority=3)
        self.assertBody(urgent, BINARY)
        self.assertFalse(first.ended or second.ended, "a large body ended before the small urgent one")
        self.assertLess(first.received + second.received - received, 1_500_000, "bytes ahead of the urgent answer")
        client.wait(lambda: first.ended or second.ended, "the first large body")
        self.assertGreater(min(first.received, second.received), 1_500_000, "the other body so far")
        self.assertBody(client.complete(first), BIG)
        self.assertBody(client.complete(second), BIG2)
        order = [stream_id for stream_id, _ in client.frames("DATA") if stream_id != urgent.id]
        self.assertGreater(sum(a != b for a, b in zip(order, order[1:])), 20, "changes between the two bodies")

    def test_higher_priority_comes_first(self):  # S1-059, S1-A02
        client = self.connect(narrow=True)
        low = client.request("/big.bin", priority=0)
        high = client.request("/big2.bin", priority=3)
        client.wait(lambda: high.ended, "the urgent body")
        self.assertLess(low.received, 1_500_000, "bytes of the less urgent body, requested first")
        client.complete(low, high)

    def test_ping_overtakes_data(self):  # S1-141, S1-142
        client = self.connect(narrow=True)
        big = client.request("/big.bin")
        client.wait(lambda: big.received > 50_000, "the start of the body")
        time.sleep(0.1)  # the server fills all the buffers between us
        received = big.received
        client.ping()
        self.assertFalse(big.ended, "the body ended before the echo of the PING")
        self.assertLess(big.received - received, 1_000_000, "bytes ahead of the echo")
        self.assertBody(client.complete(big), BIG)

    def test_hundred_streams_at_once(self):  # S1-045, S1-059
        client = self.connect()
        paths = {"/index.html": HTML, "/style.css": CSS, "/data.bin": BINARY, "/sub/page.html": HTML * 2}
        batch, streams = b"", []
        for i in range(CONCURRENT_STREAMS):
            path = list(paths)[i % len(paths)]
            frame, stream = client.syn_stream(client.headers(path), priority=i % 4)
            batch += frame
            streams.append((stream, paths[path]))
        client.send(batch)
        for stream, content in streams:
            self.assertBody(client.complete(stream), content)

    def test_streams_above_the_limit_are_refused(self):  # S1-048, S1-049, S1-089, S1-119, S1-A21
        client = self.connect()
        posts = [client.request("/echo", "POST", fin=False) for _ in range(CONCURRENT_STREAMS)]
        surplus = [client.request("/echo", "POST", fin=False, extra=[("x-number", str(i))]) for i in range(5)]
        for stream in surplus:
            self.assertEqual(client.answer_fin_stream(stream), REFUSED_STREAM)
            client.send(spdy1.data(stream.id, b"already under way"))  # ignored
        client.send(spdy1.data(posts[0].id, b"done", fin=True))
        self.assertBody(client.complete(posts[0]), b"done")
        client.barrier()  # one is free again, and the refused blocks have kept the compression in step
        self.assertEqual(len(client.frames("FIN_STREAM")), len(surplus))
        for post in posts[1:]:
            client.send(spdy1.data(post.id, b"%d" % post.id, fin=True))
        client.complete(*posts)
        self.assertTrue(all(post.body == b"%d" % post.id for post in posts[1:]))


class ControlFrames(Case):
    def test_ping_is_echoed_identically_with_all_32_bits(self):  # S1-141, S1-146
        client = self.connect()
        for ping_id in 0xFFFFFFFF, 1, 0x80000001, 0x7FFFFFFF, 1:
            before = client.frames("PING")
            client.send(spdy1.ping(ping_id))
            client.wait(lambda: len(client.frames("PING")) > len(before), "the echo")
            self.assertEqual(client.frames("PING"), before + [(ping_id,)])

    def test_ping_of_the_servers_parity_is_not_echoed(self):  # S1-A07
        client = self.connect()
        for ping_id in 2, 0, 0xFFFFFFFE:
            client.send(spdy1.ping(ping_id))
        client.barrier()
        self.assertEqual([ping_id for (ping_id,) in client.frames("PING") if ping_id % 2 == 0], [])

    def test_fin_stream_stops_one_stream_and_not_the_other(self):  # S1-110, S1-112, S1-117, S1-086
        for status in INVALID_STREAM, PROTOCOL_ERROR, 0, 99:  # S1-A28: codes that are not defined as well
            client = self.connect(narrow=True)
            stopped, other = client.request("/big.bin"), client.request("/big2.bin")
            client.wait(lambda: stopped.received and other.received, "the start of both bodies")
            client.cancel(stopped, status)
            client.ping()  # FIN_STREAM has been read when the echo comes
            received = stopped.received
            self.assertBody(client.complete(other), BIG2)
            self.assertEqual(stopped.received, received, "data on a stream that was stopped")
            self.assertFalse(stopped.ended)
            client.barrier()
            self.assertEqual(client.frames("FIN_STREAM"), [], "FIN_STREAM is not answered (S1-A28)")

    def test_data_on_an_unknown_stream_is_answered_once(self):  # S1-118, S1-A12
        client = self.connect()
        client.send(spdy1.data(99, b"x") + spdy1.data(99, b"y", fin=True))
        client.barrier()
        client.send(spdy1.data(99, b"z"))
        client.barrier()
        self.assertEqual(client.frames("FIN_STREAM"), [(99, INVALID_STREAM)])
        client.next_id = 99  # it does not count as used
        self.assertBody(client.get(), HTML)

    def test_syn_reply_on_an_unknown_stream_is_answered_and_inflated(self):  # S1-118, S1-A14, S1-089
        client = self.connect()
        block = client.encoder.encode([("status", "200"), ("version", "HTTP/1.1"), ("x-new", "text that counts")])
        client.send(spdy1.syn_reply(51, block))
        self.assertBody(client.get(extra=[("x-more", "text that counts, here too")]), HTML)
        client.barrier()
        self.assertEqual(client.frames("FIN_STREAM"), [(51, INVALID_STREAM)])

    def test_data_on_a_closed_stream_is_ignored(self):  # S1-126, S1-A12
        client = self.connect()
        stream = client.get()
        client.send(spdy1.data(stream.id, b"late") + spdy1.data(stream.id, fin=True))
        client.barrier()
        self.assertEqual(client.frames("FIN_STREAM"), [])

    def test_fin_stream_for_an_unknown_stream_is_not_answered(self):  # S1-A10, S1-A28
        client = self.connect()
        closed = client.get()
        for stream_id in 0, 2, 99, 0x7FFFFFFF, closed.id:
            client.send(spdy1.fin_stream(stream_id, INVALID_STREAM))
        client.barrier()
        self.assertEqual(client.frames("FIN_STREAM"), [])

    def test_data_after_fin_ends_the_stream(self):  # S1-102, S1-A13
        client = self.connect(narrow=True)
        big = client.request("/big.bin")
        client.wait(lambda: big.received, "the start of the body")
        client.send(spdy1.data(big.id, b"one more thing"))
        self.assertEqual(client.answer_fin_stream(big), PROTOCOL_ERROR)
        client.barrier()

    def test_undefined_data_flag_ends_the_stream(self):  # S1-A18
        client = self.connect()
        post = client.request("/echo", "POST", fin=False)
        client.send(spdy1.data(post.id, b"x", flags=0x02))
        self.assertEqual(client.answer_fin_stream(post), PROTOCOL_ERROR)
        client.barrier()

    def test_reserved_bits_are_ignored(self):  # S1-060, S1-A03, S1-A09
        client = self.connect()
        frame, stream = client.syn_stream(client.headers())
        client.send(frame[:8] + bytes([frame[8] | 0x80]) + frame[9:12] + b"\x3f\xff" + frame[14:])
        self.assertBody(client.complete(stream), HTML)
        client.send(spdy1.control(spdy1.FIN_STREAM, struct.pack(">II", 1, INVALID_STREAM), flags=0xFF))
        client.barrier()

    def test_stream_id_zero_or_even_ends_the_session(self):  # S1-040, S1-041, S1-042, S1-A10
        with self.connect() as client:
            headers = client.headers()
        for stream_id in 0, 2:
            self.assertSessionError(spdy1.syn_stream(stream_id, spdy1.BlockEncoder().encode(headers)))
        self.assertSessionError(spdy1.data(0, b"x"))

    def test_stream_id_not_above_the_highest_ends_the_session(self):  # S1-043, S1-044, S1-154, S1-A10
        for again in 3, 5:
            client = self.connect()
            client.next_id = 5
            client.get()
            client.next_id = again
            client.open(client.headers())
            client.expect_session_error(last_good=5)

    def test_live_stream_id_again_ends_that_stream_only(self):  # S1-044, S1-A10
        client = self.connect()
        post = client.request("/echo", "POST", fin=False)
        other = client.request("/echo", "POST", fin=False)
        client.send(spdy1.syn_stream(post.id, client.encoder.encode(client.headers())))
        self.assertEqual(client.answer_fin_stream(post), PROTOCOL_ERROR)
        client.send(spdy1.data(other.id, b"still here", fin=True))
        self.assertBody(client.complete(other), b"still here")
        client.barrier()

    def test_stream_ids_may_skip_and_reach_the_largest(self):  # S1-043, S1-A34
        client = self.connect()
        for client.next_id in 7, 101, 0x7FFFFFFF:
            self.assertBody(client.get(), HTML)

    def test_hello_at_any_time_is_not_answered(self):  # S1-020, S1-022, S1-023, S1-029, S1-032, S1-033
        client = self.connect()
        client.send(spdy1.hello([(1, 100), (2, 1000), (3, 30), (4, 100), (99, 5)]))
        self.assertBody(client.get(), HTML)
        client.send(spdy1.hello() + spdy1.hello([(3, 0xFFFFFFFF)]))
        client.barrier()
        self.assertEqual({entry[0] for entry in client.log} - {"SYN_REPLY", "DATA", "PING", "HELLO"}, set())
        self.assertLessEqual(len(client.frames("HELLO")), 1)

    def test_hello_limit_binds_the_server_not_its_client(self):  # S1-030, S1-032, S1-A21
        client = self.connect()
        client.send(spdy1.hello([(spdy1.HELLO_MAX_CONCURRENT_STREAMS, 0)]))  # the server opens none anyhow
        client.complete(*[client.request() for _ in range(10)])

    def test_noop_is_ignored(self):  # S1-136, S1-A22
        client = self.connect()
        client.send(spdy1.noop() + spdy1.noop(b"a payload that should not be there") + spdy1.noop(b"x" * 10_000))
        client.barrier()
        self.assertEqual(client.frames("NOOP"), [])

    def test_unknown_control_types_are_skipped(self):  # S1-A05
        client = self.connect()
        for kind in 0, 9, 10, 0x0100, 0xFFFF:
            client.send(spdy1.control(kind, b"\x80\x01" * 20, flags=0xFF) + spdy1.control(kind))
        client.barrier()
        self.assertEqual(client.frames("FIN_STREAM"), [])

    def test_subresource_is_inflated_and_has_no_effect(self):  # S1-162, S1-164, S1-A27, S1-089
        client = self.connect()
        post = client.request("/echo", "POST", fin=False)
        for stream_id in post.id, 99:
            block = client.encoder.encode([("method", "GET"), ("url", "http://www.example.com/some text")])
            client.send(spdy1.subresource(stream_id, block))
        client.send(spdy1.data(post.id, b"body", fin=True))
        self.assertBody(client.complete(post), b"body")
        client.barrier()
        self.assertEqual(client.frames("FIN_STREAM"), [])

    def test_streams_complete_after_the_clients_goaway(self):  # S1-150, S1-153
        client = self.connect(narrow=True)
        big = client.request("/big.bin")
        post = client.request("/echo", "POST", fin=False)
        client.send(spdy1.goaway(0))
        client.send(spdy1.data(post.id, b"after GOAWAY", fin=True))
        self.assertBody(client.complete(post), b"after GOAWAY")
        self.assertBody(client.complete(big), BIG)

    def test_wrong_lengths_end_the_session(self):  # S1-056, S1-066, S1-113, S1-144, S1-156, S1-161, S1-A22
        for kind, length in ((spdy1.SYN_STREAM, 7), (spdy1.SYN_REPLY, 7), (spdy1.FIN_STREAM, 7),
        (spdy1.FIN_STREAM, 9),
                             (spdy1.HELLO, 3), (spdy1.HELLO, 8), (spdy1.PING, 5), (spdy1.PING, 0), (spdy1.GOAWAY, 8),
                             (spdy1.GOAWAY, 3), (spdy1.SUBRESOURCE, 0)):
            with self.subTest(kind=kind, length=length):
                self.assertSessionError(spdy1.control(kind, bytes(length)))
        self.assertSessionError(spdy1.control(spdy1.HELLO, struct.pack(">HHII", 0, 2, 3, 30)))  # S1-025


class Splitting(Case):
    def session(self, client):
        """A short session of two requests: HELLO, a GET, a PING, a POST with its body."""
        get, self.first = client.syn_stream(client.headers())
        post, self.second = client.syn_stream(client.headers("/echo", "POST"), priority=3, fin=False)
        return (spdy1.hello([(3, 30)]) + get + spdy1.ping(0x01020305) + post
                + spdy1.data(self.second.id, b"body") + spdy1.data(self.second.id, fin=True))

    def check_session(self, client):
        self.assertBody(client.complete(self.first), HTML)
        self.assertBody(client.complete(self.second), b"body")
        self.assertEqual(client.frames("PING"), [(0x01020305,)])

    def test_whole_session_one_byte_at_a_time(self):  # S1-015
        client = self.connect()
        for octet in self.session(client):
            client.send(bytes([octet]))
        self.check_session(client)

    def test_session_in_two_pieces_cut_anywhere(self):  # S1-015
        with self.connect() as client:
            length = len(self.session(client))
        for cut in range(0, length, 3):
            with self.connect() as client:
                octets = self.session(client)
                client.send(octets[:cut])
                client.send(octets[cut:])
                self.check_session(client)

    def test_connection_cut_after_every_byte(self):  # S1-125, S1-A35
        with self.connect() as client:
            octets = self.session(client)
        for cut in range(len(octets)):
            with self.connect() as client:
                client.send(octets[:cut])
                if cut % 2:  # every second one with a reset instead of an orderly end
                    client.sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            with self.connect() as client:
                self.assertEqual(client.get().status, 200)

    def test_connection_cut_in_the_middle_of_bodies(self):  # S1-125
        for _ in range(20):
            with self.connect(narrow=True) as client:
                post = client.request("/echo", "POST", fin=False)
                big = client.request("/big.bin")
                client.send(spdy1.data(post.id, bytes(10_000)))
                client.wait(lambda: big.received, "the start of the body")
            self.server.check()


class Garbage(Case):
    def end_of(self, octets):
        """Sends the bytes and the end of the stream. The server has to close the connection."""
        with socket.create_connection(self.server.address, DEADLINE) as sock:
            try:
                sock.sendall(octets)
                sock.shutdown(socket.SHUT_WR)
                while sock.recv(1 << 16):
                    pass
            except ConnectionError:
                pass  # ended as well
            except socket.timeout:
                raise Failure("the connection stays open after the client has ended it") from None

    def test_control_frames_of_another_version_end_the_session(self):  # S1-004, S1-A06
        with self.connect() as client:
            block = spdy1.BlockEncoder().encode(client.headers())
        for version in 0, 2, 3, 0x7FFF:
            self.assertSessionError(spdy1.control(spdy1.PING, struct.pack(">I", 1), version=version))
            self.assertSessionError(spdy1.control(spdy1.SYN_STREAM, struct.pack(">IH", 1, 0) + block,
            version=version))
            self.assertSessionError(spdy1.control(99, version=version))  # before the type is looked at
        client = self.connect()
        client.get()
        client.send(spdy1.control(spdy1.NOOP, version=2))
        client.expect_session_error(last_good=1)

    def test_other_protocols_are_turned_away(self):
        for octets in (b"GET / HTTP/1.1\r\nHost: localhost\r\n\r\n", b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
                       bytes.fromhex("16030100c8010000c40303") + bytes(192), b"\0" * 1000, b"\xff" * 1000):
            self.end_of(octets)

    def test_random_bytes(self):
        noise = random.Random(2)
        for _ in range(100):
            self.end_of(noise.randbytes(300))
            self.end_of(b"\x80\x01\0" + bytes([noise.randrange(1, 10)]) + noise.randbytes(300))

    def test_every_byte_of_a_session_inverted(self):
        with self.connect() as client:
            frame, stream = client.syn_stream(client.headers("/echo", "POST"), fin=False)
            octets = bytearray(spdy1.hello([(3, 30)]) + frame + spdy1.data(stream.id, b"body", fin=True)
                               + spdy1.ping(1) + client.syn_stream(client.headers())[0])
        for position in range(len(octets)):
            octets[position] ^= 0xFF
            self.end_of(octets)
            octets[position] ^= 0xFF


def sync_flush():
    return b"\0\0\0\xff\xff"  # an empty stored block that begins on a byte boundary


def stored(plain):
    return b"\0" + struct.pack("<HH", len(plain), len(plain) ^ 0xFFFF) + plain


def zlib_header():
    return b"\x78\xf9" + spdy1.DICTID


def repeated_bits(bits, length):
    """A pattern of bits, in the order in which deflate reads them, repeated to about `length` whole bytes."""
    octets = int((bits * 8)[::-1], 2).to_bytes(len(bits), "little")
    return octets * (length // len(octets))


def empty_dynamic_blocks(length):
    """Deflate blocks of 90 bits that hold a description of Huffman codes, no data, and nothing wrong."""
    def number(value, width):
        return format(value, f"0{width}b")[::-1]

    lengths = [1 if symbol in (1, 18) else 0      # of the codes for code lengths, in their odd order
               for symbol in (16, 17, 18, 0, 8, 7, 9, 6, 10, 5, 11, 4, 12, 3, 13, 2, 14, 1)]
    one, zeros = "0", lambda count: "1" + number(count - 11, 7)
    return repeated_bits("0" + number(2, 2) + number(0, 5) + number(0, 5) + number(len(lengths) - 4, 4)
                         + "".join(number(value, 3) for value in lengths)
                         + zeros(138) + zeros(118)  # no literals
                         + one                      # end of block: a code of one bit
                         + one                      # one distance
                         + "0", length)             # end of block


def empty_static_blocks(length):
    """Deflate blocks of 10 bits with the predefined codes that hold nothing."""
    return repeated_bits("0" + "10" + "0000000", length)


class Attacks(Case):
    """Each has a server of its own, whose peak memory is measured."""

    def start_server(self):
        server = Server(Case.root)
        self.addCleanup(server.stop)
        return server

    def check_server(self):
        super().check_server()
        self.assertMemoryBounded()

    def test_block_that_inflates_to_64_mib(self):  # S1-A17
        bomb = b"\0\1" + spdy1.BlockEncoder().deflate(b"a" * (64 << 20))
        self.assertLess(len(bomb) + 6, 64 << 10)
        for _ in range(5):
            self.assertSessionError(spdy1.syn_stream(1, bomb))

    def test_list_above_the_hard_limit(self):  # S1-A17
        with self.connect() as client:
            large = client.headers(extra=[(f"x-{i}", "a" * 65_000) for i in range(5)])
        for frame in spdy1.syn_stream, spdy1.subresource:
            self.assertSessionError(frame(1, spdy1.BlockEncoder().encode(large)))

    def test_bombs_on_many_connections_at_once(self):
        bomb = spdy1.syn_stream(1, b"\0\1" + spdy1.BlockEncoder().deflate(b"a" * (64 << 20)))
        clients = [self.connect() for _ in range(30)]
        for part in bomb[:60_000], bomb[60_000:]:
            for client in clients:
                client.send(part)
        for client in clients:
            client.expect_session_error(0)

    def test_length_of_16_mib_is_refused_from_the_head(self):  # S1-A29
        for kind in spdy1.SYN_STREAM, spdy1.SYN_REPLY, spdy1.SUBRESOURCE, spdy1.HELLO, spdy1.PING:
            with self.subTest(kind):
                self.assertSessionError(spdy1.control(kind, length=0xFFFFFF))

    def test_header_block_of_many_tiny_dynamic_blocks_is_cheap(self):  # S1-A17: each costs the receiver a table
        blocks = empty_dynamic_blocks(60_000)
        inflate = zlib.decompressobj(-15)
        self.assertEqual(inflate.decompress(blocks + sync_flush()), b"")  # nothing in it is wrong
        self.assertCheap(blocks)

    def test_header_block_of_many_tiny_static_blocks_is_cheap(self):
        self.assertCheap(empty_static_blocks(60_000))

    def assertCheap(self, blocks):
        with self.connect() as client:
            tail = (b"\0\3" + zlib_header() + blocks
                    + stored(spdy1.encode_pairs(client.headers())) + sync_flush())
        for _ in range(10):
            with self.connect() as client:
                frame, stream = client.syn_stream(None, tail=tail)
                started = time.monotonic()
                client.send(frame)
                client.wait(lambda: client.ended or stream.ended, "any reaction")
                self.assertLess(time.monotonic() - started, 2, "seconds for 64 KiB of empty blocks")
                if client.ended:
                    client.expect_session_error(0)
                else:
                    self.assertBody(stream, HTML)

    def test_large_file_is_streamed(self):  # S1-100, S1-112, S1-131
        client = self.connect(keep_bodies=False)
        for _ in range(2):
            large = client.request("/sparse.bin")
            client.wait(lambda: large.received >= 8 << 20, "8 MiB of the body")
            self.assertEqual(large.headers[b"content-length"], b"%d" % SPARSE_SIZE)
            client.cancel(large)
            client.ping()
            received = large.received
            client.barrier()
            self.assertEqual(large.received, received, "data on a stream that was stopped")

    def assertOthersAreServed(self):
        with self.connect() as other:
            self.assertBody(other.get("/data.bin"), BINARY)

    def stuff(self, client, octets):
        """Sends the bytes again and again, never reading, until the server stops reading or has ended the
        connection, or 300 MB have gone: twice of what the server may buffer."""
        sent, limit = 0, 300 << 20
        try:
            while sent < limit and select.select([], [client.sock], [], 0.5)[1]:
                # A frame that went out in part is continued, so that what the server gets stays well formed.
                sent += client.sock.send(octets[sent % len(octets):])
        except ConnectionError:
            pass
        return sent

    def test_client_that_requests_and_never_reads(self):
        greedy = [self.connect(narrow=True) for _ in range(5)]
        for client in greedy:
            batch = b""
            for _ in range(20):
                for path in "/big.bin", "/big2.bin", "/sparse.bin":
                    batch += client.syn_stream(client.headers(path))[0]
            client.sock.send(batch)
        time.sleep(1)
        self.assertOthersAreServed()
        self.assertMemoryBounded()

    def test_client_that_posts_and_never_reads(self):
        client = self.connect(narrow=True)
        post = client.request("/echo", "POST", fin=False)
        self.stuff(client, spdy1.data(post.id, BIG[:16_000]))
        self.assertOthersAreServed()

    def test_client_that_pings_and_never_reads(self):  # S1-A07: echoes that wait are bounded
        client = self.connect(narrow=True)
        self.stuff(client, spdy1.ping(1) * 5000)
        self.assertOthersAreServed()

    def test_client_that_opens_and_resets_streams(self):
        client = self.connect()
        frames = b""
        for _ in range(20_000):
            frame, stream = client.syn_stream(client.headers("/big.bin"), fin=False)
            frames += frame + spdy1.fin_stream(stream.id, INVALID_STREAM)
        client.send(frames)
        last = client.request()
        client.wait(lambda: client.ended or last.ended, "any reaction")
        if client.ended:  # the server may give up such a client
            client.expect_session_error()
        else:
            self.assertBody(last, HTML)
        self.assertOthersAreServed()


def main():
    if not os.access(SERVE, os.X_OK):
        print(f"The server is missing: {SERVE}\nBuild it with\n\n    cargo build --release --example serve\n\n"
              "or name another one in the environment variable SPDY_SERVE.", file=sys.stderr)
        return 2
    with tempfile.TemporaryDirectory(prefix="spdy-interop-") as directory:
        Case.root = make_files(Path(directory).resolve())
        try:
            program = unittest.main(exit=False)
        finally:
            if Case.shared:
                Case.shared.stop()
    return 0 if program.result.wasSuccessful() else 1


if __name__ == "__main__":
    sys.exit(main())
