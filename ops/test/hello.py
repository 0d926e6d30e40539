"""Opens a socket to the gateway, says hello and waits for its welcome: hello.py HOST PORT TOKEN"""

import base64
import json
import os
import socket
import sys

host, port, token = sys.argv[1:]
stream = socket.create_connection((host, int(port)), timeout=30)
stream.sendall(
    f"GET /ws HTTP/1.1\r\nHost: {host}:{port}\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\n"
    f"Sec-WebSocket-Key: {base64.b64encode(os.urandom(16)).decode()}\r\nSec-WebSocket-Protocol: blockbotx.v1\r\n\r\n".encode()
)
text = json.dumps({"op": "hello", "token": token}).encode()
mask = os.urandom(4)
# One masked text frame of 126 to 65,535 bytes.
frame = bytes([0x81, 0x80 | 126]) + len(text).to_bytes(2, "big") + mask
stream.sendall(frame + bytes(byte ^ mask[index % 4] for index, byte in enumerate(text)))
answer = b""
while b'"welcome"' not in answer:
    part = stream.recv(4096)
    if not part:
        sys.exit(f"closed: {answer!r}")
    answer += part
