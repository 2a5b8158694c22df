"""A listener as small programs write it: blocking sockets, one client, one recv taken for one message.

python3 rules_listener.py ENCODING WAITS
Prints its port, answers the first WAITS handshakes with "Wait" and the next with "Heartbeat", then prints the instruction
in UTF-8. Anything else than a handshake before ends it with status 1.
"""

import socket
import sys

encoding, waits = sys.argv[1], int(sys.argv[2])
sys.stdout.reconfigure(encoding="utf-8")

with socket.create_server(("127.0.0.1", 0)) as server:
    server.settimeout(10)
    print(server.getsockname()[1], flush=True)
    client, _ = server.accept()
    with client:
        client.settimeout(10)
        for turn in range(waits + 1):
            if client.recv(4096).decode(encoding) != "Handshake":
                sys.exit(1)
            client.sendall(("Wait" if turn < waits else "Heartbeat").encode(encoding))
        print(client.recv(4096).decode(encoding), flush=True)
