"""A service that tells who called it: HTTP on some ports, and lines over TCP on others, over IPv4 and IPv6.

Usage: namespace_service.py http:PORT | http:ADDRESS:PORT | tcp:PORT ...
"""

import json
import socket
import socketserver
import sys
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer


def peer(address):
    return address[0].removeprefix("::ffff:")


class Request(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_GET(self):
        body = json.dumps({
            "peer": peer(self.client_address),
            "path": self.path,
            "traceparent": self.headers.get("traceparent"),
        }).encode()
        self.send_response(200)
        self.send_header("content-length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_):
        pass


class Lines(socketserver.StreamRequestHandler):
    def handle(self):
        for line in self.rfile:
            self.wfile.write(peer(self.client_address).encode() + b" " + line)


class DualStack:
    address_family = socket.AF_INET6
    allow_reuse_address = True
    daemon_threads = True

    def server_bind(self):
        self.socket.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 0)
        super().server_bind()


class HTTP(DualStack, ThreadingHTTPServer):
    pass


class OneAddressHTTP(ThreadingHTTPServer):
    daemon_threads = True


class TCP(DualStack, socketserver.ThreadingTCPServer):
    pass


for word in sys.argv[1:]:
    kind, *place = word.split(":")
    if kind == "tcp":
        server = TCP(("::", int(place[-1])), Lines)
    elif len(place) == 2:
        server = OneAddressHTTP((place[0], int(place[1])), Request)
    else:
        server = HTTP(("::", int(place[-1])), Request)
    threading.Thread(target=server.serve_forever).start()
print("ready", flush=True)
