import Mesh
import Telemetry

/// One ISO 8583 request and its answer, or a message that stands alone.
final class ISO8583Exchange {
    /// `nil` for a message that could not be read.
    let request: ISO8583Message?
    var response: ISO8583Message?
    var transactions = TransactionExtraction()
    /// Who sent the request.
    let side: StreamSide
    /// Monotonic nanoseconds.
    let started: UInt64
    private let startedWall = Clock.wall()
    private unowned let session: StreamSession
    private let traceID: TraceID
    private let spanID: SpanID

    init(_ request: ISO8583Message?, from side: StreamSide, session: StreamSession, now: UInt64) {
        self.request = request
        self.side = side
        self.session = session
        started = now
        traceID = session.worker.random.traceID()
        spanID = session.worker.spanIDs.next()
    }

    /// Records the span. With a sentence it failed, with a flag for the proxy's own reason.
    func end(now: UInt64, flag: ResponseFlag?, sentence: String) {
        let kind = session.route?.recordClass ?? .ordinary
        session.worker.recorder.append(kind, at: now) { builder in
            var row = SpanRow()
            row.traceID = traceID
            row.spanID = spanID
            row.flags = 0x101
            // The proxy of the side that asks is the client of the call.
            let isClient = (session.listener.direction == .outbound) == (side == .downstream)
            row.kind = (isClient ? SpanKind.client : SpanKind.server).rawValue
            row.startNanoseconds = startedWall
            row.endNanoseconds = startedWall &+ (now &- started)
            row.name = builder.intern(request.map { "iso8583 " + $0.typeText } ?? "iso8583")
            let start = builder.beginAttributes()
            session.addCommon(to: &builder)
            addMessages(to: &builder)
            if let flag {
                builder.add(.waybillResponseFlags, builder.intern(flag.rawValue))
                builder.add(.errorType, builder.intern(flag.errorType))
            } else if !sentence.isEmpty {
                builder.add(.errorType, builder.intern(request == nil ? "iso8583_malformed" : "iso8583_unmatched"))
            }
            if !sentence.isEmpty {
                row.statusCode = SpanStatus.error
                row.statusMessage = builder.intern(sentence)
            }
            row.attributes = builder.endAttributes(start)
            builder.append(row)
        }
    }

    private func addMessages(to builder: inout BatchBuilder) {
        if let request { builder.add(builder.intern("iso8583.message_type"), builder.intern(request.typeText)) }
        if let response {
            builder.add(builder.intern("iso8583.response.message_type"), builder.intern(response.typeText))
        }
        if let code = (response ?? request)?.values[ISO8583Layout.responseCode] {
            builder.add(builder.intern("iso8583.response_code"), builder.intern(code))
        }
        for identifier in transactions.identifiers {
            builder.add(builder.intern(identifier.attribute), builder.intern(identifier.value))
        }
    }
}
