"""WebSocket from a client to a server that know nothing of this code, through whatever lies between them.

    websocket_through_proxies.py serve           prints the port it serves on
    websocket_through_proxies.py call HOST:PORT  prints one JSON object of what the connections brought
"""

import asyncio
import json
import sys

from websockets.asyncio.client import connect
from websockets.asyncio.server import serve
from websockets.exceptions import ConnectionClosed, InvalidStatus

LARGE = bytes(range(256)) * 8192


async def handle(connection):
    path = connection.request.path
    if path == "/echo":
        async for message in connection:
            await connection.send(message)
    elif path == "/count":
        for number in range(2000):
            await connection.send(str(number))
    elif path == "/leave":
        await connection.recv()
        await connection.close(4321, "enough")
    elif path == "/break":
        await connection.recv()
        connection.transport.abort()


def chosen(connection, offered):
    return "pay.v1" if "pay.v1" in offered else None


async def serving():
    async with serve(handle, "127.0.0.1", 0, max_size=None, select_subprotocol=chosen) as server:
        print(server.sockets[0].getsockname()[1], flush=True)
        await server.serve_forever()


async def calling(address):
    host, port = address.rsplit(":", 1)

    def open_(path, **options):
        return connect(f"ws://service{path}", host=host, port=int(port), max_size=None, **options)

    answers = {}
    async with open_("/echo", subprotocols=["pay.v1"]) as socket:
        answers["status"] = socket.response.status_code
        answers["subprotocol"] = socket.subprotocol
        await socket.send("grüße")
        answers["text"] = await socket.recv()
        await socket.send(LARGE)
        answers["large"] = await socket.recv() == LARGE
        await (await socket.ping())
        for number in range(500):
            await socket.send(str(number))
        answers["many"] = [await socket.recv() for _ in range(500)] == [str(number) for number in range(500)]
    answers["closed"] = socket.close_code
    async with open_("/count") as socket:
        answers["count"] = len([message async for message in socket])
    async with open_("/leave") as socket:
        await socket.send("x")
        try:
            await socket.recv()
        except ConnectionClosed as closed:
            answers["left"] = [closed.rcvd.code, closed.rcvd.reason]
    async with open_("/break") as socket:
        await socket.send("x")
        try:
            await socket.recv()
        except ConnectionClosed as closed:
            answers["broken"] = closed.rcvd is None
    sockets = await asyncio.gather(*[open_("/echo") for _ in range(50)])
    for number, socket in enumerate(sockets):
        await socket.send(str(number))
    answers["at once"] = [await socket.recv() for socket in sockets] == [str(number) for number in range(50)]
    await asyncio.gather(*[socket.close() for socket in sockets])
    try:
        async with open_("/refused"):
            pass
    except InvalidStatus as refused:
        answers["refused"] = [refused.response.status_code, refused.response.headers["x-waybill-response-flags"]]
    print(json.dumps(answers))


if sys.argv[1] == "serve":
    asyncio.run(serving())
else:
    asyncio.run(calling(sys.argv[2]))
