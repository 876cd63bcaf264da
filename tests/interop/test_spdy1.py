"""Checks the oracle itself, spdy1.py, against frames that other programs wrote.

    python3 tests/interop/test_spdy1.py
"""

import sys

sys.dont_write_bytecode = True

import struct
import unittest
import zlib

import spdy1


def frames(*hex_frames):
    """Parses frames of one direction of one connection."""
    reader, blocks = spdy1.FrameReader(), spdy1.BlockDecoder()
    reader.feed(bytes.fromhex("".join(hex_frames)))
    parsed = [spdy1.parse(head, payload, blocks) for head, payload in reader]
    assert not len(reader)
    return parsed, blocks


def reparse(*pieces):
    return frames(*(piece.hex() for piece in pieces))


GET = [(b"method", b"GET"), (b"url", b"http://www.example.com/index.html"), (b"version", b"HTTP/1.1")]
GET_CSS = [(b"method", b"GET"), (b"url", b"http://www.example.com/style.css"), (b"version", b"HTTP/1.1"),
           (b"cookie", b"a=1\0b=2")]
REPLY = [(b"status", b"200 OK"), (b"version", b"HTTP/1.1"), (b"content-type", b"text/html")]


class Vectors(unittest.TestCase):
    def test_requests_with_the_count_inside(self):  # S1-055, S1-086, S1-A01
        (first, second), blocks = frames(
            "800100010100004c00000001000078f9dfa251b262606660cb05e6c3fc14066677d710066690a0624649498195be3e30"
            "e2f5522b12730b7252f592f373f533f352522bf4400e6160879ac1c001331a000000ffff",
            "800100010100002900000003c0006260c16292020e938a4b2a41ace2626c06b1416283813dd1d69021c9d608000000ffff")
        self.assertEqual(blocks.form, spdy1.INSIDE)
        self.assertEqual((first.stream_id, first.priority, first.fin, first.headers), (1, 0, True, GET))
        self.assertEqual((second.stream_id, second.priority, second.fin, second.headers), (3, 3, True, GET_CSS))

    def test_requests_with_the_count_outside(self):  # S1-055, S1-086, S1-A01
        (first, second), blocks = frames(
            "800100010100004c000000010000000378f9dfa251b26260cb05e6c2fc14066677d71006669090624649498195be3e30"
            "daf5522b12730b7252f592f373f533f352522bf440ce6060879ac0c0013318000000ffff",
            "800100010100002800000003c0000004c2628e020e738a4b2a41ace262acc6406282813dd1d69021c9d608000000ffff")
        self.assertEqual(blocks.form, spdy1.OUTSIDE)
        self.assertEqual((first.stream_id, first.priority, first.fin, first.headers), (1, 0, True, GET))
        self.assertEqual((second.stream_id, second.priority, second.fin, second.headers), (3, 3, True, GET_CSS))

    def test_reply_with_the_count_inside(self):  # S1-065
        (reply,), blocks = frames(
            "800100020000003000000001000078f9dfa251b262606660830832b00113ab82bf37033b549a8103a68b8107391c1938"
            "e15e01000000ffff")
        self.assertEqual((blocks.form, reply.kind, reply.headers), (spdy1.INSIDE, spdy1.SYN_REPLY, REPLY))

    def test_reply_subresource_and_push_with_the_count_outside(self):  # S1-065, S1-161, S1-162
        (reply, subresource, push), blocks = frames(
            "8001000200000030000000010000000378f9dfa251b26260830831b00193aa82bf37033b54928103a687810739141938"
            "e11e01000000ffff",
            "800100080000003d00000001000000026260cb05e6e0fc14066677d710066690710a1925250556fafac024a3975a9198"
            "5b9093aa979c9fab5f5c520962151703000000ffff",
            "800100010000001f000000020000000522c63e9682c4920c062e244dc49a8de41e00000000ffff")
        self.assertEqual((blocks.form, reply.headers), (spdy1.OUTSIDE, REPLY))
        self.assertEqual((subresource.kind, subresource.stream_id), (spdy1.SUBRESOURCE, 1))
        self.assertEqual(subresource.headers, [GET_CSS[0], GET_CSS[1]])
        self.assertEqual((push.stream_id, push.priority, push.fin), (2, 0, False))
        self.assertEqual(push.headers, [REPLY[0], REPLY[1], (b"path", b"/style.css"), GET_CSS[1], GET_CSS[0]])

    def test_block_that_chromium_wrote(self):  # S1-085, S1-088
        block = bytes.fromhex(
            "78bbdfa251b262606660cb05e6c3fc14066677d710066690a0584649498195be3e30e2f5d2f3f3d37352f592f373f519"
            "d8a11a193860e601000000ffff")
        blocks = spdy1.BlockDecoder()
        self.assertEqual(blocks.decode(block)[1], (b"url", b"http://www.google.com/"))
        self.assertEqual(blocks.form, spdy1.INSIDE)

    def test_frames_without_a_block(self):  # S1-001..004, S1-024, S1-137, S1-A36
        for expected, written in (
            ("800100040000001400000002000000030000001e0000000400000064", spdy1.hello([(4, 100), (3, 30)])),
            ("800100040000000400000000", spdy1.hello()),
            ("80010003000000080000000100000003", spdy1.fin_stream(1, spdy1.REFUSED_STREAM)),
            ("80010003000000080000000900000002", spdy1.fin_stream(9, spdy1.INVALID_STREAM)),
            ("80010002000000080000000100000000", spdy1.syn_reply(1, spdy1.BlockEncoder().encode([]))),
            ("8001000500000000", spdy1.noop()),
            ("800100060000000400000001", spdy1.ping(1)),
            ("8001000600000004ffffffff", spdy1.ping(0xFFFFFFFF)),
            ("800100070000000400000005", spdy1.goaway(5)),
            ("0000000101000000", spdy1.data(1, fin=True)),
            ("000000010000000568656c6c6f", spdy1.data(1, b"hello")),
        ):
            self.assertEqual(written.hex(), expected)
            frames(expected)


