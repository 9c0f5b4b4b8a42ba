import NIOCore
import NIOPosix
import Storage
import Synchronization

/// A search whose traces go to the client as they are found, a JSON line each, the newest first; the last line says what
/// is to be said of the search: how many traces, whether some may be missing and why, where to go on, what it cost, and
/// what went wrong on the way.
///
/// While the client does not read, the search stands at a cursor and holds neither a thread nor anything of the store; the
/// time does not count. When the client is gone it ends at the next block.
final class TraceSearchStream: HTTPBodySource {
    private struct State {
        var request: TraceSearchRequest
        var given = 0
        /// Of all turns together.
        var total = TraceSearchAnswer()
        var nanoseconds: UInt64 = 0
    }

    private let search: TraceSearch
    private let most: Int
    private let pool: NIOThreadPool
    private let metrics: CollectorMetrics
    private let isAbandoned: @Sendable () -> Bool
    private let state: Mutex<State>

    /// - Parameter most: traces in all, however many pages the search has.
    init(
        _ search: TraceSearch, _ request: TraceSearchRequest, most: Int, pool: NIOThreadPool,
        metrics: CollectorMetrics, isAbandoned: @escaping @Sendable () -> Bool
    ) {
        self.search = search
        self.most = most
        self.pool = pool
        self.metrics = metrics
        self.isAbandoned = isAbandoned
        state = Mutex(State(request: request))
    }

    func produce(into body: HTTPBody) {
        pool.submit { [self] poolState in
            guard case .active = poolState else {
                return body.fail(.error(.serviceUnavailable, code: "stopping", "The collector is stopping."))
            }
            guard !isAbandoned() else { return body.pause() }
            turn(body)
        }
    }

    /// Searches until the client has enough for now, or there is no more.
    private func turn(_ body: HTTPBody) {
        var state = self.state.withLock { $0 }
        let lines = LineOutput(body)
        let started = NIODeadline.now()
        var failure: StoreError?
        do throws(StoreError) {
            let isCancelled = { [isAbandoned] in
                lines.flushIfDue()
                return isAbandoned()
            }
            let answer = try search.forEachTrace(
                state.request, most: most - state.given, isCancelled: isCancelled
            ) { trace in
                state.given += 1
                lines.add(TraceSearchJSON.line(trace))
                return lines.areWanted
            }
            state.total.add(answer)
            state.request.after = answer.next
            state.request.budget = state.request.budget.less(answer.figures, since: started)
        } catch { failure = error }
        state.nanoseconds += UInt64(max(0, (NIODeadline.now() - started).nanoseconds))
        if failure == nil, !lines.areWanted, state.given < most {
            self.state.withLock { $0 = state }
            return body.pause()
        }
        metrics.observeQuery(.search, nanoseconds: state.nanoseconds)
        let refusal = failure.map { QueryRefusal($0) }
        if let refusal, state.given == 0 { return body.fail(QueryAPI.waybill.failure(refusal)) }
        lines.end(TraceSearchJSON.lastLine(state.total, traces: state.given, error: refusal))
    }
}

/// Gathers lines for a body: the first goes out at once, those that follow quickly go together.
private final class LineOutput {
    private static let mostBytes = 16 << 10
    private static let longestWait = TimeAmount.milliseconds(5)

    private let body: HTTPBody
    private var lines = ByteBuffer()
    private var flushed: NIODeadline?
    /// Whether the client is ready for more.
    private(set) var areWanted = true

    init(_ body: HTTPBody) { self.body = body }

    func add(_ line: [UInt8]) {
        lines.writeBytes(line)
        if lines.readableBytes >= Self.mostBytes { flush() } else { flushIfDue() }
    }

    /// Sends what has waited for long enough.
    func flushIfDue() {
        guard lines.readableBytes > 0 else { return }
        if let flushed, NIODeadline.now() - flushed < Self.longestWait { return }
        flush()
    }

    func end(_ last: [UInt8]) {
        lines.writeBytes(last)
        body.end(lines)
    }

    private func flush() {
        flushed = .now()
        areWanted = body.write(lines)
        lines = ByteBuffer()
    }
}
