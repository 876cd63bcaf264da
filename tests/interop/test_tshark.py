"""What Wireshark's dissector and the example `inspect` see in the traffic of the examples.

    tests/interop/run tshark

Needs tshark, and SPDY_NODE_MODULES for the npm peer (test_npm.py). The recording of a connection becomes a pcap file
with Ethernet, IP and TCP around it; no frame may be malformed, and every frame must be the one that the independent
decoder of spdy2_3.py sees. The dissector knows /3 and /3.1 whole; of /2 it reads the frames as if they were of /3,
so that only their types and lengths can be compared.
"""

import sys

sys.dont_write_bytecode = True

import re
import struct
import subprocess
import tempfile
import unittest
import xml.etree.ElementTree as ElementTree
from pathlib import Path

import spdy2_3 as spdy
import test_npm
from relay import DEADLINE, Listening, Relay, example, frames_of

PORT = 6121
CLIENT, SERVER = (bytes([127, 0, 0, 1]), 40000), (bytes([127, 0, 0, 2]), PORT)
SEGMENT = 1400

# ---------------------------------------------------------------------------------------------------------------
# pcap


def checksum(data):
    data += b"\0" * (len(data) % 2)
    total = sum(struct.unpack(f">{len(data) // 2}H", data))
    total = (total >> 16) + (total & 0xFFFF)
    return ~(total + (total >> 16)) & 0xFFFF


def packet(source, target, sequence, acknowledged, flags, payload=b""):
    """Ethernet, IPv4 and TCP around a segment."""
    (source_ip, source_port), (target_ip, target_port) = source, target

    def tcp(sum):
        return struct.pack(">HHIIBBHHH", source_port, target_port, sequence & 0xFFFFFFFF, acknowledged & 0xFFFFFFFF,
                           5 << 4, flags, 65535, sum, 0) + payload

    def ip(sum):
        return struct.pack(">BBHHHBBH4s4s", 0x45, 0, 20 + len(tcp(0)), 0, 0x4000, 64, 6, sum, source_ip, target_ip)

    pseudo = source_ip + target_ip + struct.pack(">BBH", 0, 6, len(tcp(0)))
    return bytes(12) + b"\x08\x00" + ip(checksum(ip(0))) + tcp(checksum(pseudo + tcp(0)))


SYN, ACK, PSH, FIN = 0x02, 0x10, 0x08, 0x01


def pcap(log):
    """The file for a connection that was recorded as (side, bytes)."""
    ends = {"client": (CLIENT, SERVER), "server": (SERVER, CLIENT)}
    next_byte = {"client": 1001, "server": 5001}
    packets = [packet(CLIENT, SERVER, 1000, 0, SYN), packet(SERVER, CLIENT, 5000, 1001, SYN | ACK),
               packet(CLIENT, SERVER, 1001, 5001, ACK)]

    def add(side, flags, payload=b""):
        other = "server" if side == "client" else "client"
        packets.append(packet(*ends[side], next_byte[side], next_byte[other], flags, payload))
        next_byte[side] += len(payload) + (flags & FIN != 0)

    for side, piece in log:
        for at in range(0, len(piece), SEGMENT):
            add(side, ACK | PSH, piece[at:at + SEGMENT])
    add("client", FIN | ACK)
    add("server", FIN | ACK)
    add("client", ACK)
    file = struct.pack("<IHHiIII", 0xA1B2C3D4, 2, 4, 0, 0, 65535, 1)
    for number, data in enumerate(packets):
        file += struct.pack("<IIII", 1_600_000_000, number, len(data), len(data)) + data
    return file


# ---------------------------------------------------------------------------------------------------------------
# tshark


