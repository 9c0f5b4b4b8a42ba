import Interop
import NIOCore
import NIOPosix
import Storage
import Synchronization

/// A trace of very many spans as OTLP, piece by piece as the client reads it. The pieces together are one `TracesData`, in
/// which a resource may come several times.
final class TraceStream: HTTPBodySource {
    enum Form: Sendable {
        case json
        case protobuf
    }

    private struct State {
        var pieces: TracePieces
        var hasBegun = false
        var nanoseconds: UInt64 = 0
    }

    private let form: Form
    private let pool: NIOThreadPool
    private let metrics: CollectorMetrics
    private let isAbandoned: @Sendable () -> Bool
    private let state: Mutex<State>

    init(
        _ pieces: TracePieces, as form: Form, pool: NIOThreadPool, metrics: CollectorMetrics,
        isAbandoned: @escaping @Sendable () -> Bool
    ) {
        self.form = form
        self.pool = pool
        self.metrics = metrics
        self.isAbandoned = isAbandoned
        state = Mutex(State(pieces: pieces))
    }

    func produce(into body: HTTPBody) {
        pool.submit { [self] poolState in
            guard case .active = poolState else {
                return body.fail(.error(.serviceUnavailable, code: "stopping", "The collector is stopping."))
            }
            guard !isAbandoned() else { return body.pause() }
            // One piece a turn: others want the threads too.
            var piece = ByteBuffer()
            do throws(StoreError) {
                guard try next(&piece) else { return body.end(piece) }
            } catch {
                // The client sees a connection that ends in the middle, not a shorter trace.
                return body.fail(QueryAPI.waybill.failure(QueryRefusal(error)))
            }
            _ = body.write(piece)
            body.pause()
        }
    }

    /// Writes the next piece; whether there was one.
    private func next(_ output: inout ByteBuffer) throws(StoreError) -> Bool {
        try state.withLock { (state) throws(StoreError) in
            let started = NIODeadline.now()
            let batch = try state.pieces.next()
            switch (form, batch) {
            case (.protobuf, nil): break
            case (.protobuf, let batch?): output.writeBytes(OTLPTraceEncoder.encode(batch))
            case (.json, nil): output.writeString(state.hasBegun ? "]}" : #"{"resourceSpans":[]}"#)
            case (.json, let batch?):
                output.writeString(state.hasBegun ? "," : #"{"resourceSpans":["#)
                output.writeBytes(OTLPJSON.resourceSpans(batch))
            }
            state.hasBegun = true
            state.nanoseconds += UInt64(max(0, (NIODeadline.now() - started).nanoseconds))
            if batch == nil { metrics.observeQuery(.trace, nanoseconds: state.nanoseconds) }
            return batch != nil
        }
    }
}
