#!/usr/bin/env python3
"""Ten minutes of load through a pair of proxies with mutual TLS, spans to a collector: memory and descriptors stay flat.

HTTP/1 and HTTP/2 clients, kept connections and new ones, answers from 1 KB to 1 MB, requests with bodies, and some that
are refused. The resident memory of both proxies and of the collector is sampled every second. Exit status 1 when, after
the warm-up, one of them grows by more than its bound, a descriptor is left over, a request fails or a span is lost.

usage: memory.py [--seconds S] [--warm-up S] [--json FILE]      (default 600 and 60)
WAYBILL_BIN names the directory of the release binaries.
"""
import argparse, json, os, re, shutil, signal, socket, subprocess, sys, tempfile, threading, time, urllib.request

ROOT = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
BIN = os.environ.get("WAYBILL_BIN", os.path.join(ROOT, ".build/release"))
SPIFFE = "spiffe://bank.test/soak"
SIZES = {"1k": 1 << 10, "64k": 64 << 10, "1m": 1 << 20}
# MiB after the warm-up. The collector's store grows meanwhile; its memory must not grow with it.
BOUNDS = {"proxy out": 6, "proxy in": 6, "collector": 32}
BARS = "▁▂▃▄▅▆▇█"


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--seconds", type=int, default=600, help="the warm-up included")
    parser.add_argument("--warm-up", type=int, default=60)
    parser.add_argument("--json", default="", help="write the samples there too")
    options = parser.parse_args()
    for tool in ["h2load", "nginx", "openssl"]:
        if not shutil.which(tool):
            sys.exit(f"needs {tool}: apt-get install nghttp2-client nginx-light openssl")
    with tempfile.TemporaryDirectory(prefix="waybill-soak.") as work, Soak(work, options) as soak:
        sys.exit(0 if soak.run() else 1)


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