class RoundTrip(unittest.TestCase):
    def test_blocks_of_one_direction_share_a_context(self):  # S1-086, S1-087
        for form in spdy1.INSIDE, spdy1.OUTSIDE:
            for level in 0, 1, 6, 9:
                for window_bits in 11, 15:
                    encoder = spdy1.BlockEncoder(form, level=level, window_bits=window_bits)
                    written = [spdy1.syn_stream(1, encoder.encode(GET), priority=2, fin=False),
                               spdy1.syn_reply(2, encoder.encode(REPLY), fin=True),
                               spdy1.subresource(1, encoder.encode(GET_CSS)),
                               spdy1.syn_stream(3, encoder.encode([]))]
                    parsed, blocks = reparse(*written)
                    self.assertEqual(blocks.form, form)
                    self.assertEqual([frame.headers for frame in parsed], [GET, REPLY, GET_CSS, []])
                    self.assertEqual([frame.fin for frame in parsed], [False, True, False, True])

    def test_split_anywhere(self):  # S1-015
        octets = spdy1.syn_stream(1, spdy1.BlockEncoder().encode(GET)) + spdy1.data(1, b"x" * 300) + spdy1.ping(7)
        reader = spdy1.FrameReader()
        seen = []
        for octet in octets:
            reader.feed(bytes([octet]))
            seen += reader
        self.assertEqual(b"".join(head + payload for head, payload in seen), octets)
        self.assertEqual(len(seen), 3)


class Refused(unittest.TestCase):
    def test_frames(self):
        for written in (
            spdy1.control(spdy1.PING, b"\0" * 5),
            spdy1.control(spdy1.PING, b"\0" * 4, flags=1),
            spdy1.control(spdy1.PING, b"\0" * 4, version=2),
            spdy1.control(spdy1.GOAWAY, b"\0" * 8),
            spdy1.control(spdy1.NOOP, b"x"),
            spdy1.control(spdy1.HELLO, struct.pack(">HH", 0, 1)),
            spdy1.control(9),
            spdy1.control(spdy1.SYN_REPLY, b"\0" * 7),
            spdy1.fin_stream(1, 0),
            spdy1.fin_stream(1, 5),
            spdy1.data(0),
            spdy1.data(1, flags=2),
        ):
            with self.assertRaises(spdy1.FrameError):
                reparse(written)

    def test_blocks(self):
        for pairs in ([("a", "")], [("", "a")], [("a", "b\0\0c")], [("a", "b\0")], [("A", "b")],
                      [("a", "b"), ("a", "c")]):
            with self.assertRaises(spdy1.BlockError):
                reparse(spdy1.syn_reply(1, spdy1.BlockEncoder().encode(pairs)))

    def test_compression(self):
        plain = spdy1.encode_pairs(GET)
        good = spdy1.BlockEncoder().encode_plain(3, plain)
        for tail in (
            good[:-4],                                                                          # no flush
            spdy1.BlockEncoder().encode_plain(2, plain),                                        # pairs left over
            spdy1.BlockEncoder().encode_plain(4, plain),                                        # a pair too few
            spdy1.BlockEncoder(dictionary=None).encode_plain(3, plain),                         # no dictionary
            spdy1.BlockEncoder(dictionary=spdy1.DICTIONARY[:-1]).encode_plain(3, plain),        # its NUL forgotten
            b"\0\3" + spdy1.BlockEncoder().deflate(plain, zlib.Z_FINISH) + b"\0\0\xff\xff",     # the stream ends
        ):
            with self.assertRaises(spdy1.BlockError):
                reparse(spdy1.syn_stream(1, tail))


if __name__ == "__main__":
    unittest.main()