def dissect(log):
    """The frames of both sides as PDML elements, in order, and what tshark has against any packet."""
    with tempfile.NamedTemporaryFile(suffix=".pcap") as file:
        file.write(pcap(log))
        file.flush()
        command = ["tshark", "-r", file.name, "-d", f"tcp.port=={PORT},spdy", "-o", "tcp.check_checksum:TRUE",
                   "-o", "ip.check_checksum:TRUE", "-T", "pdml",
                   # It would put both directions of a stream into one body, and fails where they take turns.
                   "-o", "spdy.assemble_data_frames:FALSE"]
        run = subprocess.run(command, capture_output=True, timeout=DEADLINE)
    assert run.returncode == 0, run.stderr.decode()
    frames, complaints = {"client": [], "server": []}, []
    for number, packet in enumerate(ElementTree.fromstring(run.stdout).iter("packet"), 1):
        side = "client" if packet.find(".//field[@name='tcp.srcport']").get("show") == str(CLIENT[1]) else "server"
        frames[side] += packet.iterfind("proto[@name='spdy']")
        for element in packet.iter():
            name = element.get("name", "")
            severity = element.get("show") if name == "_ws.expert.severity" else "0"
            # Warnings and errors; SYN and FIN are worth a note to it.
            if name == "_ws.malformed" or int(severity) >= 6291456:
                complaints.append((number, name, element.get("showname")))
    return frames, complaints


def frame_of(element):
    """A frame of /3 or /3.1 from what the dissector shows of it."""
    def number(name, at=element):
        return int(at.find(f".//field[@name='spdy.{name}']").get("show"), 0)

    def string(name, at):
        # The length of 4 bytes stands in front.
        return bytes.fromhex(at.find(f"field[@name='spdy.{name}']").get("value"))[4:]

    flags = int(element.find("field[@name='spdy.flags']").get("show"), 0)
    fin = flags & 1 != 0
    if number("control_bit") == 0:
        data = bytes.fromhex(element.find("field[@name='spdy.data']").get("value", ""))
        assert len(data) == number("length"), element.get("showname")
        return spdy.Data(number("streamid"), data, fin)
    kind = number("type")
    headers = [(string("header.name", it), string("header.value", it))
               for it in element.iterfind("field[@name='spdy.header']")]
    if kind == spdy.SYN_STREAM:
        return spdy.SynStream(number("streamid"), headers, number("associated.streamid"), number("priority"), fin,
                              flags & 2 != 0, number("slot"))
    if kind in (spdy.SYN_REPLY, spdy.HEADERS):
        return (spdy.SynReply if kind == spdy.SYN_REPLY else spdy.Headers)(number("streamid"), headers, fin)
    if kind == spdy.RST_STREAM:
        return spdy.RstStream(number("streamid"), number("rst_stream_status"))
    if kind == spdy.SETTINGS:
        entries = [(number("setting.id", it), number("setting.value", it), number("flags", it))
                   for it in element.iterfind("field[@name='spdy.setting']")]
        return spdy.Settings(entries, flags & 1 != 0)
    if kind == spdy.PING:
        return spdy.Ping(number("ping_id"))
    if kind == spdy.GOAWAY:
        return spdy.GoAway(number("goaway_last_good_stream_id"), number("goaway_status"))
    assert kind == spdy.WINDOW_UPDATE, element.get("showname")
    return spdy.WindowUpdate(number("streamid"), number("window_update_delta"))


def head_of(element):
    """What the dissector reads of any version: (type or None for DATA, flags, length)."""
    def number(name):
        return int(element.find(f"field[@name='spdy.{name}']").get("show"), 0)

    return number("type") if number("control_bit") else None, number("flags"), number("length")


def heads(wire):
    at = 0
    while at < len(wire):
        first, second = struct.unpack_from(">II", wire, at)
        yield first & 0xFFFF if first >> 31 else None, second >> 24, second & 0xFFFFFF
        at += 8 + (second & 0xFFFFFF)


def inspected(version, log):
    """What `inspect` makes of the same pcap file, as lines of each side."""
    with tempfile.NamedTemporaryFile(suffix=".pcap") as file:
        file.write(pcap(log))
        file.flush()
        command = [example("SPDY_INSPECT", "inspect"), "--version", version.name, file.name]
        run = subprocess.run(command, capture_output=True, timeout=DEADLINE, text=True)
    assert (run.returncode, run.stderr) == (0, ""), run.stderr
    lines = {"client": [], "server": []}
    for line in run.stdout.splitlines()[1:]:
        _, side, text = re.fullmatch(r" *([0-9.]+) ms  (?:<-- )?(client|server)(?: -->)?  (.*)", line).groups()
        lines[side].append(re.sub(r"  \((headers|window) [^)]*\)$", "", text))
    return lines


