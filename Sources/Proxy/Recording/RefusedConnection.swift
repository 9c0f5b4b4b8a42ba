import Mesh
import Telemetry

/// A connection that ended before anything could be passed on, as its span and its log line tell of it.
struct RefusedConnection {
    var arrival: Arrival
    var listener: ListenerState
    var flag: ResponseFlag
    /// One sentence.
    var sentence: String
    var traceID: TraceID
    var spanID: SpanID
    /// Monotonic nanoseconds.
    let ended = Clock.monotonic()

    /// Server inbound, client outbound, as for any other connection.
    func appendSpan(to builder: inout BatchBuilder, principal: [UInt8]) {
        var row = SpanRow()
        row.traceID = traceID
        row.spanID = spanID
        row.flags = 0x101
        row.kind = (listener.direction == .inbound ? SpanKind.server : SpanKind.client).rawValue
        row.startNanoseconds = arrival.startedWall
        row.endNanoseconds = arrival.startedWall &+ (ended &- arrival.started)
        row.name = builder.intern("connection")
        let start = builder.beginAttributes()
        builder.add(builder.intern("network.transport"), builder.intern("tcp"))
        builder.add(builder.intern("waybill.listener"), builder.intern(listener.name))
        builder.add(.waybillDirection, builder.intern(listener.direction.rawValue))
        builder.add(.waybillPrincipal, principal)
        builder.add(.clientAddress, arrival.peerAddress)
        if let original = arrival.original {
            builder.add(.waybillOriginalDestination, builder.intern(original.text))
        }
        builder.add(.waybillResponseFlags, builder.intern(flag.rawValue))
        builder.add(.errorType, builder.intern(flag.errorType))
        row.statusCode = SpanStatus.error
        row.statusMessage = builder.intern(sentence)
        row.attributes = builder.endAttributes(start)
        builder.append(row)
    }
}

extension Worker {
    /// A connection is turned away, or has ended, before anything could be passed on.
    func refused(_ arrival: Arrival, _ listener: ListenerState, _ flag: ResponseFlag, _ sentence: String) {
        counters.connectionEndedEarly(flag)
        let refused = RefusedConnection(
            arrival: arrival, listener: listener, flag: flag, sentence: sentence, traceID: random.traceID(),
            spanID: spanIDs.next())
        let own = principal
        recorder.appendLine { line, _ in line.append(refused, own: own) }
        recorder.append(.ordinary, at: refused.ended) { refused.appendSpan(to: &$0, principal: own.bytes) }
        startTicking()
    }
}
