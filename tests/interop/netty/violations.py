"""What a peer does wrong, or just about right, in SPDY/3.1, and how a session answers it.

Each case is a script of steps: frames and bytes of the peer, and commands to the session under test (str, as
Peer.java's react takes them). What counts is what the session sends in answer to the peer's input, one line a frame
as in the test vectors, and CLOSED if it ends the session.

`answer` is what the requirements in `cites` demand. `netty` is what Netty 4.1.48 does where that is something else,
as measured; `why` says where the text leaves room for it.
"""

import struct
import sys
import zlib
from dataclasses import dataclass
from pathlib import Path
from typing import Callable, List, Optional, Union

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

import spdy2_3 as spdy
from spdy2_3 import (GOAWAY, HEADERS, PING, RST_STREAM, SETTINGS, SPDY3_1, SYN_REPLY, SYN_STREAM, WINDOW_UPDATE, Data,
                     GoAway, Headers, Ping, RstStream, Settings, SynReply, SynStream, WindowUpdate, control)

CLOSED = "closed"
MAX = 0x7FFFFFFF

# A frame, raw bytes, a command to the session, or bytes that need the peer's compression context.
Step = Union[object, bytes, str, Callable[[spdy.Encoder], bytes]]


@dataclass
class Case:
    name: str
    cites: str
    role: str  # of the session under test
    steps: List[Step]
    answer: List[str]
    netty: Optional[List[str]] = None
    why: str = ""

    def script(self):
        """The lines for react."""
        encoder = spdy.Encoder(SPDY3_1)
        for step in self.steps:
            if isinstance(step, str):
                yield step
            else:
                wire = step if isinstance(step, bytes) else step(encoder) if callable(step) else encoder.encode(step)
                yield f"input {wire.hex()}"

    def netty_answer(self):
        return self.answer if self.netty is None else self.netty


def rst(stream, status):
    return f"RST_STREAM stream={stream} status={status}"


def goaway(last_good, status="PROTOCOL_ERROR"):
    return [f"GOAWAY last_good={last_good} status={status}", CLOSED]


def syn(stream, fin=False, **fields):
    return SynStream(stream, [(b"streamtype", b"data")], fin=fin, **fields)


def reply(stream, fin=False):
    return SynReply(stream, [(b"a", b"b")], fin=fin)


def late(stream, fin=False):
    return Headers(stream, [(b"late", b"yes")], fin=fin)


def plain_block(plain, stream=1, kind=SYN_STREAM):
    """A frame whose block inflates to just these bytes."""
    def build(encoder):
        fixed = struct.pack(">IIH", stream, 0, 0) if kind == SYN_STREAM else struct.pack(">I", stream)
        return control(SPDY3_1, kind, fixed + encoder.blocks.deflate(plain))
    return build


def pairs(*pairs):
    return spdy.encode_pairs(SPDY3_1, pairs)


def raw_block(block, stream=1):
    return control(SPDY3_1, SYN_STREAM, struct.pack(">IIH", stream, 0, 0) + block)


def foreign(wire, kind, stream):
    """A frame of another version; its block is deflated in step with the others."""
    def build(encoder):
        fixed = struct.pack(">IIH", stream, 0, 0) if kind == SYN_STREAM else struct.pack(">I", stream)
        return control(SPDY3_1, kind, fixed + encoder.blocks.deflate(pairs(("a", "b"))), wire=wire)
    return build


def without_dictionary():
    deflate = zlib.compressobj()
    return deflate.compress(pairs(("a", "b"))) + deflate.flush(zlib.Z_SYNC_FLUSH)


