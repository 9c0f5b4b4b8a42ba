import Telemetry
import TestSupport
import Testing

/// Holds what the callers got and what the services saw against each other and against what the collector knows.
struct ChaosVerdict {
    /// A span that must have been recorded and is not stored.
    struct Missing: Hashable {
        var recorder: BankService
        var call: String
        var from: UInt64
        var to: UInt64
        var what: String
        /// On a route that forwards nothing unrecorded, and not refused.
        var isStrict = false
    }

    let mesh: BankMesh
    let seed: Seed
    let contents: Chronicle.Contents
    /// Errors that a proxy or a service has a reason for.
    static let rightErrors: Set<Int> = [502, 503, 504, Mischief.abortStatus]
    /// What a proxy holds in memory at most before the collector or the spool has it: a batch's age, and generously
    /// what a busy machine makes of an acknowledgement or an fsync.
    static let unspooledNanoseconds: UInt64 = 3_000_000_000

    init(_ mesh: BankMesh, _ seed: Seed) {
        self.mesh = mesh
        self.seed = seed
        contents = mesh.chronicle.contents
    }

    func judge() async throws {
        let arrivals = Dictionary(grouping: contents.arrivals, by: \.call)
        let calls = Dictionary(grouping: contents.calls, by: \.payment)
        var figures = ChaosFigures(contents)
        for call in contents.calls { judgeArrivals(of: call, arrivals[call.id] ?? []) }
        for (payment, calls) in calls {
            guard let trace = calls.first?.trace else { continue }
            let stored = try await mesh.collector.trace(trace)
            #expect(Set(stored.map(\.spanID)).count == stored.count, "trace \(trace) holds a span twice; \(seed)")
            let spans = stored.compactMap(StoredSpan.init)
            #expect(spans.count == stored.count)
            figures.add(spans)
            judgeFaults(spans)
            var missing: Set<Missing> = []
            for call in calls {
                let own = TraceOfCall(call: call, spans: spans, arrivals: arrivals[call.id] ?? [], seed: seed)
                judgeOutcome(of: call, own)
                missing.formUnion(own.missing())
            }
            for span in missing { figures.lost(span) }
            if !missing.isEmpty { try await judgeMissing(missing, payment) }
        }
        try await CardVerdict(mesh: mesh, contents: contents, seed: seed).judge(&figures)
        judgeLogs()
        print("chaos: \(figures); \(seed)")
        figures.expectAllWasTried(seed)
    }

    /// Whatever was rotated, nobody was turned away for what he showed.
    private func judgeLogs() {
        for (service, life) in contents.livesWithLoss {
            let isFull = service == .gateway && contents.fullSpools.contains { $0.touches(life.from, life.to) }
            #expect(isFull, "the proxy of \(service) ended before the collector had all of it; \(seed)")
        }
        for (service, log) in contents.logs {
            for line in log.split(separator: "\n") where Self.isOfTrust(String(line)) {
                Issue.record("the proxy of \(service): \(line); \(seed)")
            }
        }
    }

    /// Whether a handshake failed because of somebody's certificate, by BoringSSL's words and by our own.
    private static func isOfTrust(_ text: String) -> Bool {
        ["CERTIFICATE", "UNKNOWN_CA", "BAD_CERT", "the peer's certificate", "the peer is "]
            .contains { text.contains($0) }
    }

    /// No answer but a right one or a right error, and nothing broken that nobody broke.
    private func judgeOutcome(of call: Call, _ trace: TraceOfCall) {
        switch call.outcome {
        case .answered(200, let body, _):
            #expect(body == call.callee.answer(call.payment), "\(call.id); \(seed)")
        case .answered(let status, let body, let flag):
            #expect(Self.rightErrors.contains(status), "\(call.id): \(status) \(body); \(seed)")
            #expect(body != call.callee.answer(call.payment), "\(call.id): \(status) \(body); \(seed)")
            if flag == "RR" {
                #expect(call.kind == .strict && status == 503, "\(call.id) was refused as unrecorded; \(seed)")
                #expect(trace.arrivals.isEmpty, "\(call.id) was refused as unrecorded, and forwarded; \(seed)")
                let gateway = contents.fullSpools.contains { $0.touches(call.from, call.to) }
                #expect(gateway && call.firstProxy == .gateway, "\(call.id) was refused without a cause; \(seed)")
            }
            if status == Mischief.abortStatus {
                let isMarked = trace.spans.contains { $0.fault != nil } || !trace.missing().isEmpty
                #expect(isMarked, "\(call.id) was answered by a fault that no span names; \(seed)")
            }
        case .broken(let reason):
            let hasCause =
                contents.outages.contains { $0.service == call.firstProxy && $0.touches(call.from, call.to) }
                || trace.spans.contains { $0.service == call.firstProxy && $0.fault == "chaos-reset" }
                || isResetAndForgotten(call)
            #expect(hasCause, "\(call.id) broke without a cause: \(reason), \(call.from) to \(call.to); \(seed)")
        case .silent: Issue.record("\(call.id) never ended; \(seed)")
        }
    }

