"""The test vectors of HTTP Speed+Mobility; importing this makes them.

They hold the frames as they stand in the messages of a WebSocket, one behind the other. Most rules are those of
SPDY/3, whose vectors show them; here stands what is different.
"""

import zlib

from make_spdy2_3 import DICTIONARY_3, FIN, HEADERS, RST_STREAM, SYN_REPLY, SYN_STREAM, UNIDIRECTIONAL
from make_spdy2_3 import Connection, Dialect, shown
from vector import noise, u32

SPEED_MOBILITY = Dialect(
    "speed_mobility", 3, DICTIONARY_3, width=4, priority=3, reply_fixed=4, has_slot=False
)
REQUEST, REPLY = SPEED_MOBILITY.request(), SPEED_MOBILITY.reply()
PUSH_ALLOWED = 0x08
# The bit that says that a block is not compressed; HEADERS has another one.
PLAIN = {SYN_STREAM: 0x04, SYN_REPLY: 0x04, HEADERS: 0x02}
WORDS = {SYN_STREAM: "SYN_STREAM", SYN_REPLY: "SYN_REPLY", HEADERS: "HEADERS"}


class Messages(Connection):
    def __init__(self, name, comment, **setup):
        super().__init__(SPEED_MOBILITY, name, comment, **setup)

    def plain(self, kind, stream, pairs=(), *, flags=0, words="", fault=None, block=None):
        """A frame whose block is not compressed."""
        block = self.dialect.plain(pairs) if block is None else block
        fixed = u32(stream) + (u32(0) + bytes(2)) * (kind == SYN_STREAM)
        text = f"stream={stream}" + " priority=0" * (kind == SYN_STREAM) + words
        line = {
            None: f"{WORDS[kind]} {text} uncompressed{shown(pairs)}",
            "stream": f"error stream={stream} {WORDS[kind]}",
        }[fault]
        self.control(kind, fixed + block, line, flags | PLAIN[kind])

    def rst(self, stream=1):
        self.control(RST_STREAM, u32(stream) + u32(5), f"RST_STREAM stream={stream} status=CANCEL")


def frames_uncompressed():
    v = Messages(
        "frames-uncompressed",
        "One of each frame as it is written where nothing is compressed (SM-040, SM-052, SM-A01, SM-A03).",
    )
    v.add("80 03 00 03 00 00 00 08 00 00 00 01 00 00 00 05", "RST_STREAM stream=1 status=CANCEL")
    v.add("00 00 00 01 01 00 00 00", "DATA stream=1 fin length=0")
    v.add("00 00 00 01 00 00 00 05 68 65 6c 6c 6f", "DATA stream=1 length=5")
    v.add(
        "80 03 00 01 05 00 00 18 00 00 00 03 00 00 00 00 20 00 00 00 00 01 00 00 00 01 61 00 00 00 01 62",
        'SYN_STREAM stream=3 priority=1 fin uncompressed a="b"',
    )
    v.add("80 03 00 02 04 00 00 08 00 00 00 03 00 00 00 00", "SYN_REPLY stream=3 uncompressed")
    v.add(
        "80 03 00 08 03 00 00 12 00 00 00 03 00 00 00 01 00 00 00 01 61 00 00 00 01 62",
        'HEADERS stream=3 fin uncompressed a="b"',
    )


