import ArgumentParser
import Foundation
import Interop
import Telemetry
import Wire
import Workload

/// `waybill load`: sends files of OTLP requests or generated payments, and counts what is acknowledged.
struct LoadCommand: AsyncParsableCommand {
    enum DoorName: String, ExpressibleByArgument, CaseIterable {
        case wire
        case otlpHTTP = "otlp-http"
        case otlpGRPC = "otlp-grpc"
    }

    enum Shape: String, ExpressibleByArgument, CaseIterable { case traces, proxy }

    static let configuration = CommandConfiguration(
        commandName: "load",
        abstract: "Send recorded or generated spans to a collector and measure.",
        discussion: """
            Without FILES, generated payments: the same for the same --seed. FILES hold OTLP requests \
            (ExportTraceServiceRequest), each after its length as a varint.

            Exit status: 0 everything was acknowledged, 1 something was not, 2 usage, 3 no collector reached.
            """)

    @Argument(help: "Files of length-delimited OTLP requests to replay.")
    var files: [String] = []
    @Option(
        name: .customLong("protocol"),
        help: "How to send; without it the wire protocol, or what an address is given for.")
    var door: DoorName?
    @Option(help: ArgumentHelp("The collector's wire listener.", valueName: "host:port"))
    var wire = "127.0.0.1:4316"
    @Option(
        name: .customLong("otlp-grpc"),
        help: ArgumentHelp("Send OTLP/gRPC instead, to this listener (default 127.0.0.1:4317).", valueName: "host:port")
    )
    var otlpGRPC: String?
    @Option(
        name: .customLong("otlp-http"),
        help: ArgumentHelp(
            "Send OTLP/HTTP protobuf instead, to this address (/v1/traces is added; default http://127.0.0.1:4318).",
            valueName: "url"))
    var otlpHTTP: String?
    @Option(help: "Spans a second over all connections; 0 as fast as possible.")
    var rate = 0
    @Option(help: "Connections.")
    var concurrency = 1
    @Option(help: "Spans of a generated batch.")
    var batch = 1000
    @Option(help: "Spans to send in all (default 100000 when generated, else all of FILES).")
    var spans: Int?
    @Option(help: "Send FILES this many times, with fresh ids from the second time on.")
    var `repeat` = 1
    @Option(help: "Of generated payments and fresh ids (default random, and printed). Fixes the times too.")
    var seed: UInt64?
    @Option(help: "Batches of whole traces, or of one service each as its proxy sends them.")
    var shape = Shape.traces
    @Flag(help: "Span ids as proxies mint them: a random prefix and a counter.")
    var mintedIds = false
    @Option(help: ArgumentHelp("Batches on their way at once on a wire connection.", valueName: "n"))
    var window = 64
    @Option(help: ArgumentHelp("Give up when nothing is acknowledged for this long.", valueName: "seconds"))
    var timeout = 30
    @Option(
        help: ArgumentHelp("Write the batches to a file of OTLP requests instead of sending them.", valueName: "file"))
    var write: String?
    @Option(
        help: ArgumentHelp(
            "Write every acknowledged trace to a file: trace id, spans, transaction id; a line for each batch it is in.",
            valueName: "file"))
    var acknowledged: String?
    @Option(
        help: ArgumentHelp(
            "The collector's metrics page (http://127.0.0.1:4319/metrics), to print its CPU time.", valueName: "url"))
    var metrics: String?
    @Option(help: "Bearer token for OTLP and the metrics page.")
    var token: String?
    @Flag(help: "Print the result as JSON.")
    var json = false

    func validate() throws {
        let limits: [(String, Int, ClosedRange<Int>)] = [
            ("--rate", rate, 0...1_000_000_000), ("--concurrency", concurrency, 1...1024),
            ("--batch", batch, 1...65_536),
            ("--repeat", self.repeat, 1...1_000_000), ("--window", window, 1...100_000),
            ("--timeout", timeout, 1...86_400),
            ("--spans", spans ?? 1, 1...Int.max),
        ]
        for (name, value, range) in limits where !range.contains(value) {
            throw ValidationError("\(name) is \(value); it must be \(range.lowerBound) to \(range.upperBound).")
        }
        if self.repeat > 1, files.isEmpty {
            throw ValidationError("--repeat needs FILES; for generated payments use --spans.")
        }
        _ = try endpoint("--wire", wire)
        if let otlpGRPC { _ = try endpoint("--otlp-grpc", otlpGRPC) }
        if let otlpHTTP { _ = try httpAddress(otlpHTTP) }
        guard otlpHTTP == nil || otlpGRPC == nil else {
            throw ValidationError("--otlp-http and --otlp-grpc: choose one.")
        }
    }

