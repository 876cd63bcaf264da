"""Random sessions, as a list of operations for each end, and what the other end must see of them.

A session is drawn as one sequence of operations, in which each may wait for what came before it. Each end plays its
own part of it in that order: so nobody waits for ever, and whatever is not ordered by such a wait is a race. README.txt
says what the operations are.

The model is `Stream.tapes`: what an end sends on a stream, in order. The other end sees all of it; if one of the two
resets the stream it sees a beginning of it, no shorter than what the resetting end knew to have arrived.
"""

import hashlib
import random
import string
from dataclasses import dataclass, field

from peers import HOST, METHOD, NAMES, PATH, SCHEME, STATUS, VERSION, Go, Ours

CLIENT, SERVER = "client", "server"
OTHER = {CLIENT: SERVER, SERVER: CLIENT}

NOISE = random.Random(1).randbytes(1 << 20)

REFUSED, CANCEL = 3, 5
RESETS = [1, CANCEL, 6]  # PROTOCOL_ERROR, CANCEL, INTERNAL_ERROR: what every version has

UNLIMITED = 0x7FFFFFFF

STATUSES = ["200 OK", "204 No Content", "404 Not Found", "500 Internal Server Error"]


def sha1(data):
    return hashlib.sha1(data).hexdigest()


# ---- drawing


@dataclass(eq=False)
class Item:
    """An operation of an end, and what it waits for."""

    end: str
    stream: "Stream"
    op: dict
    waits: list = field(default_factory=list)   # (Item of the other end, what is waited for, how many)
    sees: tuple = None                          # what the other end waits for to know of this, if it can
    position: int = None                        # in the part of its end
    child: "Stream" = None                      # instead of an operation: the stream that is pushed here


@dataclass(eq=False)
class Stream:
    opener: str
    parent: "Stream" = None
    one_way: bool = False
    number: int = None
    items: list = field(default_factory=list)
    offsets: dict = field(default_factory=dict)
    reset: Item = None
    is_abandoned: bool = False
    tapes: dict = field(default_factory=lambda: {CLIENT: [], SERVER: []})
    known: dict = field(default_factory=dict)   # end: how much of its tape the other has seen at least


