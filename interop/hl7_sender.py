#!/usr/bin/env python3
"""A sender of HL7 version 2 messages over MLLP, written with the standard library alone.

    hl7_sender.py HOST PORT APPLICATION

Sends two results and prints the answer to each: {"answer": TEXT}, segments separated by line feeds."""
import json, socket, sys


def result(application, control, value):
    segments = [
        f'MSH|^~\\&|{application}|WARD|FAIRLEAD|LAB|20240517083015||ORU^R01|{control}|P|2.5',
        'PID|1||4711^^^H||DOE^JANE||19700101|F',
        'OBR|1|A1|B1|GLU^Glucose|||20240517083000',
        f'OBX|1|NM|GLU^Glucose||{value}|mmol/L|3.9-5.6|H|||F',
    ]
    return b'\x0b' + '\r'.join(segments).encode() + b'\r\x1c\x0d'


def main():
    host, port, application = sys.argv[1], int(sys.argv[2]), sys.argv[3]
    link = socket.create_connection((host, port))
    buffer = b''
    for control, value in (('M1', '6.1'), ('M2', '5.8')):
        link.sendall(result(application, control, value))
        while b'\x1c\x0d' not in buffer:
            chunk = link.recv(4096)
            if not chunk:
                return
            buffer += chunk
        block, buffer = buffer.split(b'\x1c\x0d', 1)
        print(json.dumps({'answer': block.lstrip(b'\x0b').decode().replace('\r', '\n')}), flush=True)


if __name__ == '__main__':
    main()
