"""`websockets` of PyPI with the interface that README.txt describes."""

import sys

sys.dont_write_bytecode = True

import argparse
import asyncio
import hashlib

from websockets.asyncio.client import connect
from websockets.asyncio.server import serve
from websockets.exceptions import ConnectionClosed, InvalidHandshake, InvalidStatus, NegotiationError
from websockets.extensions import ClientExtensionFactory, Extension, ServerExtensionFactory

SETTINGS = {"max_size": (16 << 20) + 8, "ping_interval": None, "close_timeout": 30}


def say(*words):
    print(*words, flush=True)


class Nothing(Extension):
    """An extension that does nothing."""

    def __init__(self, name):
        self.name = name

    def encode(self, frame):
        return frame

    def decode(self, frame, *, max_size=None):
        return frame


class Factory(ClientExtensionFactory, ServerExtensionFactory):
    def __init__(self, name):
        self.name = name

    def get_request_params(self):
        return []

    def process_response_params(self, params, accepted):
        if params:
            raise NegotiationError("parameters")
        return Nothing(self.name)

    def process_request_params(self, params, accepted):
        if params:
            raise NegotiationError("parameters")
        return [], Nothing(self.name)


# After 64 KiB the pattern begins again.
BLOCK = bytes((at * 7 + at // 256) & 0xFF for at in range(1 << 16))


def pattern(length):
    return (BLOCK * (length // len(BLOCK) + 1))[:length]


class Talk:
    """Prints what happens on a connection, and carries out the commands."""

    def __init__(self, socket, options):
        self.socket = socket
        self.options = options
        self.counted = 0
        self.more = asyncio.Condition()
        self.pongs = []

    async def run(self):
        names = ",".join(it.name for it in self.socket.protocol.extensions) or "-"
        say("open", names, self.socket.subprotocol or "-")
        await asyncio.gather(self.hear(), self.speak())

    async def count(self):
        async with self.more:
            self.counted += 1
            self.more.notify_all()

    async def hear(self):
        try:
            async for message in self.socket:
                payload = message.encode() if isinstance(message, str) else message
                kind = "text" if isinstance(message, str) else "binary"
                say(kind, len(payload), hashlib.sha1(payload).hexdigest())
                if self.options.echo:
                    await self.socket.send(message)
                await self.count()
        except ConnectionClosed:
            pass
        await self.socket.wait_closed()
        close = self.socket.protocol.close_rcvd
        if close is not None:
            say("close", int(close.code), close.reason)
        async with self.more:
            self.more.notify_all()

    async def pong(self, waiter, payload):
        await waiter
        say("pong", payload)
        await self.count()

    async def speak(self):
        for command in self.options.commands:
            verb, _, argument = command.partition(":")
            if verb == "text":
                await self.socket.send(argument)
            elif verb == "words":
                await self.socket.send(argument.split("|"))
            elif verb == "bytes":
                await self.socket.send(pattern(int(argument)))
            elif verb == "fragments":
                sizes = [int(size) for size in argument.split(":")]
                payload = pattern(sum(sizes))
                starts = [sum(sizes[:at]) for at in range(len(sizes))]
                await self.socket.send([payload[start:start + size] for start, size in zip(starts, sizes)])
            elif verb == "ping":
                waiter = await self.socket.ping(argument)
                self.pongs.append(asyncio.ensure_future(self.pong(waiter, argument)))
            elif verb == "wait":
                async with self.more:
                    await self.more.wait_for(lambda: self.counted >= int(argument) or self.socket.close_code)
            elif verb == "raw":
                self.socket.transport.write(bytes.fromhex(argument))
            elif verb == "close":
                code, _, reason = argument.partition(":")
                await self.socket.close(int(code or 1000), reason)
            else:
                raise ValueError(command)


async def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("role", choices=("client", "server"))
    parser.add_argument("--extension")
    parser.add_argument("--protocol")
    parser.add_argument("--echo", action="store_true")
    role = sys.argv[1:2]
    if role == ["client"]:
        parser.add_argument("address")
    parser.add_argument("commands", nargs="*")
    options = parser.parse_intermixed_args()
    if options.extension:
        SETTINGS["extensions"] = [Factory(options.extension)]
        SETTINGS["compression"] = None
    if options.protocol:
        SETTINGS["subprotocols"] = [options.protocol]
    if options.role == "client":
        try:
            async with connect(f"ws://{options.address}/here?a=b", **SETTINGS, proxy=None) as socket:
                await Talk(socket, options).run()
        except InvalidStatus as error:
            say("refused", error.response.status_code, error.response.body.decode().rstrip())
        except InvalidHandshake as error:
            say("error", error)
        return

    async def handler(socket):
        await Talk(socket, options).run()

    async with serve(handler, "127.0.0.1", 0, **SETTINGS) as server:
        host, port = server.sockets[0].getsockname()
        say("listening on", f"{host}:{port}")
        await asyncio.Event().wait()


asyncio.run(main())
