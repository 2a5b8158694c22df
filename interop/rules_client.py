"""A client as small programs write it: blocking sockets, one recv taken for one message.

python3 rules_client.py PORT ENCODING INSTRUCTION
Shakes hands until it hears "Heartbeat", sends the instruction, and prints what it heard, a line each, in UTF-8.
"""

import socket
import sys

port, encoding, instruction = int(sys.argv[1]), sys.argv[2], sys.argv[3]
sys.stdout.reconfigure(encoding="utf-8")

with socket.create_connection(("127.0.0.1", port), timeout=10) as peer:
    while True:
        peer.sendall("Handshake".encode(encoding))
        heard = peer.recv(4096)
        if not heard:
            sys.exit("closed")
        text = heard.decode(encoding)
        print(text)
        if text == "Heartbeat":
            break
    peer.sendall(instruction.encode(encoding))
    peer.shutdown(socket.SHUT_WR)
    if peer.recv(4096):
        sys.exit("more than expected")
