import NIOCore
import NIOPosix
import Synchronization
import Telemetry
import Wire

/// A collector in memory: keeps what a durable store would, and can be told to misbehave.
final class TestCollector: WireReceiverDelegate {
    struct State {
        var spans: [SessionIdentity: [UInt64: SpanBatch]] = [:]
        var metrics: [MetricBatch] = []
        var losses: [LossRecord] = []
        var highest: [SessionIdentity: UInt64] = [:]
        var duplicates = 0
        var sessions = 0
        var closed: [(SessionIdentity, UInt64?)] = []
        var refusedFrames: [WireErrorCode] = []
        var answer: @Sendable (WireSubmission) -> Result<Void, WireRefusal>? = { _ in .success(()) }
        var held: [@Sendable (Result<Void, WireRefusal>) -> Void] = []
        var creditBytes = 1 << 20
    }

    let state = Mutex(State())

    func sessionOpened(_ hello: SessionHello, principal: String) -> Result<SessionGrant, WireRefusal> {
        let identity = SessionIdentity(principal: principal, instance: hello.instance, incarnation: hello.incarnation)
        return state.withLock { state in
            state.sessions += 1
            return .success(
                SessionGrant(
                    storeID: [1, 2, 3], epoch: 1, highestDurableSequence: state.highest[identity, default: 0],
                    creditBytes: state.creditBytes))
        }
    }

    func received(
        _ submission: WireSubmission, session: SessionIdentity,
        done: @escaping @Sendable (Result<Void, WireRefusal>) -> Void
    ) {
        let answer = state.withLock { state -> Result<Void, WireRefusal>? in
            let answer = state.answer(submission)
            if case .failure? = answer { return answer }
            if submission.sequence <= state.highest[session, default: 0] {
                state.duplicates += 1
                return answer
            }
            state.highest[session] = submission.sequence
            switch submission.content {
            case .spans(let batch): state.spans[session, default: [:]][submission.sequence] = batch
            case .metrics(let batch): state.metrics.append(batch)
            case .losses(let records): state.losses += records
            }
            if answer == nil { state.held.append(done) }
            return answer
        }
        if let answer { done(answer) }
    }

    func sessionClosed(_ session: SessionIdentity, lastSequence: UInt64?) {
        state.withLock { $0.closed.append((session, lastSequence)) }
    }

    func refusedFrame(reason: WireErrorCode) { state.withLock { $0.refusedFrames.append(reason) } }

    var spanNames: [String] {
        state.withLock { state in
            state.spans.values.flatMap(\.values).flatMap { batch in (0..<batch.count).map { batch.span($0).name } }
                .sorted()
        }
    }

    /// Answers what was held back.
    func releaseHeld() {
        let held = state.withLock { state in
            defer { state.held = [] }
            return state.held
        }
        for done in held { done(.success(())) }
    }

    /// Listens on a loopback port (0: a free one).
    func listen(
        port: Int = 0, limits: WireLimits = WireLimits(), budget: WireMemoryBudget? = nil,
        before: (@Sendable () -> any ChannelHandler)? = nil
    ) async throws -> any Channel {
        try await ServerBootstrap(group: testGroup)
            .serverChannelOption(.socketOption(.so_reuseaddr), value: 1)
            .childChannelInitializer { [self] channel in
                channel.eventLoop.makeCompletedFuture {
                    if let before { try channel.pipeline.syncOperations.addHandler(before()) }
                    try channel.pipeline.syncOperations.addHandler(
                        WireReceiverHandler(limits: limits, delegate: self, budget: budget) { _ in "tester" })
                }
            }
            .bind(host: "127.0.0.1", port: port).get()
    }
}

let testGroup = MultiThreadedEventLoopGroup.singleton

/// Waits until `condition` holds; gives up after 20 seconds.
func eventually(_ condition: () -> Bool) async throws -> Bool {
    for _ in 0..<4_000 {
        if condition() { return true }
        try await Task.sleep(for: .milliseconds(5))
    }
    return condition()
}

func namedBatch(_ names: String...) -> SpanBatch {
    SpanBatch(
        names.map { name in
            Span(
                traceID: TraceID(high: 1, low: .random(in: 1 ... .max)), spanID: SpanID(.random(in: 1 ... .max)),
                name: name, startNanoseconds: 1_000, endNanoseconds: 2_000, attributes: [Attribute("a", .string(name))])
        })
}
