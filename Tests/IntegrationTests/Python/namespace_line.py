"""Sends one line over TCP and prints the answer, or how the connection ended.

Usage: namespace_line.py HOST PORT TEXT
"""

import socket
import sys

host, port, text = sys.argv[1:]
try:
    with socket.create_connection((host, int(port)), timeout=5) as connection:
        connection.sendall(text.encode() + b"\n")
        answer = connection.makefile().readline()
    print(answer.strip() if answer else "closed")
except OSError as error:
    print("closed" if isinstance(error, ConnectionError) else type(error).__name__)
