#!/usr/bin/env python3
"""CPU of stream proxies: for each gigabyte through one connection, and for each short connection.

    streams.py PATH_TO_WAYBILL_PROXY [--gigabytes N] [--connections N]

HAProxy (mode tcp, one thread) runs beside where it is installed. The server and the client are the same for all; only
the proxy's own user and system time is counted.
"""

import argparse, json, os, shutil, socket, subprocess, sys, tempfile, threading, time

PIECE = 1 << 20


def serve(listener):
    def handle(connection):
        with connection:
            first = connection.recv(1)
            if first == b"e":  # echo a line's worth
                connection.sendall(connection.recv(100))
                connection.recv(1)
            elif first == b"s":  # swallow everything, then say how much
                total, buffer = 0, bytearray(PIECE)
                while count := connection.recv_into(buffer):
                    total += count
                connection.sendall(str(total).encode())

    while True:
        try:
            connection, _ = listener.accept()
        except OSError:
            return
        threading.Thread(target=handle, args=(connection,), daemon=True).start()


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def cpu_seconds(process):
    with open(f"/proc/{process.pid}/stat") as file:
        fields = file.read().rsplit(")", 1)[1].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def wait_for(port):
    for _ in range(500):
        try:
            socket.create_connection(("127.0.0.1", port)).close()
            return
        except OSError:
            time.sleep(0.02)
    sys.exit(f"nothing listens on {port}")


def bulk(port, gigabytes):
    piece = bytes(PIECE)
    with socket.create_connection(("127.0.0.1", port)) as client:
        client.sendall(b"s")
        for _ in range(gigabytes * 1000_000_000 // PIECE):
            client.sendall(piece)
        client.shutdown(socket.SHUT_WR)
        passed = int(client.recv(100))
    assert passed == gigabytes * 1000_000_000 // PIECE * PIECE, passed


def short(port, connections):
    for _ in range(connections):
        with socket.create_connection(("127.0.0.1", port)) as client:
            client.sendall(b"e" + bytes(100))
            got = 0
            while got < 100:
                got += len(client.recv(100))


def measure(name, command, port, options):
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        wait_for(port)
        short(port, 200)
        start, wall = cpu_seconds(process), time.time()
        bulk(port, options.gigabytes)
        per_gigabyte, rate = (cpu_seconds(process) - start) / options.gigabytes, options.gigabytes / (time.time() - wall)
        start = cpu_seconds(process)
        short(port, options.connections)
        per_connection = (cpu_seconds(process) - start) / options.connections
        print(f"{name:16} {per_gigabyte:6.2f} CPU-s/GB  {rate:5.2f} GB/s  {per_connection * 1e6:6.0f} us CPU/connection")
    finally:
        process.terminate()
        process.wait()


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("proxy")
    parser.add_argument("--gigabytes", type=int, default=4)
    parser.add_argument("--connections", type=int, default=5000)
    options = parser.parse_args()
    listener = socket.create_server(("127.0.0.1", 0), backlog=1024)
    threading.Thread(target=serve, args=(listener,), daemon=True).start()
    upstream = f"127.0.0.1:{listener.getsockname()[1]}"
    with tempfile.TemporaryDirectory() as directory:
        port = free_port()
        configuration = {
            "service": {"name": "benchmark"}, "admin": "127.0.0.1:0",
            "listeners": [{
                "name": "tcp", "direction": "outbound", "protocol": "tcp", "address": f"127.0.0.1:{port}",
                "routes": [{"name": "all", "cluster": "up"}]}],
            "clusters": [{"name": "up", "endpoints": [upstream]}],
        }
        path = os.path.join(directory, "proxy.json")
        with open(path, "w") as file:
            json.dump(configuration, file)
        measure("waybill-proxy", [options.proxy, "--config", path, "--workers", "1"], port, options)
        if haproxy := shutil.which("haproxy"):
            port = free_port()
            path = os.path.join(directory, "haproxy.cfg")
            with open(path, "w") as file:
                file.write(
                    f"global\n nbthread 1\n maxconn 1000\ndefaults\n mode tcp\n timeout connect 5s\n timeout client 60s\n"
                    f" timeout server 60s\nfrontend f\n bind 127.0.0.1:{port}\n default_backend b\n"
                    f"backend b\n server s {upstream}\n")
            measure("haproxy", [haproxy, "-db", "-f", path], port, options)


main()
