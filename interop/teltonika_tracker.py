#!/usr/bin/env python3
"""A Teltonika tracker with codec 8, written from the published protocol with the standard library alone.

    teltonika_tracker.py HOST PORT IMEI

Logs in; if it is accepted, sends a packet of two records. Prints one JSON object a line: {"login": HEX}, {"acknowledged": N}."""
import json, socket, struct, sys


def crc_arc(data):
    """CRC-16/ARC: reflected, polynomial 0x8005."""
    crc = 0
    for byte in data:
        crc ^= byte
        for _ in range(8):
            crc = (crc >> 1) ^ 0xA001 if crc & 1 else crc >> 1
    return crc


def record(milliseconds, latitude, longitude, speed):
    gps = struct.pack('>iihHBH', round(longitude * 1e7), round(latitude * 1e7), 110, 324, 9, speed)
    # One value of one byte (ignition), one of two bytes (external voltage).
    io = struct.pack('>BB', 239, 2) + struct.pack('>BBB', 1, 239, 1) + struct.pack('>BBH', 1, 66, 12800) + struct.pack('>BB', 0, 0)
    return struct.pack('>QB', milliseconds, 0) + gps + io


def packet(records):
    data = bytes([8, len(records)]) + b''.join(records) + bytes([len(records)])
    return struct.pack('>II', 0, len(data)) + data + struct.pack('>I', crc_arc(data))


def main():
    host, port, imei = sys.argv[1], int(sys.argv[2]), sys.argv[3]
    link = socket.create_connection((host, port))
    link.sendall(struct.pack('>H', len(imei)) + imei.encode())
    answer = link.recv(1)
    print(json.dumps({'login': answer.hex()}), flush=True)
    if answer != b'\x01':
        return
    link.sendall(packet([record(1717000000000, 55.951117, 23.291255, 46), record(1717000010000, 55.951119, 23.291256, 47)]))
    print(json.dumps({'acknowledged': struct.unpack('>I', link.recv(4))[0]}), flush=True)


if __name__ == '__main__':
    main()