    /// The one asked for, else the one that an address was given for.
    private var chosenDoor: DoorName { door ?? (otlpGRPC != nil ? .otlpGRPC : otlpHTTP != nil ? .otlpHTTP : .wire) }

    func run() async throws {
        let seed = seed ?? UInt64.random(in: 0...UInt64(Int64.max))
        do {
            if let write {
                try writeFile(write, seed: seed)
                return
            }
            let meter = LoadMeter(ledger: try acknowledged.map { try AcknowledgedFile(path: $0) })
            let progress = Task { await LoadProgress(meter: meter).run() }
            let report = try await plan(seed: seed).run(source(seed: seed), meter: meter) {
                await TerminationSignals.first()
            }
            progress.cancel()
            await progress.value
            StandardOutput.write(json ? report.json() : Array(report.text().utf8))
            finish(report)
        } catch {
            Failure.exit(.unreachable, "\(error)")
        }
    }

    private func finish(_ report: LoadReport) {
        let totals = report.totals
        if totals.acknowledgedSpans == 0, totals.refusedSpans == 0, totals.sentSpans > 0 {
            let reason = totals.lastProblem.isEmpty ? "" : " (\(totals.lastProblem))"
            Failure.exit(.unreachable, "No collector acknowledged anything: \(report.doorName)\(reason).")
        }
        if totals.refusedSpans > 0 || report.unacknowledgedSpans > 0 || !totals.firstRefusal.isEmpty {
            Failure.exit(
                .negative,
                "\(totals.refusedSpans) spans were refused, \(report.unacknowledgedSpans) were not acknowledged.")
        }
    }

    private func plan(seed: UInt64) throws -> LoadRun {
        let door: LoadRun.Door
        switch chosenDoor {
        case .wire: door = .wire(try endpoint("--wire", wire))
        case .otlpGRPC: door = .otlpGRPC(try endpoint("--otlp-grpc", otlpGRPC ?? "127.0.0.1:4317"))
        case .otlpHTTP:
            let url = try httpAddress(otlpHTTP ?? "127.0.0.1:4318")
            let base = url.hasSuffix("/") ? String(url.dropLast()) : url
            door = .otlpHTTP(url: base.hasSuffix("/v1/traces") ? base : base + "/v1/traces")
        }
        return LoadRun(
            door: door, concurrency: concurrency, window: window, rate: rate, patience: .seconds(timeout), token: token,
            metricsURL: metrics, seed: seed)
    }

    /// With its scheme, where that was left out.
    private func httpAddress(_ text: String) throws -> String {
        guard let scheme = text.range(of: "://") else { return "http://" + text }
        guard text[..<scheme.lowerBound] == "http" else {
            throw ValidationError("--otlp-http \(text): expected http://HOST:PORT or HOST:PORT.")
        }
        return text
    }

    private func endpoint(_ option: String, _ text: String) throws -> Exporter.Endpoint {
        guard let colon = text.lastIndex(of: ":"), colon > text.startIndex,
            let port = UInt16(text[text.index(after: colon)...]), port > 0
        else { throw ValidationError("\(option) \(text): expected HOST:PORT.") }
        let host = text[..<colon].trimmingCharacters(in: CharacterSet(charactersIn: "[]"))
        return Exporter.Endpoint(host: host, port: Int(port))
    }

    private func source(seed: UInt64) -> any LoadSource {
        if !files.isEmpty {
            return ReplayedLoad(
                paths: files, rounds: self.repeat, spans: spans, seed: seed, wantsTraces: acknowledged != nil)
        }
        var configuration = WorkloadConfiguration(
            seed: seed, spanIDs: mintedIds ? .minted : .random, shape: shape == .traces ? .traces : .proxy,
            batchSpans: batch)
        if self.seed == nil, write == nil {
            configuration.startNanoseconds = UInt64(max(0, Date().timeIntervalSince1970) * 1e9)
        }
        if rate > 0 { configuration.intervalNanoseconds = max(1, 23_000_000_000 / UInt64(rate)) }
        return GeneratedLoad(configuration, spans: spans ?? 100_000)
    }

    private func writeFile(_ path: String, seed: UInt64) throws {
        var source = source(seed: seed)
        var writer = try RequestFileWriter(path: path)
        var spans = 0
        var requests = 0
        while let item = try source.next() {
            try writer.append(OTLPTraceEncoder.encode(item.spans))
            spans += item.spans.count
            requests += 1
        }
        try writer.close()
        let perSpan = spans == 0 ? 0 : writer.bytes / spans
        StandardOutput.write(
            "\(spans) spans in \(requests) requests written to \(path), \(perSpan) bytes a span (seed \(seed))\n")
    }
}
