#!/usr/bin/env python3
"""An independent program that speaks the message wire, with nothing but Python's asyncio.

    frame    4 bytes, big-endian: length of what follows
    message  JSON: {"metadata": {message_id, timestamp, message_type, priority, source, destination, correlation_id},
                    "data": ...}

    asyncio_peer.py serve              listens on a free port of 127.0.0.1 and prints it
    asyncio_peer.py connect PORT       connects, says hello, and ends when the other side does

Both answer what they are told; what is told is in "data":

    {"op": "echo", "value": ...}       a message with the same value, its correlation_id the message's id
    {"op": "raw", "frame": base64}     these bytes as a frame, whatever they are
    {"op": "nan"}                      a message whose data is {"reading": NaN}, as json.dumps writes it
    {"op": "pickle", "protocol": n}    a pickled dictionary as a frame
    {"op": "unasked", "value": ...}    a message with the value that answers nothing
    {"op": "close"}                    closes the connection

Every frame that arrives is held to the wire: a mistake ends the program with status 1.
"""

import asyncio
import base64
import json
import pickle
import struct
import sys
import time

LARGEST = 1_048_576
TYPES = {"command", "data", "status", "error", "heartbeat", "acknowledgment", "configuration"}


def metadata(**given):
    return {
        "message_id": f"tcp_{time.time_ns() // 1000}",
        "timestamp": time.time(),
        "message_type": "data",
        "priority": 2,
        "source": "asyncio",
        "destination": None,
        "correlation_id": None,
        **given,
    }


def frame(body: bytes) -> bytes:
    return struct.pack(">I", len(body)) + body


def message(data, **given) -> bytes:
    return frame(json.dumps({"metadata": metadata(**given), "data": data}).encode("utf-8"))


def checked(body: bytes):
    value = json.loads(body.decode("utf-8"), parse_constant=refuse)
    assert list(value) == ["metadata", "data"], list(value)
    about = value["metadata"]
    assert list(about) == list(metadata()), list(about)
    assert isinstance(about["message_id"], str) and about["message_id"].startswith("tcp_"), about
    assert isinstance(about["timestamp"], float) and abs(about["timestamp"] - time.time()) < 60, about
    assert about["message_type"] in TYPES and about["priority"] in (1, 2, 3, 4), about
    assert isinstance(about["source"], str), about
    return about, value["data"]


def refuse(name):
    raise ValueError(f"{name} is not JSON")


async def converse(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    try:
        while True:
            (size,) = struct.unpack(">I", await reader.readexactly(4))
            assert size <= LARGEST, size
            about, data = checked(await reader.readexactly(size))
            if about["message_type"] == "heartbeat":
                continue
            op = data.get("op") if isinstance(data, dict) else None
            if op == "echo":
                answer = {"correlation_id": about["message_id"], "destination": about["source"]}
                writer.write(message(data["value"], **answer))
            elif op == "raw":
                writer.write(frame(base64.b64decode(data["frame"])))
            elif op == "nan":
                writer.write(message({"reading": float("nan")}))
            elif op == "pickle":
                writer.write(frame(pickle.dumps({"metadata": metadata(), "data": 1}, data["protocol"])))
            elif op == "unasked":
                writer.write(message(data["value"], message_type="status", priority=4))
            elif op == "close":
                break
            await writer.drain()
    except asyncio.IncompleteReadError as error:
        assert error.partial == b"", error.partial
    finally:
        writer.close()


async def serve() -> None:
    failed = asyncio.get_running_loop().create_future()

    async def client(reader, writer):
        try:
            await converse(reader, writer)
        except Exception as error:  # noqa: BLE001 - whatever it is, the test must see it
            if not failed.done():
                failed.set_exception(error)

    server = await asyncio.start_server(client, "127.0.0.1", 0)
    print(server.sockets[0].getsockname()[1], flush=True)
    await failed


async def connect(port: int) -> None:
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    writer.write(message({"hello": "asyncio", "umlaut": "\u00fc \U0001f4a1"}, message_type="status"))
    await converse(reader, writer)


if __name__ == "__main__":
    asyncio.run(serve() if sys.argv[1] == "serve" else connect(int(sys.argv[2])))
