"""Random sessions of our end with that of another implementation, in both roles, against a reference model.

    tests/interop/run npm go
    SPDY_SESSIONS=10000 tests/interop/run npm go
    SPDY_SEED=3.1:25 tests/interop/run npm

sessions/script.py draws them and says what either end must see, sessions/peers.py what is special about the peers; sessions/README.txt says how an end is told and what
it reports. SPDY_SESSIONS says how many there are in each version (200), and SPDY_FIRST the seed of the first (0); ours
is the client where the seed is even. A session that fails prints its SPDY_SEED, with which that one alone is played,
and all of it is shown.

    test_sessions.py npm|go|ours [VERSION...]

SPDY_SESSION_PEER names the program of our end, SPDY_GO_PEER that of Go's, SPDY_NODE_MODULES where npm's library is.
With `ours` our end is its own peer.
"""

import sys

sys.dont_write_bytecode = True

import json
import os
import subprocess
import tempfile
import time
from pathlib import Path

HERE = Path(__file__).resolve().parent
sys.path.insert(0, str(HERE / "sessions"))

from peers import NAMES, PEERS
from script import CLIENT, NOISE, OTHER, SERVER, Session, sha1

VERSIONS = {"npm": ["2", "3", "3.1"], "go": ["3.1"], "ours": ["2", "3", "3.1"]}

# Sessions of one pair of processes, and how long these may take.
BATCH = 200
DEADLINE = 300


def program(kind):
    """The command of an end and its environment."""
    if kind.name == "npm":
        return ["node", HERE / "sessions/peer.js"], {"NODE_PATH": os.environ["SPDY_NODE_MODULES"]}
    if kind.name == "go":
        return [os.environ["SPDY_GO_PEER"], "sessions"], {}
    return [os.environ["SPDY_SESSION_PEER"]], {}


# ---- what must be seen


def tape_of(session, stream, sender):
    """What `sender` sends on a stream, in the words of the end that receives it."""
    kinds, version = session.kinds, session.version
    sent_by, seen_by = kinds[sender], kinds[OTHER[sender]]
    for token in stream.tapes[sender]:
        if token[0] == "data":
            yield {"saw": "data", "len": token[1]}
        elif token[0] == "fin":
            yield {"saw": "fin"}
        elif token[0] == "open":
            opening = stream.items[0].op
            level = seen_by.level_received(version, sent_by.level_sent(version, opening["level"]))
            # npm takes every push as one way, also where it is not said.
            says_one_way = stream.one_way and (sent_by.says_one_way or seen_by.name == "npm")
            yield {"saw": "open", "headers": seen_by.headers_received(version, token[1]), "level": level,
                   "parent": stream.parent.number if stream.parent else None, "one_way": says_one_way}
        else:
            yield {"saw": token[0], "headers": seen_by.headers_received(version, token[1])}


def joined(tokens):
    """Pieces of data in a row are one."""
    result = []
    for token in tokens:
        if token["saw"] == "data" and result and result[-1]["saw"] == "data":
            result[-1]["len"] += token["len"]
        else:
            result.append(dict(token))
    return result


def beginning(tape, saw):
    """How far `saw` goes on a tape, in bytes and other frames; None if it is not a beginning of it."""
    reach = 0
    for at, token in enumerate(saw):
        if at >= len(tape):
            return None
        is_last = at == len(saw) - 1
        if token != tape[at]:
            is_part = token["saw"] == tape[at]["saw"] == "data" and is_last and token["len"] < tape[at]["len"]
            if not is_part:
                return None
        reach += token["len"] if token["saw"] == "data" else 1
    return reach


