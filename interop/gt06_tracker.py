#!/usr/bin/env python3
"""A GT06 tracker, written from the published protocol with the standard library alone.

    gt06_tracker.py HOST PORT IMEI

Logs in, waits for the answer, sends a heartbeat and a position, and then reads commands. Prints one JSON object a line:
{"received": HEX, "number": message type, "good": whether the check is right}. Ends when the server closes."""
import json, socket, struct, sys


def crc_itu(data):
    """CRC-16/X-25: reflected, polynomial 0x1021, inverted at both ends."""
    crc = 0xFFFF
    for byte in data:
        crc ^= byte
        for _ in range(8):
            crc = (crc >> 1) ^ 0x8408 if crc & 1 else crc >> 1
    return crc ^ 0xFFFF


def message(number, content, serial):
    body = bytes([len(content) + 5, number]) + content + struct.pack('>H', serial)
    return b'\x78\x78' + body + struct.pack('>H', crc_itu(body)) + b'\r\n'


def login(imei):
    return bytes.fromhex(imei.rjust(16, '0'))


def position(latitude, longitude, speed, course):
    when = bytes([24, 5, 17, 8, 30, 15])
    flags = course | (0x1000 if True else 0) | (0x0400 if latitude >= 0 else 0) | (0x0800 if longitude < 0 else 0)
    return (when + bytes([0xC9]) + struct.pack('>IIBH', round(abs(latitude) * 1800000), round(abs(longitude) * 1800000), speed, flags)
            + struct.pack('>HBH', 262, 1, 0x2710) + bytes([0, 0x1F, 0xB8]))


def messages(link):
    buffer = b''
    while True:
        chunk = link.recv(4096)
        if not chunk:
            return
        buffer += chunk
        while len(buffer) >= 3 and len(buffer) >= buffer[2] + 5:
            size = buffer[2] + 5
            yield buffer[:size]
            buffer = buffer[size:]


def main():
    host, port, imei = sys.argv[1], int(sys.argv[2]), sys.argv[3]
    link = socket.create_connection((host, port))
    link.sendall(message(0x01, login(imei), 1))
    for data in messages(link):
        check = struct.unpack('>H', data[-4:-2])[0]
        print(json.dumps({'received': data.hex(), 'number': data[3], 'good': check == crc_itu(data[2:-4])}), flush=True)
        if data[3] == 0x01:
            link.sendall(message(0x13, bytes([0x46, 0x05, 0x04, 0x00, 0x02]), 2))
            link.sendall(message(0x12, position(-33.437917, -70.649670, 42, 282), 3))


if __name__ == '__main__':
    main()