class Soak:
    def __init__(self, work, options):
        self.work, self.options, self.started, self.watched = work, options, [], {}
        self.samples = {}
        self.requests, self.problems, self.lock = 0, [], threading.Lock()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        for process in reversed(self.started):
            process.send_signal(signal.SIGTERM)
        for process in reversed(self.started):
            try:
                process.wait(40)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()

    # Processes

    def write(self, name, text):
        path = os.path.join(self.work, name)
        with open(path, "w") as file:
            file.write(text)
        return path

    def start(self, name, *command, port):
        path = os.path.join(self.work, name.replace(" ", "-") + ".log")
        with open(path, "ab") as log:
            process = subprocess.Popen(command, stdout=log, stderr=log, cwd=self.work)
        self.started.append(process)
        for _ in range(300):
            with socket.socket() as probe:
                if probe.connect_ex(("127.0.0.1", port)) == 0:
                    return process
            if process.poll() is not None:
                break
            time.sleep(0.1)
        with open(path) as file:
            sys.exit(f"{name} does not listen on {port}: {file.read()[-2000:]}")

    def openssl(self, arguments):
        subprocess.run(["openssl"] + arguments.split(), cwd=self.work, check=True, capture_output=True)

    def begin(self):
        self.write("leaf.cnf", f"subjectAltName=URI:{SPIFFE}\nbasicConstraints=CA:FALSE\n"
                   "keyUsage=digitalSignature\nextendedKeyUsage=serverAuth,clientAuth\n")
        key = "-newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes"
        self.openssl(f"req -x509 {key} -keyout ca.key -out ca.pem -days 2 -subj /CN=soak-ca")
        self.openssl(f"req {key} -keyout leaf.key -out leaf.csr -subj /CN=soak")
        self.openssl("x509 -req -in leaf.csr -CA ca.pem -CAkey ca.key -CAcreateserial -out leaf.pem -days 2 "
                     "-extfile leaf.cnf")
        for name, size in SIZES.items():
            self.write(name, "x" * size)
        self.write("body", "y" * 20_000)
        service = free_port()
        folders = " ".join(f"{kind}_temp_path {self.work}/{kind};"
                           for kind in ["client_body", "proxy", "fastcgi", "uwsgi", "scgi"])
        self.start("service", "nginx", "-p", self.work, "-c", self.write("nginx.conf", f"""
            worker_processes 1; daemon off; master_process off; pid {self.work}/pid; error_log stderr error;
            events {{ worker_connections 4096; }}
            http {{ access_log off; keepalive_requests 1000; client_max_body_size 10m; {folders}
                server {{ listen 127.0.0.1:{service} backlog=4096; root {self.work}; open_file_cache max=10;
                    location /pay {{ return 201 "paid"; }} }} }}"""), port=service)
        ports = {name: free_port() for name in ["wire", "otlp-grpc", "otlp-http", "http"]}
        flags = [part for name, port in ports.items() for part in (f"--{name}-listen", f"127.0.0.1:{port}")]
        self.watched["collector"] = self.start(
            "collector", f"{BIN}/waybill", "collector", "--data", f"{self.work}/data", *flags, port=ports["http"])
        telemetry = {"collectors": [f"127.0.0.1:{ports['wire']}"]}
        self.front, back = free_port(), free_port()
        self.admins = {}
        self.proxy("proxy in", telemetry, back, {"inbound": self.listener(back, "service", "local")},
                   [{"name": "service", "endpoints": [f"127.0.0.1:{service}"]}])
        self.proxy("proxy out", telemetry, self.front, {"outbound": self.listener(self.front, "peer", "plain")},
                   [{"name": "peer", "endpoints": [f"127.0.0.1:{back}"], "protocol": "http2",
                     "tls": {"spiffeID": SPIFFE}}])

    def listener(self, port, cluster, name):
        route = {"name": name, "cluster": cluster, "payment": True, "timeoutMilliseconds": 60000,
                 "transactionSources": [{"attribute": "payment.id", "header": "x-payment-id"}]}
        refused = {"name": "refused", "match": {"pathPrefix": "/refused"}, "cluster": cluster,
                   "rateLimits": [{"requests": 1, "perMilliseconds": 60000}]}
        return {"address": f"127.0.0.1:{port}", "routes": [refused, route]}

    def proxy(self, name, telemetry, port, listeners, clusters):
        self.admins[name] = free_port()
        configuration = {
            "service": {"name": name.replace(" ", "-")}, "admin": f"127.0.0.1:{self.admins[name]}",
            "clusters": [{"idleTimeoutMilliseconds": 1000, **cluster} for cluster in clusters], **listeners,
            "identity": {"spiffeID": SPIFFE, "certificateChain": f"{self.work}/leaf.pem",
                         "privateKey": f"{self.work}/leaf.key", "roots": f"{self.work}/ca.pem"},
            "telemetry": {**telemetry, "spoolDirectory": f"{self.work}/{name.replace(' ', '-')}-spool"}}
        path = self.write(name.replace(" ", "-") + ".json", json.dumps(configuration))
        self.watched[name] = self.start(name, f"{BIN}/waybill-proxy", "--config", path, port=port)

    # Load

    def load(self, until, turns):
        """Runs the turns again and again: clients that come and go."""
        number = 0
        while time.monotonic() < until and not self.problems:
            for path, requests, connections, arguments, status in turns:
                number += 1
                out = subprocess.run(
                    ["h2load", "-n", str(requests), "-c", str(connections), "-t1", "-H", f"x-payment-id: P{number}-z",
                     *arguments, f"http://127.0.0.1:{self.front}/{path}"], capture_output=True, text=True).stdout
                found = re.search(r"status codes: (\d+) 2xx, \d+ 3xx, (\d+) 4xx", out)
                got = (int(found.group(1)), int(found.group(2))) if found else (0, 0)
                good = got[0] == requests if status == 2 else sum(got) == requests
                with self.lock:
                    self.requests += requests
                    if not good and len(self.problems) < 5:
                        self.problems.append(f"{path} {arguments}: {out[-700:]}")

    # Memory

    def sample(self):
        for name, process in self.watched.items():
            with open(f"/proc/{process.pid}/status") as file:
                memory = int(re.search(r"VmRSS:\s+(\d+)", file.read()).group(1)) / 1024
            descriptors = len(os.listdir(f"/proc/{process.pid}/fd"))
            self.samples.setdefault(name, []).append((memory, descriptors))

    def metric(self, proxy, name):
        with urllib.request.urlopen(f"http://127.0.0.1:{self.admins[proxy]}/metrics") as page:
            lines = page.read().decode().splitlines()
        return sum(float(line.rsplit(" ", 1)[1]) for line in lines if re.match(rf"{name}[ {{]", line))

    def run(self):
        self.begin()
        self.sample()
        idle = {name: samples[0][1] for name, samples in self.samples.items()}
        end = time.monotonic() + self.options.seconds
        turns = [
            [("1k", 6000, 40, ["--h1"], 2), ("64k", 600, 20, ["--h1"], 2), ("1k", 150, 150, ["--h1"], 2),
             ("refused", 50, 5, ["--h1"], 4)],
            [("1k", 6000, 8, ["-m20"], 2), ("pay", 800, 10, ["-m5", "-d", f"{self.work}/body"], 2),
             ("1m", 30, 6, ["-m2"], 2), ("64k", 400, 40, ["-m4"], 2), ("refused", 50, 5, [], 4)],
        ]
        clients = [threading.Thread(target=self.load, args=(end, turn)) for turn in turns]
        for client in clients:
            client.start()
        begun = time.monotonic()
        while any(client.is_alive() for client in clients):
            time.sleep(1)
            self.sample()
        took = time.monotonic() - begun
        # What is idle is closed, what was recorded is handed over.
        time.sleep(5)
        self.sample()
        return self.judge(idle, took)

    def judge(self, idle, took):
        warm = max(1, int((len(self.samples["collector"]) - 2) * self.options.warm_up / self.options.seconds))
        print(f"{self.requests} requests in {took:.0f} s, {self.requests / took:.0f} a second; MiB resident, "
              f"from second {self.options.warm_up} on")
        print(f"{'':10} {'before':>7} {'after':>7} {'highest':>8} {'growth':>7} {'bound':>6} {'files':>11}")
        for name in BOUNDS:
            memory = [sample[0] for sample in self.samples[name][1:-1]][warm:]
            part = max(1, len(memory) // 10)
            first, last = median(memory[:part]), median(memory[-part:])
            files = self.samples[name][-1][1]
            print(f"{name:10} {first:7.1f} {last:7.1f} {max(memory):8.1f} {last - first:+7.1f} {BOUNDS[name]:6} "
                  f"{idle[name]:4} → {files:4}  {sparkline([sample[0] for sample in self.samples[name]])}")
            if last - first > BOUNDS[name]:
                self.problems.append(f"{name} grew by {last - first:.1f} MiB")
            # The collector's newest files, and connections between the three.
            if files > idle[name] + 16:
                self.problems.append(f"{name} holds {files} descriptors, {idle[name]} before the load")
        for proxy in self.admins:
            recorded = self.metric(proxy, "waybill_proxy_spans_recorded_total")
            lost = self.metric(proxy, "waybill_exporter_dropped_spans_total")
            print(f"{proxy}: {recorded:.0f} spans recorded, {lost:.0f} lost")
            if lost > 0 or recorded < self.requests * 0.9:
                self.problems.append(f"{proxy} lost {lost:.0f} spans of {recorded:.0f}")
        if self.options.json:
            with open(self.options.json, "w") as file:
                json.dump({"seconds": took, "requests": self.requests, "samples": self.samples}, file)
        for problem in self.problems:
            print(problem, file=sys.stderr)
        return not self.problems


def median(values):
    return sorted(values)[len(values) // 2]


def sparkline(values, width=60):
    step = max(1, len(values) / width)
    points = [median(values[int(i * step):max(int(i * step) + 1, int((i + 1) * step))])
              for i in range(min(width, len(values)))]
    low, high = min(points), max(points)
    return "".join(BARS[int((point - low) / max(high - low, 1e-9) * (len(BARS) - 1))] for point in points)


if __name__ == "__main__":
    main()