def judge_stream(session, stream, end, reports):
    """What is wrong with what one end saw of a stream."""
    mine = reports[end]["streams"].get(str(stream.number))
    theirs = reports[OTHER[end]]["streams"].get(str(stream.number)) or {}
    if mine is None:
        if not stream.is_abandoned:
            yield "never seen"
        return
    sender = OTHER[end]
    tape = joined(tape_of(session, stream, sender))
    saw = mine["saw"]
    reset = saw[-1] if saw and saw[-1]["saw"] == "reset" else None
    frames = joined(saw[:-1] if reset else saw)
    reach = beginning(tape, frames)
    if reach is None:
        yield f"saw {frames}, which is no beginning of {tape}"
        return
    bytes_seen = sum(it["len"] for it in frames if it["saw"] == "data")
    is_whole = frames == tape
    was_reset = stream.reset is not None
    resetter = stream.reset.end if was_reset else None
    if not was_reset:
        if reset:
            yield f"reset with status {reset['status']}"
        if not is_whole:
            yield f"saw {frames}, and not all of {tape}"
    else:
        if reach < stream.known[sender]:
            yield f"saw {reach} bytes and frames, after {stream.known[sender]} were known to have arrived"
        if resetter == sender and theirs.get("reset"):
            nothing_comes = stream.one_way and end == stream.opener
            is_over = mine["finished"] and is_whole and (nothing_comes or frames[-1:] == [{"saw": "fin"}])
            if not reset and not is_over:
                yield "no reset was seen"
        elif resetter == sender and not is_whole:
            yield f"saw {frames}, and not all of {tape}"
        if reset and resetter == end:
            # npm answers a RST_STREAM with another; ours has forgotten the stream by then.
            yield f"reset with status {reset['status']} by the end that did not mean to"
        elif reset and reset["status"] != stream.reset.op["status"]:
            yield f"reset with status {reset['status']}, and not {stream.reset.op['status']}"
    # What the program was given is what the frames had; behind a reset the library may drop the rest.
    given = mine["bytes"]
    if given != bytes_seen and not (was_reset and given < bytes_seen):
        yield f"{given} bytes were given to the program, and {bytes_seen} received"
    offset = stream.offsets.get(sender, 0)
    if mine["sha1"] != sha1(NOISE[offset:offset + given]):
        yield f"the {given} bytes are other ones"


def judge_session(session, end, report):
    sender = OTHER[end]
    if report["pongs"] < session.pings[end]:
        yield f"{report['pongs']} of {session.pings[end]} PINGs were answered"
    told = OTHER[session.closer] == sender
    if report["pings"] != session.pings[sender] + told:
        yield f"{report['pings']} PINGs were seen, and {session.pings[sender] + told} sent"
    known = {it.number for it in session.streams}
    for number in report["streams"]:
        if int(number) not in known:
            yield f"stream {number} was never opened"
    sent = (session.early_goaway == sender) + (session.closer == sender)
    if session.early_goaway == sender and session.kinds[sender].name == "ours":
        sent = 1  # it sends one
    if session.closer == sender or session.early_goaway == sender:
        if len(report["goaway"]) not in {sent, max(1, sent - 1)}:
            yield f"{len(report['goaway'])} GOAWAYs, and {sent} sent"
    elif report["goaway"]:
        yield "a GOAWAY that nobody sent"
    # Refused and abandoned streams may count or not.
    def highest(opener, is_sure):
        opened = (it for it in session.streams if it.opener == opener and not (is_sure and it.reset))
        return max((it.number for it in opened), default=0)

    bounds = [session.kinds[sender].last_good(highest(end, sure), highest(sender, sure)) for sure in (True, False)]
    for last, status in report["goaway"]:
        if last is None:
            continue
        if not bounds[0] <= last <= bounds[1]:
            yield f"GOAWAY with the last good stream {last}, not in {bounds}"
        if status not in ([None, 0] if session.version == "2" else [0]):
            yield f"GOAWAY with status {status}"


def judge(session, reports):
    """All that is wrong."""
    faults = []
    for end in (CLIENT, SERVER):
        report = reports[end]
        who = f"{end} ({session.kinds[end].name})"
        if report is None:
            faults.append(f"{who}: no report")
        elif report["fault"]:
            faults.append(f"{who}: {report['fault']}")
    if faults:
        return faults
    for end in (CLIENT, SERVER):
        who = f"{end} ({session.kinds[end].name})"
        faults += [f"{who}: {it}" for it in judge_session(session, end, reports[end])]
        for stream in session.streams:
            faults += [f"{who}: stream {stream.number}: {it}" for it in judge_stream(session, stream, end, reports)]
    return faults


# ---- playing


