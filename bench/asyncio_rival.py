#!/usr/bin/env python3
"""Messages with asyncio streams, as a control-system interface in Python is usually written.

    asyncio_rival.py receive         listens on a free port of 127.0.0.1 and prints it; then, for each line "N" on stdin,
                                     prints the seconds from the first to the last of the next N messages and those of
                                     its processor
    asyncio_rival.py send PORT       for each line "N" on stdin sends N messages, then prints "sent"
"""

import asyncio
import json
import struct
import sys
import time

DATA = {"sensor": "boiler-7", "celsius": 21.5, "unit": "C", "valid": True, "note": "x" * 24}


class Counters:
    def __init__(self):
        self.messages = 0
        self.bytes = 0
        self.last_activity = 0.0


async def lines():
    loop = asyncio.get_running_loop()
    reader = asyncio.StreamReader()
    await loop.connect_read_pipe(lambda: asyncio.StreamReaderProtocol(reader), sys.stdin)
    while line := await reader.readline():
        yield int(line)


async def receive() -> None:
    counters = Counters()
    arrived = asyncio.Event()
    goal = {"left": 0, "begun": 0.0}

    def handler(data, metadata, client_id):
        if goal["begun"] == 0.0:
            goal["begun"] = time.perf_counter()
        goal["left"] -= 1
        if goal["left"] == 0:
            arrived.set()

    handlers = {"data": handler}

    async def client(reader, writer):
        client_id = "%s:%s" % writer.get_extra_info("peername")[:2]
        try:
            while True:
                (size,) = struct.unpack(">I", await reader.readexactly(4))
                if size > 1_048_576:
                    raise ValueError(size)
                message = json.loads((await reader.readexactly(size)).decode("utf-8"))
                counters.messages += 1
                counters.bytes += size + 4
                counters.last_activity = time.time()
                metadata = message["metadata"]
                call = handlers.get(metadata["message_type"])
                if call is not None:
                    call(message["data"], metadata, client_id)
        except asyncio.IncompleteReadError:
            pass
        finally:
            writer.close()

    server = await asyncio.start_server(client, "127.0.0.1", 0)
    print(server.sockets[0].getsockname()[1], flush=True)
    async for count in lines():
        goal["left"], goal["begun"] = count, 0.0
        arrived.clear()
        used = time.process_time()
        print("ready", flush=True)
        await arrived.wait()
        print(time.perf_counter() - goal["begun"], time.process_time() - used, flush=True)


async def send(port: int) -> None:
    counters = Counters()
    _, writer = await asyncio.open_connection("127.0.0.1", port)
    async for count in lines():
        for _ in range(count):
            now = time.time()
            message = {
                "metadata": {
                    "message_id": f"tcp_{int(now * 1_000_000)}",
                    "timestamp": now,
                    "message_type": "data",
                    "priority": 2,
                    "source": "bench",
                    "destination": None,
                    "correlation_id": None,
                },
                "data": DATA,
            }
            body = json.dumps(message).encode("utf-8")
            writer.write(struct.pack(">I", len(body)) + body)
            await writer.drain()
            counters.messages += 1
            counters.bytes += len(body) + 4
            counters.last_activity = now
        print("sent", flush=True)


asyncio.run(receive() if sys.argv[1] == "receive" else send(int(sys.argv[2])))
