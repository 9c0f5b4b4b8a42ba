import Mesh
import Privacy
import Telemetry

extension AccessLogLine {
    /// One connection that was no HTTP.
    mutating func append(_ session: StreamSession, masking: SpanMasking) {
        begin(at: session.startedWall, session.listener.direction)
        addClient(session.listener.name, session.downstream.peerAddress, session.original)
        add("protocol", session.protocolName)
        if let name = session.serverName { add("server_name", masking.text(name, keeping: [])) }
        addEnd(session.flag, masking.text(session.sentence, keeping: []))
        add("duration_us", Int((session.ended &- session.started) / 1_000))
        add("bytes_received", session.received)
        add("bytes_sent", session.sent)
        add("attempts", session.tried.count)
        addPlace(session)
        add("trace_id", session.traceID.description)
        add("span_id", session.spanID.description)
        addParties(session)
        end()
    }

    /// One ISO 8583 request and its answer, or a message that stood alone. What was in the fields is not written, but
    /// for the ids that the listener names.
    mutating func append(_ exchange: ISO8583Exchange, in session: StreamSession, end: ISO8583Exchange.End) {
        begin(at: exchange.startedWall, session.listener.direction)
        addClient(session.listener.name, session.downstream.peerAddress, session.original)
        add("protocol", session.protocolName)
        if let request = exchange.request { add("message_type", request.typeText) }
        if let response = exchange.response { add("response_message_type", response.typeText) }
        if let code = exchange.responseCode { add("response_code", String(decoding: code, as: UTF8.self)) }
        addEnd(end.flag, end.sentence)
        add("duration_us", Int((end.time &- exchange.started) / 1_000))
        let fromClient = exchange.side == .downstream
        add("bytes_received", fromClient ? exchange.requestBytes : exchange.responseBytes)
        add("bytes_sent", fromClient ? exchange.responseBytes : exchange.requestBytes)
        addPlace(session)
        add("trace_id", exchange.traceID.description)
        add("span_id", exchange.spanID.description)
        add(exchange.transactions.identifiers)
        addParties(session)
        self.end()
    }

    /// A connection that ended before anything could be passed on.
    mutating func append(_ refused: RefusedConnection, own: Principal) {
        begin(at: refused.arrival.startedWall, refused.listener.direction)
        addClient(refused.listener.name, refused.arrival.peerAddress, refused.arrival.original)
        addEnd(refused.flag, refused.sentence)
        add("duration_us", Int((refused.ended &- refused.arrival.started) / 1_000))
        add("trace_id", refused.traceID.description)
        add("span_id", refused.spanID.description)
        if !own.text.isEmpty { add("principal", own.text) }
        end()
    }

    /// Who came, to which listener, and where an intercepted connection wanted to go.
    mutating func addClient(_ listener: String, _ address: [UInt8], _ original: OriginalDestination?) {
        add("listener", listener)
        if !address.isEmpty { add("client_address", String(decoding: address, as: UTF8.self)) }
        if let original { add("original_destination", original.text) }
    }

    mutating func addEnd(_ flag: ResponseFlag?, _ sentence: String) {
        if let flag { add("response_flags", flag.rawValue) }
        if !sentence.isEmpty { add("reason", sentence) }
    }

    private mutating func addPlace(_ session: StreamSession) {
        if let route = session.route {
            add("route", route.route.name)
        }
        if let destination = session.destination { add("cluster", destination.pool.cluster.name) }
        if let endpoint = session.endpoint { add("upstream", endpoint.endpoint.description) }
    }

    private mutating func addParties(_ session: StreamSession) {
        let own = session.worker.principal
        if !own.text.isEmpty { add("principal", own.text) }
        let peer = session.listener.direction == .inbound ? session.principal : session.peerPrincipal
        if !peer.text.isEmpty { add("peer_principal", peer.text) }
        add(session.policy, session.decision)
    }
}
