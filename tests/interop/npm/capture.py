"""Records small exchanges of spdy-transport with itself, for the test vectors.

    SPDY_NODE_MODULES=DIR python3 tests/interop/npm/capture.py OUT

Writes OUT/<version>-<exchange>.{client,server}.bin, all that the side has sent, and OUT/README.md.
"""

import sys

sys.dont_write_bytecode = True

import tempfile
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

import spdy2_3 as spdy
import test_npm
from relay import Relay, frames_of

FILES = {"a.txt": b"the file a\n", "b.css": b"body { color: black }\n" * 10, "empty": b""}

# name: (scenario, options, what it is)
EXCHANGES = {
    "get": (("get", "/a.txt", "/b.css", "/empty", "/missing"), (), "four GETs at once, one answered 404"),
    "get-compressed": (("get", "/a.txt", "/b.css", "/empty", "/missing"), ("--compress",),
                       "the same with deflated blocks on both sides (level 6, windowBits 11)"),
    "echo": (("echo", "300", "3", "100"), ("--compress",), "three POSTs whose bodies come back"),
    "push": (("push", "/push?a.txt&b.css"), ("--compress",), "a page and two pushes, not UNIDIRECTIONAL"),
    "trailers": (("get", "/trailers?a.txt", "/trailers?empty"), ("--compress",),
                 "HEADERS behind the data of an answer"),
    "reset": (("reset", "/a.txt"), (), "a POST that is reset with CANCEL, then a GET; the server resets it too"),
    "refuse": (("get", "/refuse?REFUSED_STREAM", "/reset?INTERNAL_ERROR", "/a.txt"), ("--compress",),
               "RST_STREAM(REFUSED_STREAM) instead of an answer, RST_STREAM(INTERNAL_ERROR) behind one, and a GET"),
    "ping": (("ping", "3", "/ping"), (), "three PINGs of the client and one of the server"),
    "goaway": (("get", "/goaway?a.txt"), (), "GOAWAY of the server ahead of its answer"),
}


def main(out):
    out.mkdir(parents=True, exist_ok=True)
    readme = ["spdy-transport 3.0.0 against itself. One file a side and exchange, and the frames as spdy2_3.py reads",
              "them:", ""]
    with tempfile.TemporaryDirectory() as directory:
        for name, content in FILES.items():
            Path(directory, name).write_bytes(content)
        for version in spdy.VERSIONS:
            for name, (scenario, options, what) in EXCHANGES.items():
                command = ("node", test_npm.PEER, "server", "--version", version, "--root", directory, *options)
                server = test_npm.Listening(*command, env=test_npm.ENV)
                with Relay(server.address) as relay:
                    test_npm.npm_client(version, "127.0.0.1:%d" % relay.address[1], *scenario, options=options)
                    readme.append(f"## {version}-{name}: {what}\n")
                    for side in ("client", "server"):
                        wire = relay.sent(side)
                        assert 0 < len(wire) < 6000, (version, name, side, len(wire))
                        (out / f"{version}-{name}.{side}.bin").write_bytes(wire)
                        readme.append(f"{version}-{name}.{side}.bin ({len(wire)} bytes)\n")
                        frames = frames_of(spdy.VERSIONS[version], wire)
                        readme += [f"    {spdy.text(spdy.VERSIONS[version], frame)}" for frame in frames] + [""]
                server.stop()
    (out / "README.md").write_text("\n".join(readme))


if __name__ == "__main__":
    if len(sys.argv) != 2:
        sys.exit(__doc__)
    main(Path(sys.argv[1]))