def blocks():
    v = Messages(
        "blocks-compressed",
        "Without the flag a block is compressed, with the context and the dictionary of SPDY/3 (SM-050).",
    )
    v.headers(SYN_STREAM, 1, REQUEST, flags=FIN)
    v.headers(SYN_REPLY, 1, REPLY)
    v.headers(HEADERS, 1, [("x-late", "1")], flags=FIN)

    v = Messages(
        "blocks-plain",
        "With the flag it stands as it is: 0x04 in SYN_STREAM and SYN_REPLY, 0x02 in HEADERS (SM-051, SM-052,"
        " SM-053).",
    )
    v.plain(SYN_STREAM, 1, REQUEST, flags=FIN, words=" fin")
    v.plain(SYN_REPLY, 1, REPLY)
    v.plain(HEADERS, 1, [("x-late", "1")], flags=FIN, words=" fin")
    v.plain(SYN_REPLY, 3)
    v.plain(HEADERS, 3, [("x-values", "a\0b"), ("x-empty", "")])

    v = Messages(
        "blocks-in-turn",
        "A block that is not compressed leaves the context as it is: the first compressed one brings the zlib head,"
        " and the others refer to each other across those (SM-A10).",
    )
    v.plain(SYN_STREAM, 1, REQUEST)
    v.headers(SYN_STREAM, 3, REQUEST)
    v.plain(SYN_REPLY, 1, [("x-noise", noise("plain", 300))])
    v.headers(SYN_REPLY, 3, [("x-noise", noise("packed", 300))])
    v.plain(HEADERS, 1, [("x-noise", noise("packed", 300))])
    v.headers(HEADERS, 3, [("x-again", noise("packed", 300))])

    v = Messages(
        "blocks-of-no-bytes",
        "A block of no bytes is an empty list, with the flag and without (S3-A30).",
    )
    v.headers(SYN_STREAM, 1, block=b"")
    v.plain(SYN_REPLY, 1, block=b"")
    v.plain(HEADERS, 1, block=b"")
    v.headers(SYN_STREAM, 3, REQUEST)

    v = Messages(
        "blocks-plain-faulty",
        "A fault in a block that is not compressed costs its stream; the context goes on (S3-A11, S3-067, S3-069).",
    )
    d = v.dialect
    v.headers(SYN_STREAM, 1, REQUEST)
    v.plain(SYN_STREAM, 3, fault="stream", block=u32(2) + d.pairs([("a", "1")]))
    v.plain(SYN_STREAM, 5, fault="stream", block=u32(0xFFFFFFFF))
    v.plain(SYN_REPLY, 7, fault="stream", block=u32(1) + u32(0xFFFFFFFF) + b"a")
    v.plain(SYN_REPLY, 9, fault="stream", block=d.plain([("a", "1")]) + b"\0")
    v.plain(HEADERS, 11, fault="stream", block=b"\0\0\0")
    v.plain(HEADERS, 13, [("", "1")], fault="stream")
    v.plain(HEADERS, 15, [("a", "1"), ("a", "2")], fault="stream")
    v.plain(HEADERS, 17, [("Upper", "1")], fault="stream")
    v.plain(HEADERS, 19, [("a", "\0b")], fault="stream")
    v.plain(HEADERS, 21, [(f"name-{i}", "") for i in range(129)], fault="stream")
    # What is compressed under the flag is no list.
    v.plain(HEADERS, 23, fault="stream", block=zlib.compress(d.plain([("a", "1")])))
    v.headers(SYN_REPLY, 1, REQUEST)

    v = Messages(
        "block-plain-without-flag",
        "A list that is not compressed and does not say so is no zlib stream (SM-053).",
    )
    v.rst()
    v.headers(SYN_STREAM, 1, fault="session", block=v.dialect.plain(REQUEST))
    v.rst()


def flags():
    v = Messages(
        "flags-of-syn-stream",
        "FIN, UNIDIRECTIONAL and PUSH_ALLOWED, each by itself and all together; the slot means nothing (SM-060,"
        " SM-A22).",
    )
    v.headers(SYN_STREAM, 1, REQUEST, flags=PUSH_ALLOWED, slot=7)
    v.lines[-1] = v.lines[-1].replace(" priority=0", " priority=0 push_allowed")
    v.headers(SYN_STREAM, 3, REQUEST, flags=FIN | UNIDIRECTIONAL | PUSH_ALLOWED)
    v.lines[-1] = v.lines[-1].replace(" unidirectional", " unidirectional push_allowed")
    v.headers(SYN_STREAM, 2, REQUEST, flags=UNIDIRECTIONAL, associated=1)
    v.plain(SYN_STREAM, 5, REQUEST, flags=PUSH_ALLOWED | 0xF0, words=" push_allowed")

    v = Messages(
        "data-flag-2",
        "The flag that compressed DATA in a draft of SPDY/3 costs the stream (SM-A19).",
    )
    v.data(1, b"x", flags=2, fault=True)
    v.data(1, b"x", flags=1)


def removed():
    for number, word in ((4, "settings"), (6, "ping"), (7, "goaway"), (9, "window-update"), (10, "credential")):
        v = Messages(f"removed-{word}", "A frame that was taken out ends the session (SM-043, SM-A08).")
        v.rst()
        v.control(number, u32(0) + u32(1), "error session")
        v.rst()
    v = Messages("removed-credential-11", "So does the other number that CREDENTIAL had (SM-A08).")
    v.control(11, u32(0) + u32(1), "error session")
    v = Messages("unknown-types", "Other types that nobody knows are skipped (SM-A08).")
    for number in (0, 5, 12, 0x77, 0xFFFF):
        v.control(number, bytes(number % 7), f"UNKNOWN type={number} length={number % 7}")
    v.rst()
    for version in (1, 2, 4):
        v = Messages(
            f"version-{version}", "Another version ends the session, whatever the type is (SM-A01)."
        )
        v.rst()
        v.control(SYN_STREAM if version != 2 else 0x77, bytes(10), "error session", version=version)


frames_uncompressed()
blocks()
flags()
removed()
