import Mesh
import Telemetry

/// One ISO 8583 request and its answer, or a message that stands alone.
final class ISO8583Exchange {
    /// How it ended. With a sentence it failed, with a flag for the proxy's own reason.
    struct End {
        /// Monotonic nanoseconds.
        var time: UInt64
        var flag: ResponseFlag?
        var sentence = ""
    }

    /// `nil` for a message that could not be read.
    let request: ISO8583Message?
    private(set) var response: ISO8583Message?
    var transactions = TransactionExtraction()
    /// Who sent the request.
    let side: StreamSide
    /// With the length before the message.
    let requestBytes: Int
    private(set) var responseBytes = 0
    /// Monotonic nanoseconds.
    let started: UInt64
    let startedWall = Clock.wall()
    private unowned let session: StreamSession
    let traceID: TraceID
    let spanID: SpanID

    init(_ request: ISO8583Message?, bytes: Int, from side: StreamSide, session: StreamSession, now: UInt64) {
        self.request = request
        requestBytes = bytes
        self.side = side
        self.session = session
        started = now
        traceID = session.worker.random.traceID()
        spanID = session.worker.spanIDs.next()
    }

    func answered(by message: ISO8583Message, bytes: Int) {
        response = message
        responseBytes = bytes
    }

    var responseCode: [UInt8]? { (response ?? request)?.values[ISO8583Layout.responseCode] }

    /// Records the span and the log line.
    func end(_ end: End) {
        let recorder = session.worker.recorder
        recorder.appendLine { line, _ in line.append(self, in: session, end: end) }
        let kind = session.route?.recordClass ?? .ordinary
        recorder.append(kind, at: end.time) { builder in
            var row = SpanRow()
            row.traceID = traceID
            row.spanID = spanID
            row.flags = 0x101
            // The proxy of the side that asks is the client of the call.
            let isClient = (session.listener.direction == .outbound) == (side == .downstream)
            row.kind = (isClient ? SpanKind.client : SpanKind.server).rawValue
            row.startNanoseconds = startedWall
            row.endNanoseconds = startedWall &+ (end.time &- started)
            row.name = builder.intern(request.map { "iso8583 " + $0.typeText } ?? "iso8583")
            let start = builder.beginAttributes()
            recorder.masking.begin()
            session.addCommon(to: &builder, masking: &recorder.masking)
            recorder.masking.addNotes(to: &builder)
            addMessages(to: &builder)
            if let flag = end.flag {
                builder.add(.waybillResponseFlags, builder.intern(flag.rawValue))
                builder.add(.errorType, builder.intern(flag.errorType))
            } else if !end.sentence.isEmpty {
                builder.add(.errorType, builder.intern(request == nil ? "iso8583_malformed" : "iso8583_unmatched"))
            }
            if !end.sentence.isEmpty {
                row.statusCode = SpanStatus.error
                row.statusMessage = builder.intern(end.sentence)
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
        if let code = responseCode {
            builder.add(builder.intern("iso8583.response_code"), builder.intern(code))
        }
        for identifier in transactions.identifiers {
            builder.add(builder.intern(identifier.attribute), builder.intern(identifier.value))
        }
    }
}