class Dissection(unittest.TestCase):
    def compare(self, version, log):
        """tshark and `inspect` see in the recording what the independent decoder sees."""
        version = spdy.VERSIONS[version]
        for side, lines in inspected(version, log).items():
            wire = b"".join(piece for who, piece in log if who == side)
            self.assertEqual(lines, [line for _, line in spdy.transcript(version, wire)[0]])
        frames, complaints = dissect(log)
        self.assertEqual(complaints, [])
        for side, elements in frames.items():
            wire = b"".join(piece for who, piece in log if who == side)
            self.assertEqual([head_of(it) for it in elements], list(heads(wire)))
            if version.wire == 3:
                self.assertEqual([frame_of(it) for it in elements], frames_of(version, wire))

    @classmethod
    def setUpClass(cls):
        cls.root = test_npm.make_root()
        cls.addClassCleanup(cls.root.cleanup)


class NpmWithItself(Dissection):
    """Shows that the pcap files and the comparison are sound."""

    def test_every_kind_of_exchange(self):
        for version in spdy.VERSIONS:
            for options in ((), ("--compress",)):
                server = test_npm.npm_server(version, self.root, *options)
                for scenario in (("get", "/hello.txt", "/one", "/empty", "/missing"), ("echo", 3000, 5, 700),
                                 ("push", "/push?one&hello.txt"), ("get", "/trailers?one"), ("reset", "/one"),
                                 ("get", "/refuse?REFUSED_STREAM", "/reset?CANCEL"), ("ping", 3, "/ping"),
                                 ("get", "/goaway?one")):
                    with self.subTest(version=version, scenario=scenario), Relay(server.address) as relay:
                        test_npm.npm_client(version, relay.host, *scenario, options=options)
                        relay.sent("server")
                        self.compare(version, relay.log)
                server.stop()

    def test_a_wrong_byte_is_seen(self):
        wire = spdy.Encoder(spdy.SPDY3_1, level=0).encode(spdy.SynStream(1, [(b"name", b"value")]))
        self.compare("3.1", [("client", wire)])
        # The plain text stands in a stored block.
        other = wire.replace(b"value", b"Value")
        frames, _ = dissect([("client", other)])
        self.assertNotEqual(frame_of(frames["client"][0]), frames_of(spdy.SPDY3_1, wire)[0])
        for broken in (wire.replace(b"\0\0\0\4name", b"\0\0\x40\0name"), wire[:-4] + b"\xff\xff\xff\xff"):
            with self.assertRaises(AssertionError):
                self.compare("3.1", [("client", broken)])


class Ours(Dissection):
    def test_get_from_serve(self):
        for version in spdy.VERSIONS:
            serve = Listening(example("SPDY_SERVE", "serve"), "--listen", "127.0.0.1:0", "--version", version,
                              "--root", self.root.name)
            for data in (None, f"{self.root.name}/odd.bin"):
                with self.subTest(version=version, data=data), Relay(serve.address) as relay, \
                        tempfile.TemporaryDirectory() as out:
                    urls = [f"http://{relay.host}/{name}" for name in ("hello.txt", "empty", "odd.bin", "one")]
                    urls += ["--data", data] if data else [f"http://{relay.host}/missing"]
                    run = subprocess.run([example("SPDY_GET", "get"), "--version", version, "--out", out, *urls],
                                         capture_output=True, timeout=DEADLINE)
                    # Only /missing is not 2xx.
                    self.assertEqual(run.returncode, 0 if data else 1, run.stderr)
                    relay.sent("server")
                    self.compare(version, relay.log)
            serve.stop()


if __name__ == "__main__":
    unittest.main(verbosity=2)