CASES = [
    # ---- stream-IDs
    Case("SYN_STREAM with a lower ID", "S3-012", "server", [syn(5), syn(3)], goaway(5)),
    Case("SYN_STREAM with the same ID", "S3-013", "server", [syn(5), syn(5)], [rst(5, "PROTOCOL_ERROR")]),
    Case("SYN_STREAM with a lower ID that is live", "S3-A20", "server", [syn(1), syn(3), syn(1)],
         [rst(1, "PROTOCOL_ERROR")]),
    Case("SYN_STREAM with the highest ID, which is closed", "S3-A20", "server",
         [syn(5, fin=True), "reply 5 fin", syn(5)], [rst(5, "PROTOCOL_ERROR")],
         netty=goaway(5), why="no difference is made between this ID and lower ones"),
    Case("SYN_STREAM with the parity of the receiver", "S3-A21", "server", [syn(2)], goaway(0),
         netty=[rst(2, "PROTOCOL_ERROR")], why="the text names no reaction"),
    Case("SYN_STREAM with an odd ID of a server", "S3-A21", "client", [syn(1)], goaway(0),
         netty=[rst(1, "PROTOCOL_ERROR")], why="the text names no reaction"),
    Case("SYN_STREAM with ID 0", "S3-A21", "server", [syn(0)], goaway(0)),
    Case("SYN_STREAM with UNIDIRECTIONAL of a client", "S3-A13", "server", [syn(1, unidirectional=True)], []),
    Case("a stream that is over with its SYN_STREAM, then DATA", "S3-032", "server",
         [syn(1, fin=True, unidirectional=True), Data(1, b"x")], [rst(1, "PROTOCOL_ERROR")]),
    Case("SYN_STREAM of a server with no association", "S3-A04", "client", [syn(2)], []),
    Case("more streams than SETTINGS 4 allows", "S3-A18", "server", ["settings 4 2", syn(1), syn(3), syn(5)],
         [rst(5, "REFUSED_STREAM")]),

    # ---- DATA
    Case("DATA on a stream that was never opened", "S3-033", "server", [Data(99, b"x")], [rst(99, "INVALID_STREAM")]),
    Case("DATA twice on a stream that was never opened", "S3-A27", "server", [Data(99, b"x"), Data(99, b"x")],
         [rst(99, "INVALID_STREAM")],
         netty=[rst(99, "INVALID_STREAM")] * 2, why="the text allows to coalesce"),
    Case("DATA on a stream that was never opened, behind our GOAWAY", "S3-033", "server",
         [syn(1), "goaway", Data(99, b"x")], []),
    Case("DATA before the SYN_REPLY", "S3-034", "client", ["open 1", Data(1, b"x")], [rst(1, "PROTOCOL_ERROR")]),
    Case("DATA before our own SYN_REPLY", "S3-015", "server", [syn(1), Data(1, b"x")], []),
    Case("DATA behind FIN", "S3-031", "server", [syn(1, fin=True), Data(1, b"x")], [rst(1, "STREAM_ALREADY_CLOSED")]),
    Case("DATA on a stream that ended by FIN both ways", "S3-032", "server",
         [syn(1, fin=True), "reply 1 fin", Data(1, b"x")], [rst(1, "PROTOCOL_ERROR")]),
    Case("DATA behind the peer's RST_STREAM", "S3-A02", "server", [syn(1), RstStream(1, 5), Data(1, b"x")], [],
         netty=[rst(1, "PROTOCOL_ERROR")], why="the text asks for it on a closed stream; this was perhaps on its way"),
    Case("DATA behind our RST_STREAM", "S3-A02", "server", [syn(1), "reset 1 5", Data(1, b"x")], [],
         netty=[rst(1, "PROTOCOL_ERROR")], why="the text allows to coalesce"),
    Case("DATA on stream 0", "S3-A17", "server", [syn(1), Data(0, b"x")], goaway(1)),
    Case("DATA with flag 0x02", "S3-A12", "server", [syn(1), bytes.fromhex("00000001 02000001 78")],
         [rst(1, "PROTOCOL_ERROR")],
         netty=[], why="an abandoned flag; the text does not name it"),
    Case("DATA from the receiver of a unidirectional stream", "S3-031", "client",
         ["open 1 uni", Data(1, b"x")], [rst(1, "STREAM_ALREADY_CLOSED")]),
    Case("empty DATA with FIN, then again", "S3-031", "server", [syn(1), Data(1, fin=True), Data(1, fin=True)],
         [rst(1, "STREAM_ALREADY_CLOSED")]),

    # ---- SYN_REPLY and HEADERS
    Case("a second SYN_REPLY", "S3-020", "client", ["open 1", reply(1), reply(1)], [rst(1, "STREAM_IN_USE")]),
    Case("SYN_REPLY behind FIN", "S3-031", "client", ["open 1", reply(1, fin=True), reply(1)],
         [rst(1, "STREAM_ALREADY_CLOSED")],
         netty=[rst(1, "INVALID_STREAM")], why="the meaning of code 9 fits better"),
    Case("SYN_REPLY on a stream that was never opened", "S3-A14", "client", [reply(1)], [rst(1, "INVALID_STREAM")]),
    Case("SYN_REPLY on the peer's own stream", "S3-A14", "server", [syn(1), reply(1)], [rst(1, "INVALID_STREAM")]),
    Case("SYN_REPLY on stream 0", "S3-A21", "client", ["open 1", reply(0)], goaway(0)),
    Case("SYN_REPLY on a stream that is closed", "S3-020", "client",
         ["open 1 fin", reply(1, fin=True), reply(1)], [],
         netty=[rst(1, "INVALID_STREAM")], why="the text names no reaction"),
    Case("HEADERS on a stream that was never opened", "S3-060", "server", [late(1)], [rst(1, "INVALID_STREAM")]),
    Case("HEADERS on a stream that was never opened, behind our GOAWAY", "S3-060", "server",
         [syn(1), "goaway", late(99)], [],
         netty=[rst(99, "INVALID_STREAM")], why="the text says it of DATA only"),
    Case("HEADERS behind FIN", "S3-036", "server", [syn(1, fin=True), late(1)], [rst(1, "STREAM_ALREADY_CLOSED")],
         netty=[rst(1, "INVALID_STREAM")], why="the text names no code"),
    Case("HEADERS on a stream that is closed", "S3-060", "server", [syn(1, fin=True), "reply 1 fin", late(1)], [],
         netty=[rst(1, "INVALID_STREAM")], why="the text names no reaction"),
    Case("HEADERS on stream 0", "S3-A21", "server", [syn(1), late(0)], goaway(1)),
    Case("HEADERS before the SYN_REPLY", "S3-060", "client", ["open 1", late(1)], []),
    Case("HEADERS with FIN", "S3-036", "server", [syn(1), late(1, fin=True), Data(1, b"x")],
         [rst(1, "STREAM_ALREADY_CLOSED")]),

    # ---- header blocks
    Case("a name of length 0", "S3-067", "server", [plain_block(pairs(("", "b"))), syn(3), Ping(1)],
         [rst(1, "PROTOCOL_ERROR"), "PING id=1"]),
    Case("a value that begins with NUL", "S3-069", "server", [plain_block(pairs(("a", "\0b"))), Ping(1)],
         [rst(1, "PROTOCOL_ERROR"), "PING id=1"]),
    Case("a value that ends with NUL", "S3-069", "server", [plain_block(pairs(("a", "b\0"))), Ping(1)],
         [rst(1, "PROTOCOL_ERROR"), "PING id=1"]),
    Case("a value with NUL NUL", "S3-069", "server", [plain_block(pairs(("a", "b\0\0c"))), Ping(1)],
         [rst(1, "PROTOCOL_ERROR"), "PING id=1"]),
    Case("an empty value", "S3-068", "server", [plain_block(pairs(("a", ""))), Ping(1)], ["PING id=1"]),
    Case("a name that stands twice", "S3-A12", "server", [plain_block(pairs(("a", "b"), ("a", "c"))), Ping(1)],
         [rst(1, "PROTOCOL_ERROR"), "PING id=1"]),
    Case("a name in upper case", "S3-A12", "server", [plain_block(pairs(("A", "b"))), Ping(1)],
         [rst(1, "PROTOCOL_ERROR"), "PING id=1"]),
    Case("a control character in a value", "S3-A12", "server", [plain_block(pairs(("a", "b\nc"))), Ping(1)],
         [rst(1, "PROTOCOL_ERROR"), "PING id=1"],
         netty=["PING id=1"], why="the text forbids NUL only"),
    Case("bytes behind the last pair", "S3-A11", "server", [plain_block(pairs(("a", "b")) + b"more"), Ping(1)],
         [rst(1, "PROTOCOL_ERROR"), "PING id=1"]),
    Case("fewer pairs than the count says", "S3-A11", "server",
         [plain_block(struct.pack(">I", 2) + pairs(("a", "b"))[4:]), Ping(1)], [rst(1, "PROTOCOL_ERROR"), "PING id=1"]),
    Case("a length that runs past the end", "S3-A11", "server", [plain_block(struct.pack(">II", 1, 1 << 30)), Ping(1)],
         [rst(1, "PROTOCOL_ERROR"), "PING id=1"]),
    Case("a malformed block in HEADERS", "S3-038", "server",
         [syn(1), plain_block(pairs(("", "b")), 1, HEADERS), syn(3), Ping(1)], [rst(1, "PROTOCOL_ERROR"), "PING id=1"]),
    Case("a block of zero pairs", "S3-065", "server", [plain_block(pairs()), Ping(1)], ["PING id=1"]),
    Case("a block of zero bytes", "S3-A30", "server", [raw_block(b""), syn(3), Ping(1)], ["PING id=1"],
         netty=[rst(1, "PROTOCOL_ERROR"), "PING id=1"], why="Netty itself sends such blocks"),
    Case("a block that does not inflate", "S3-070", "server", [raw_block(bytes(20))], goaway(0)),
    Case("a block without the dictionary", "S3-070", "server", [raw_block(without_dictionary())], goaway(0),
         netty=[], why="the text demands the dictionary and names no reaction"),
    Case("a block that breaks off", "S3-070", "server", [syn(1), raw_block(b"\x62", 3)], goaway(1),
         netty=[rst(3, "PROTOCOL_ERROR")], why="whether the flush is complete is not looked at"),
    Case("a header list of 70,000 bytes", "S3-A28", "server",
         [SynStream(1, [(b"a", b"b" * 70_000)]), syn(3), Ping(1)], [rst(1, "FRAME_TOO_LARGE"), "PING id=1"],
         netty=["PING id=1"], why="the list is cut and marked as truncated"),
    Case("a SYN_STREAM of 8192 bytes", "S3-002", "server",
         [control(SPDY3_1, SYN_STREAM, struct.pack(">IIH", 1, 0, 0)
                  + spdy.Encoder(SPDY3_1, level=0).blocks.deflate(pairs(("a", "b" * 8148)))), Ping(1)], ["PING id=1"]),
    Case("a SYN_STREAM longer than the limit", "S3-A28", "server",
         [syn(1), control(SPDY3_1, SYN_STREAM, length=1 << 17)], goaway(1),
         netty=[], why="what does not fit is skipped while it arrives"),

    # ---- flow control
    Case("WINDOW_UPDATE that lifts a stream above the maximum", "S3-085", "server", [syn(1), WindowUpdate(1, MAX)],
         [rst(1, "FLOW_CONTROL_ERROR")]),
    Case("WINDOW_UPDATE that lifts a stream to the maximum", "S3-085", "server",
         [syn(1), WindowUpdate(1, MAX - 65536)], []),
    Case("WINDOW_UPDATE that lifts the session above the maximum", "S31-008", "server",
         [syn(1), WindowUpdate(0, MAX)], goaway(1)),
    Case("WINDOW_UPDATE that lifts the session to the maximum", "S31-008", "server",
         [syn(1), WindowUpdate(0, MAX - 65536)], []),
    Case("WINDOW_UPDATE of 0 on a stream", "S3-A06", "server", [syn(1), WindowUpdate(1, 0)],
         [rst(1, "PROTOCOL_ERROR")],
         netty=goaway(1), why="the text names no reaction"),
    Case("WINDOW_UPDATE of 0 on the session", "S3-A06", "server", [syn(1), WindowUpdate(0, 0)], goaway(1)),
    Case("WINDOW_UPDATE on a stream that was never opened", "S3-089", "server", [WindowUpdate(9, 1)], []),
    Case("WINDOW_UPDATE on a stream that is closed", "S3-089", "server",
         [syn(1, fin=True), "reply 1 fin", WindowUpdate(1, MAX)], []),
    Case("WINDOW_UPDATE behind our FIN", "S3-089", "server", [syn(1), "reply 1 fin", WindowUpdate(1, MAX)], []),
    Case("more DATA than the session window", "S31-A02", "server", [syn(1), Data(1, bytes(65537))], goaway(1)),
    Case("SETTINGS 7 above the maximum", "S3-A07", "server", [syn(1), Settings([(7, 1 << 31, 0)])], goaway(1),
         netty=[], why="the text names no reaction"),
    Case("SETTINGS 7 that lifts a stream above the maximum", "S3-A23", "server",
         [syn(1), WindowUpdate(1, MAX - 65536), Settings([(7, 65537, 0)]), WindowUpdate(1, 1)],
         [rst(1, "FLOW_CONTROL_ERROR")],
         netty=[], why="the text names no reaction"),
    Case("DATA that waits for a window lowered below zero", "S3-087", "server",
         [syn(1), "reply 1", "data 1 65536", Settings([(7, 1000, 0)]), "data 1 500 fin", WindowUpdate(1, 64536),
          WindowUpdate(0, 65536), WindowUpdate(1, 1), WindowUpdate(1, 499)],
         ["DATA stream=1 length=1", "DATA stream=1 fin length=499"]),

    # ---- the other control frames
    Case("RST_STREAM of status 0", "S3-A26", "server", [syn(1), RstStream(1, 0), Ping(1)], ["PING id=1"],
         netty=goaway(1), why="the text calls it invalid and names no reaction"),
    Case("RST_STREAM of an unknown status", "S3-A26", "server", [syn(1), RstStream(1, 77), Data(1, b"x"), Ping(1)],
         ["PING id=1"],
         netty=[rst(1, "PROTOCOL_ERROR"), "PING id=1"], why="as behind any RST_STREAM of the peer"),
    Case("RST_STREAM on a stream that was never opened", "S3-027", "server", [RstStream(99, 1), Ping(1)],
         ["PING id=1"]),
    Case("RST_STREAM on stream 0", "S3-A21", "server", [RstStream(0, 1), Ping(1)], ["PING id=1"],
         netty=goaway(0), why="the text names no reaction"),
    Case("PING of the peer", "S3-052", "server", [Ping(1), Ping(3), Ping(1)], ["PING id=1", "PING id=3", "PING id=1"]),
    Case("PING of our parity that we did not send", "S3-051", "server", [Ping(2)], []),
    Case("PING 0 of a client", "S3-A15", "server", [Ping(0)], []),
    Case("SYN_STREAM behind our GOAWAY", "S3-056", "server", [syn(1), "goaway", syn(3), Data(3, b"x"), Ping(1)],
         ["PING id=1"],
         netty=[rst(3, "REFUSED_STREAM"), "PING id=1"], why="the text says ignored"),
    Case("GOAWAY twice", "S3-A15", "client", ["open 1", GoAway(1), GoAway(1), Ping(2)], ["PING id=2"]),
    Case("an unknown type", "S3-A01", "server", [control(SPDY3_1, 99, b"whatever"), Ping(1)], ["PING id=1"]),
    Case("CREDENTIAL, which 3.1 does not have", "S31-014", "server", [control(SPDY3_1, 10, bytes(10)), Ping(1)],
         ["PING id=1"]),
    Case("SYN_STREAM of version 2", "S3-A01", "server", [foreign(2, SYN_STREAM, 1)],
         [rst(1, "UNSUPPORTED_VERSION"), *goaway(1)],
         netty=goaway(0), why="the rule was dropped from the text; the code was not"),
    Case("SYN_REPLY of version 2", "S3-A01", "client", ["open 1", foreign(2, SYN_REPLY, 1)], goaway(0)),
    Case("PING of version 2", "S3-A01", "server", [control(SPDY3_1, PING, bytes(3) + b"\1", wire=2), Ping(3)],
         ["PING id=3"],
         netty=goaway(0), why="the rule was dropped from the text"),
    Case("a setting with an unknown ID", "S3-048", "server", [Settings([(200, 1, 0)]), Ping(1)], ["PING id=1"]),
    Case("SETTINGS with the same ID twice", "S3-041", "server",
         [syn(1), Settings([(7, 10, 0), (7, 20, 0)]), "reply 1", "data 1 15 fin", WindowUpdate(1, 5)],
         ["DATA stream=1 fin length=5"],
         netty=[], why="the last value counts there, so that all was sent before"),

    # ---- wrong lengths
    *(Case(f"{name} of length {length}", "S3-A16", role,
           [*first, control(SPDY3_1, kind, struct.pack(">IIIII", stream, 1, 0, 0, 0)[:length])],
           goaway(1 if role == "server" else 0))
      for name, kind, length, stream, role, first in [
          ("SYN_STREAM", SYN_STREAM, 9, 3, "server", [syn(1)]),
          ("SYN_REPLY", SYN_REPLY, 3, 1, "client", ["open 1"]),
          ("RST_STREAM", RST_STREAM, 4, 1, "server", [syn(1)]),
          ("RST_STREAM", RST_STREAM, 12, 1, "server", [syn(1)]),
          ("SETTINGS", SETTINGS, 3, 0, "server", [syn(1)]),
          ("SETTINGS of 1 entry", SETTINGS, 8, 1, "server", [syn(1)]),
          ("PING", PING, 3, 1, "server", [syn(1)]),
          ("PING", PING, 8, 1, "server", [syn(1)]),
          ("GOAWAY", GOAWAY, 4, 0, "server", [syn(1)]),
          ("HEADERS", HEADERS, 3, 1, "server", [syn(1)]),
          ("WINDOW_UPDATE", WINDOW_UPDATE, 4, 1, "server", [syn(1)]),
          ("WINDOW_UPDATE", WINDOW_UPDATE, 12, 1, "server", [syn(1)]),
      ]),
]

assert len({case.name for case in CASES}) == len(CASES)