def play(sessions, directory):
    """The reports of both ends, for each session; all have the same role of ours."""
    version, kinds = sessions[0].version, sessions[0].kinds
    scripts, noise = Path(directory, "scripts"), Path(directory, "noise")
    scripts.write_text("".join(json.dumps(it.script()) + "\n" for it in sessions))
    noise.write_bytes(NOISE)
    reports = [{CLIENT: None, SERVER: None} for _ in sessions]
    processes, notes = {}, []
    outputs = {end: Path(directory, end) for end in OTHER}

    def start(end, *address):
        command, env = program(kinds[end])
        command = [str(it) for it in [*command, end, version, scripts, noise, *address]]
        with outputs[end].open("wb") as out, Path(directory, end + ".err").open("wb") as err:
            processes[end] = subprocess.Popen(command, env={**os.environ, **env}, stdin=subprocess.DEVNULL,
                                              stdout=out, stderr=err)

    deadline = time.monotonic() + DEADLINE
    start(SERVER)
    while b"\n" not in outputs[SERVER].read_bytes():
        if processes[SERVER].poll() is not None or time.monotonic() > deadline:
            sys.exit(f"the server does not listen: {Path(directory, SERVER + '.err').read_text()}")
        time.sleep(0.01)
    start(CLIENT, outputs[SERVER].read_text().split("\n")[0].split()[-1])
    for end in (CLIENT, SERVER):
        try:
            processes[end].wait(max(1, deadline - time.monotonic()))
        except subprocess.TimeoutExpired:
            notes.append(f"{end} ({kinds[end].name}) did not end")
            processes[end].kill()
            processes[end].wait()
        errors = Path(directory, end + ".err").read_text()
        if errors or processes[end].returncode:
            notes.append(f"{end} ({kinds[end].name}) ended with {processes[end].returncode}: {errors[-2000:]}")
        for line in outputs[end].read_text().split("\n"):
            if line.startswith("{"):
                report = json.loads(line)
                for stream in report["streams"].values():
                    for token in stream["saw"]:
                        if token["saw"] == "open":
                            token.setdefault("parent")
                reports[report["session"]][end] = report
    return reports, notes


def run(peer, version):
    """How many sessions failed; all of a batch if its programs did not end well."""
    only, _, alone = os.environ.get("SPDY_SEED", "").rpartition(":")
    if only not in ("", version):
        return 0
    first = int(alone or os.environ.get("SPDY_FIRST", 0))
    count = 1 if alone else int(os.environ.get("SPDY_SESSIONS", 200))
    failed = streams = pushes = resets = carried = 0
    started = time.monotonic()
    for start in range(first, first + count, BATCH):
        seeds = range(start, min(start + BATCH, first + count))
        for role in (CLIENT, SERVER):
            sessions = [it for it in (Session(peer, version, seed) for seed in seeds) if it.ours == role]
            if not sessions:
                continue
            with tempfile.TemporaryDirectory(prefix="spdy-sessions-") as directory:
                reports, notes = play(sessions, directory)
                if alone:
                    show(sessions[0], reports[0])
            for session, report in zip(sessions, reports):
                faults = judge(session, report)
                failed += bool(faults or notes)
                streams += len(session.streams)
                pushes += sum(it.parent is not None for it in session.streams)
                resets += sum(it.reset is not None for it in session.streams)
                carried += sum(it["bytes"] for end in report.values() if end for it in end["streams"].values())
                if faults:
                    print(f"SPDY_SEED={version}:{session.seed} tests/interop/run {peer.name}")
                    for fault in faults[:5]:
                        print(f"    {fault[:2000]}")
            for note in notes:
                print(f"    {note}")
    print(f"{peer.name} {version}: {count} sessions, {failed} failed; {streams} streams, {pushes} of them pushed and "
          f"{resets} reset; {carried} bytes of data; {time.monotonic() - started:.0f} s", flush=True)
    return failed


def show(session, report):
    for end in (CLIENT, SERVER):
        print(f"--- {end} ({session.kinds[end].name})")
        for at, op in enumerate(session.parts[end]):
            print(f"{at:4} {({name: value for name, value in op.items() if name != 'target'})}")
    for end in (CLIENT, SERVER):
        print(f"--- {end} saw")
        for name, value in (report[end] or {}).items():
            if name != "streams":
                print(f"{name}: {value}")
        for number, stream in ((report[end] or {}).get("streams") or {}).items():
            print(f"{number}: {stream}")
    print("---")


if __name__ == "__main__":
    if len(sys.argv) < 2 or sys.argv[1] not in PEERS or set(sys.argv[2:]) - set(NAMES):
        sys.exit(__doc__)
    peer = PEERS[sys.argv[1]]
    sys.exit(any([run(peer, version) for version in sys.argv[2:] or VERSIONS[peer.name]]))