    /// Whether the proxy broke it off because it had to, and the span that says so is lost.
    private func isResetAndForgotten(_ call: Call) -> Bool {
        contents.resets.contains { $0.service == call.firstProxy && $0.stretch.touches(call.from, call.to) }
            && (mayHaveDied(call.firstProxy, with: call.from, call.to)
                || mayHaveHadNoRoom(call.firstProxy, call.from, call.to))
    }

    /// Whether a proxy was killed before what it recorded between `from` and `to` was safe.
    private func mayHaveDied(_ service: BankService, with from: UInt64, _ to: UInt64) -> Bool {
        contents.outages.contains {
            $0.isKill && $0.service == service && $0.from >= from && $0.from <= to &+ Self.unspooledNanoseconds
        }
    }

    /// Whether a proxy had no room for what it recorded between `from` and `to`.
    private func mayHaveHadNoRoom(_ service: BankService, _ from: UInt64, _ to: UInt64) -> Bool {
        service == .gateway
            && contents.fullSpools.contains { $0.touches(from, to &+ Self.unspooledNanoseconds) }
    }

    private func judgeArrivals(of call: Call, _ arrivals: [Arrival]) {
        for arrival in arrivals {
            #expect(arrival.service == call.callee && arrival.payment == call.payment, "\(call.id); \(seed)")
        }
        if !call.kind.mayRepeat {
            #expect(arrivals.count <= 1, "\(call.id) came \(arrivals.count) times and must not be repeated; \(seed)")
        }
        if call.isRight { #expect(!arrivals.isEmpty, "\(call.id) was answered and never came; \(seed)") }
    }

    /// No auditor takes an injected fault for a real one.
    private func judgeFaults(_ spans: [StoredSpan]) {
        for span in spans {
            #expect(!span.isInjected || span.fault != nil, "span \(span.id) of \(span.service); \(seed)")
            #expect(!Self.isOfTrust(span.sentence), "\(span.id) of \(span.service): \(span.sentence); \(seed)")
            if let fault = span.fault { #expect(fault.hasPrefix("chaos-"), "\(fault); \(seed)") }
        }
    }

    /// Nothing is missing but what a killed proxy had in memory, or had no room for on a route that lets that pass; and
    /// the collector says that something may be.
    private func judgeMissing(_ missing: Set<Missing>, _ payment: String) async throws {
        let journey = try await mesh.collector.journey(payment)
        for span in missing {
            let isCausedByKill = mayHaveDied(span.recorder, with: span.from, span.to)
            let isCausedBySpool = !span.isStrict && mayHaveHadNoRoom(span.recorder, span.from, span.to)
            #expect(
                isCausedByKill || isCausedBySpool,
                "\(span.what) of \(span.recorder) for \(span.call) is missing; \(seed)")
            guard let completeness = journey?.completeness else { continue }
            let isTold = completeness.gaps.contains {
                $0.instance == span.recorder.exporter && $0.principal == span.recorder.spiffeID
            }
            if !isTold {
                let ends = contents.outages.filter { $0.service == span.recorder }
                    .map { "\($0.isKill ? "killed" : "ended") \($0.from) to \($0.to)" }
                Issue.record(
                    """
                    no gap of \(span.recorder) tells of \(span.what) for \(span.call), \(span.from) to \(span.to); it was \
                    \(ends.joined(separator: ", ")); told are \(completeness.gaps); \(seed)
                    """)
            }
            #expect(completeness.verdict != .complete, "\(payment); \(seed)")
        }
    }
}