class Session:
    def __init__(self, peer, version, seed, ours=None):
        """`ours` is the end that is ours, by default the client for even seeds; the other is the peer's."""
        self.peer, self.version, self.seed = peer, version, seed
        self.ours = ours or (SERVER if seed % 2 else CLIENT)
        self.random = random.Random(f"{peer.name} {version} {seed}")
        self.kinds = {self.ours: Ours, OTHER[self.ours]: peer}
        self.streams = []
        self.parts = {CLIENT: [], SERVER: []}
        self.pings = {CLIENT: 0, SERVER: 0}
        self.early_goaway = None
        self.draw()

    # -- helpers

    def chance(self, probability):
        return self.random.random() < probability

    def able(self, capability):
        return all(getattr(kind, capability) for kind in self.kinds.values())

    def some_headers(self, end, names):
        headers = dict(names)
        for _ in range(self.random.choice([0, 0, 1, 2, 3, 12])):
            length = self.random.randint(1, 12)
            name = "x-" + "".join(self.random.choices(string.ascii_lowercase + string.digits + "-_", k=length))
            headers[name] = [self.some_value(end) for _ in range(self.random.choice([1, 1, 1, 2, 3]))]
        if self.chance(0.2):
            headers["cookie"] = [self.some_value(end) for _ in range(self.random.randint(1, 2))]
        if self.chance(0.1):
            headers["set-cookie"] = [self.some_value(end) for _ in range(self.random.randint(1, 2))]
        if self.version != "2" and self.chance(0.1):
            headers["x-empty"] = [""]
        return headers

    def some_value(self, end):
        length = self.random.choice([1, 5, 20, 20, 60, 300, 3000 if self.chance(0.2) else 10])
        alphabets = [string.ascii_letters + string.digits + " ;=/.%,", "ab", "0123456789abcdef"]
        alphabet = self.random.choice(alphabets + ["aéß€"] * self.kinds[end].unicode)
        # Blanks at either end are not of interest here.
        return "v" + "".join(self.random.choices(alphabet, k=length)) + "v"

    def request(self, end, fin):
        names = NAMES[self.version]
        return self.some_headers(end, {
            names[METHOD]: ["GET" if fin else self.random.choice(["POST", "PUT"])],
            names[PATH]: ["/" + "".join(self.random.choices(string.ascii_letters, k=self.random.randint(0, 30)))],
            names[SCHEME]: ["https"],
            names[HOST]: [self.random.choice(["example.com", "example.com:8443"])],
            names[VERSION]: ["HTTP/1.1"],
        })

    def response(self, end):
        names = NAMES[self.version]
        return self.some_headers(end, {names[STATUS]: [self.random.choice(STATUSES)], names[VERSION]: ["HTTP/1.1"]})

    def some_size(self):
        return self.random.randint(1, self.random.choice([1, 10, 100, 100, 2_000, 2_000, 20_000, 20_000, 100_000]))

    # -- one stream

    def draw_stream(self, opener, parent=None):
        stream = Stream(opener, parent, one_way=parent is not None and self.peer.one_way_pushes)
        answerer = OTHER[opener]
        is_push = parent is not None
        fin = not is_push and self.chance(0.3)
        headers = self.request(opener, fin or is_push)
        if is_push:
            headers[NAMES[self.version][STATUS]] = ["200"]
        level = self.random.randint(0, 7) if self.kinds[opener].priorities else 0
        opening = Item(opener, stream, {"op": "open", "headers": headers, "level": level, "fin": fin,
                                        "one_way": stream.one_way}, sees=("open", 0))
        stream.items = [opening]
        to_do = {opener: [] if fin else self.draw_body(stream, opener), answerer: []}
        if not stream.one_way:
            fin = self.able("fin_in_frames") and self.chance(0.1)
            op = {"op": "reply", "headers": self.response(answerer), "fin": fin}
            reply = Item(answerer, stream, op, sees=("reply", 0))
            to_do[answerer] = [reply] + ([] if fin else self.draw_body(stream, answerer))
        self.interleave(stream, to_do)
        return stream

    def draw_body(self, stream, end):
        """What an end sends behind its first frame; the last of it has FIN."""
        items = []
        offset = self.random.randint(0, len(NOISE) // 2)
        stream.offsets[end] = offset
        sent = headers = 0
        pieces = self.random.choice([0, 0, 1, 1, 2, 3, 8]) if self.chance(0.95) else 40
        for _ in range(pieces):
            if self.chance(0.1):
                headers += 1
                op = {"op": "headers", "headers": self.some_headers(end, {f"x-late-{headers}": ["here"]}), "fin": False}
                items.append(Item(end, stream, op, sees=("headers", headers)))
                continue
            size = min(self.some_size(), len(NOISE) // 2 - sent)
            if self.kinds[end].empty_data and self.chance(0.05):
                size = 0
            op = {"op": "data", "from": offset + sent, "len": size, "fin": False}
            sent += size
            items.append(Item(end, stream, op, sees=("bytes", sent) if size else None))
        last = items[-1].op if items else {}
        if items and self.chance(0.5) and (last["op"] == "data" or self.able("fin_in_frames")):
            last["fin"] = True
        else:
            items.append(Item(end, stream, {"op": "data", "from": offset + sent, "len": 0, "fin": True}))
        items[-1].sees = ("fin", 0)
        return items

    def interleave(self, stream, to_do):
        """Both directions in one sequence, with waits for what the other end did; half of the time one end finishes
        only when the other has."""
        to_do = {end: list(items) for end, items in to_do.items()}
        first = self.random.choice([None, None, CLIENT, SERVER])
        while any(to_do.values()):
            end = self.random.choice([end for end in to_do if to_do[end]])
            if first and end != first and len(to_do[end]) == 1 and to_do[first]:
                end = first
            item = to_do[end].pop(0)
            theirs = [it for it in stream.items if it.end != end and it.sees]
            is_reply = item.op["op"] == "reply"
            if theirs:
                if not any(it.end == end for it in stream.items):
                    item.waits.append(theirs[0])
                is_last_of_all = first and first != end and not to_do[end]
                if not (self.is_held_back(stream) and is_reply) and (self.chance(0.3) or is_last_of_all):
                    item.waits.append(theirs[-1])
            stream.items.append(item)

    def is_held_back(self, stream):
        """Whether what the opener sends waits for the reply, so that the reply cannot wait for it."""
        return not self.able("early_data") and self.kinds[stream.opener] is Ours

    def draw_reset(self, stream):
        """Cuts the stream short."""
        items = stream.items
        position = self.random.randint(1, len(items))
        end = self.random.choice([CLIENT, SERVER])
        before = items[:position]
        finished = {it: any(i.end == it and i.op.get("fin") for i in before) for it in OTHER}
        if stream.one_way:
            finished[OTHER[stream.opener]] = True
        if all(finished.values()) or (finished[end] and not self.kinds[end].resets_after_fin):
            return
        if any(it.child for it in items):
            return
        if stream.one_way and not self.kinds[end].forgets_no_push and any(it.op["op"] == "headers" for it in items):
            return
        opens = end == stream.opener
        has_replied = stream.one_way or any(it.op["op"] == "reply" for it in before)
        statuses = RESETS if self.kinds[end].any_status else [CANCEL]
        status = REFUSED if not opens and not has_replied and self.chance(0.6) else self.random.choice(statuses)
        reset = Item(end, stream, {"op": "reset", "status": status}, sees=("over", 0))
        theirs = [it for it in before if it.end != end and it.sees]
        if theirs and self.chance(0.6) and not (self.is_held_back(stream) and not opens and not has_replied):
            reset.waits.append(theirs[-1])
        if not opens and not any(it.end == end for it in before):
            reset.waits.append(theirs[0])
        # Nothing of the other end was waited for: it may never hear of the stream.
        stream.is_abandoned = opens and not any(it.waits for it in before + [reset] if it.end == end)
        late = [it for it in items[position:] if it.end != end] if self.chance(0.5) else []
        if stream.is_abandoned:
            before, late = [it for it in before if it.end == end], []
        stream.items = before + [reset] + late
        for it in stream.items:
            it.waits = [target for target in it.waits if target in stream.items]
        stream.reset = reset

    # -- all of them

    def draw(self):
        count = self.random.choice([1, 1, 2, 3, 3, 5, 8, 8, 12, 40])
        at_once = self.random.choice([1, 2, 4, 40])
        waiting = []
        for _ in range(count):
            stream = self.draw_stream(CLIENT)
            for _ in range(self.random.choice([0, 0, 0, 0, 1, 3])):
                self.draw_push(stream)
            if self.chance(0.2):
                self.draw_reset(stream)
            waiting.append(stream)
        active, order = [], []
        while waiting or active:
            if waiting and (not active or (len(active) < at_once and self.chance(0.5))):
                active.append((waiting[0], list(waiting.pop(0).items)))
            stream, items = self.random.choice(active)
            for _ in range(min(len(items), self.random.randint(1, 4))):
                item = items.pop(0)
                if item.child:
                    active.append((item.child, list(item.child.items)))
                    # It opens here, while its parent surely is open.
                    order.append(active[-1][1].pop(0))
                else:
                    order.append(item)
            active = [it for it in active if it[1]]
        self.place(order)

    def draw_push(self, parent):
        """A stream of the server's, opened between its reply and its last frame on the parent."""
        places = [at for at, it in enumerate(parent.items) if it.end == SERVER and it.op["op"] == "reply"]
        lasts = [at for at, it in enumerate(parent.items) if it.end == SERVER and it.op.get("fin")]
        if not lasts or not places or places[0] >= lasts[0]:
            return
        child = self.draw_stream(SERVER, parent)
        if self.chance(0.15):
            self.draw_reset(child)
        place = self.random.randint(places[0] + 1, lasts[0])
        parent.items.insert(place, Item(SERVER, parent, {"op": "push"}, child=child))

    def place(self, order):
        """Numbers the streams, adds what concerns the session, and gives each end its part."""
        numbers = {CLIENT: 1, SERVER: 2}
        for item in order:
            if item.op["op"] == "open":
                item.stream.number = numbers[item.end]
                numbers[item.end] += 2
                self.streams.append(item.stream)
        for _ in range(self.random.choice([0, 0, 1, 3, 10])):
            end = self.random.choice([CLIENT, SERVER])
            order.insert(self.random.randint(0, len(order)), Item(end, None, {"op": "ping"}))
        self.draw_early_goaway(order)
        for item in order:
            self.add(item)
        for stream in self.streams:
            self.record(stream)
        self.finish()

    def draw_early_goaway(self, order):
        """GOAWAY while streams are open, behind the last that is opened."""
        end = self.random.choice([CLIENT, SERVER])
        kind, other = self.kinds[end], self.kinds[OTHER[end]]
        able = kind.sends_goaway_early and other.late_streams_after_goaway
        if not able or self.chance(0.7) or any(it.is_abandoned for it in self.streams):
            return
        last = max(at for at, it in enumerate(order) if it.op["op"] == "open")
        opened = [it for it in order if it.op["op"] == "open" and it.end != end]
        go_away = Item(end, None, {"op": "goaway"}, waits=opened[-1:])
        order.insert(self.random.randint(last + 1, len(order)), go_away)
        self.early_goaway = end

    def add(self, item):
        part = self.parts[item.end]
        for target in item.waits:
            kind, count = target.sees
            part.append({"op": "wait", "for": kind, "stream": target.stream.number, "count": count, "target": target})
        op = dict(item.op)
        if item.stream:
            op["stream"] = item.stream.number
            if item.stream.parent:
                op["parent"] = item.stream.parent.number
        if op["op"] == "ping":
            self.pings[item.end] += 1
        item.position = len(part)
        part.append(op)
        if op["op"] == "ping" and self.chance(0.3):
            part.append({"op": "wait", "for": "pongs", "count": self.pings[item.end]})

    def finish(self):
        """One end says by a PING that it has seen everything, and the other then closes the session."""
        self.closer = self.random.choice([CLIENT, SERVER])
        for end in (CLIENT, SERVER):
            self.parts[end] += [{"op": "wait", "for": "all"}, {"op": "wait", "for": "pongs", "count": self.pings[end]}]
        told = OTHER[self.closer]
        self.parts[told] += [{"op": "goodbye"}, {"op": "leave"}]
        self.parts[self.closer] += [{"op": "wait", "for": "pings", "count": self.pings[told] + 1}, {"op": "close"}]

    # -- the model

    def record(self, stream):
        """The tapes of a stream, and how much of them is known to have been seen when it is reset."""
        for item in stream.items:
            if item.child or item is stream.reset:
                continue
            tape, op = stream.tapes[item.end], item.op
            if op["op"] == "data":
                if op["len"]:
                    tape.append(("data", op["len"]))
            else:
                tape.append((op["op"], op["headers"]))
            if op.get("fin"):
                tape.append(("fin",))
        stream.known = {CLIENT: 0, SERVER: 0}
        if not stream.reset:
            return
        end, other = stream.reset.end, OTHER[stream.reset.end]
        mine = self.parts[end][:stream.reset.position]
        # What the other end had done for sure: all up to what was waited for.
        done = max((op["target"].position for op in mine if "target" in op), default=-1)
        for who, part in ((end, self.parts[other][:done]), (other, mine)):
            for op in part:
                if "target" in op and op["target"].stream is stream and op["target"] is not stream.reset:
                    stream.known[who] = max(stream.known[who], self.reach(stream, op["target"]))

    @staticmethod
    def reach(stream, target):
        """How many bytes and other frames there are on the tape up to an operation."""
        reach = 0
        for item in stream.items:
            if item.end == target.end and not item.child and item is not stream.reset:
                op = item.op
                reach += op["len"] if op["op"] == "data" else 1
                reach += bool(op.get("fin"))
            if item is target:
                return reach
        raise AssertionError("the target is not on this stream")

    # -- for the programs

    def script(self):
        def plain(op):
            return {name: value for name, value in op.items() if name != "target"}

        options = {"version": self.version, "seed": self.seed, "compress": self.chance(0.5)}
        options.update(self.our_options())
        options["window"] = self.random.choice([65_536, 65_536, 1 << 20])  # of npm's end
        return {**options, **{end: [plain(op) for op in part] for end, part in self.parts.items()}}

    def our_options(self):
        """How our end is configured. What it receives of npm is held against wide windows only: a chunk of 8192 bytes
        leaves as soon as there is any window, so that credit has to come in larger pieces, and the session's window
        must not run out at all."""
        has_windows = self.version in ("3", "3.1")
        enforced = self.chance(0.5)
        sizes = [None, 65_536, 262_144] if enforced else [None, 10_000, 65_536, 262_144]
        return {
            "kubernetes": self.peer is Go,
            "max_data_frame": self.random.choice([100, 1_000, 16_384, 16_384, 100_000]),
            "manual_credit": self.chance(0.3),
            "credit_batch": 16_384 if enforced else self.random.choice([0, 4_096, 65_536]),
            "enforced": enforced,
            # Nobody gives anything back in /2, and npm waits for it.
            "initial_window": UNLIMITED if self.version == "2" else self.random.choice(sizes) if has_windows else None,
            "session_window": (1 << 28) if self.version == "3.1" and enforced else 0,
        }
