import NIOCore

/// One request to an HTTP/2 endpoint.
final class HTTP2UpstreamStream: HTTP2Stream, Upstream {
    private let client: HTTP2Upstream
    private var exchange: Exchange?
    private var head: ResponseHead
    private var hasHead = false
    /// The head of the request is sent.
    private var hasBegun = false
    /// Of a request that waits for the endpoint's SETTINGS.
    private var waitingEdits: HeadEdits?
    /// When a tunnel whose last bytes the endpoint does not take is given up.
    private var deadline = UInt64.max
    /// When the head was sent, and how many frames the endpoint had sent by then.
    private var begun: (at: UInt64, frames: UInt64) = (0, 0)
    /// An endpoint of which nothing is heard for so long may be gone without a word.
    static let silenceNanoseconds: UInt64 = 1_000_000_000

    init(_ client: HTTP2Upstream) {
        self.client = client
        head = ResponseHead(limits: client.worker.upstreamLimits)
        super.init(client, id: 0)
    }

    var endpoint: Int { client.endpoint }
    var principal: Principal { client.principal }
    var version: HTTPVersion { .http2 }
    var isWritable: Bool { hasBegun && canSend }

    // MARK: The request

    func begin(_ exchange: Exchange, _ edits: HeadEdits) {
        self.exchange = exchange
        guard case .upgrade = exchange.tunnel?.kind, !client.peer.takesExtendedConnect else {
            sendHead(exchange, edits)
            return
        }
        // It must not be used before the endpoint has said that it is known (RFC 8441 §3).
        waitingEdits = edits
        client.awaitSettings(self)
        if client.receivesSettings { settingsCame() }
    }

    /// What the endpoint takes is known now.
    func settingsCame() {
        guard let exchange, let edits = waitingEdits else { return }
        waitingEdits = nil
        guard client.peer.takesExtendedConnect else {
            lose(
                .upstreamProtocolError,
                "\(client.pool.cluster.name) at \(client.endpointText) speaks HTTP/2 without extended CONNECT",
                isUnprocessed: true)
            return
        }
        sendHead(exchange, edits)
    }

    private func sendHead(_ exchange: Exchange, _ edits: HeadEdits) {
        hasBegun = true
        begun = (Clock.monotonic(), client.framesReceived)
        client.opens(self)
        let head = exchange.downstream.head
        client.outgoing.addRequest(
            head, exchange.tunnel, isSecure: client.negotiatedProtocol != nil, endpoint: client.endpointText)
        client.outgoing.add(head.fields) { field, raw in
            if field.name == .expect { return !exchange.requestDone }
            return head.passesOn(field, in: raw, edits)
        }
        if head.takesTrailers { client.outgoing.add(name: "te", value: "trailers") }
        client.outgoing.add(edits)
        if case .fixed(let length) = head.body {
            client.outgoing.add(name: "content-length", value: String(length), indexing: .nonIndexable)
        } else if head.statesZeroLength {
            client.outgoing.add(name: "content-length", value: "0")
        }
        let isWhole = head.body == .none && exchange.tunnel == nil
        localEnded = isWhole
        client.writeHeaders(stream: id, endsStream: isWhole)
    }

    func sendContent(_ content: ByteBuffer) { send(content) }
    func sendEnd(trailers: FieldSection?) { sendLast(trailers: trailers) }
    override func becameWritable() { exchange?.upstreamBecameWritable() }

    // MARK: The answer

    func headers(_ headers: HeaderList, endsStream: Bool) {
        guard let exchange, !remoteEnded else {
            client.broke(self, HTTP2Fault(.streamClosed, "HEADERS after the end of stream \(id)"))
            return
        }
        guard !hasHead else {
            guard !exchange.isTunnelling else {
                broken(HTTP2Fault(.protocolError, "HEADERS on stream \(id), which is a tunnel"))
                return
            }
            receiveTrailers(headers, endsStream: endsStream)
            return
        }
        let fault = head.fill(
            headers, answering: exchange.method, tunnel: exchange.tunnel?.kind, endsStream: endsStream)
        if let fault {
            client.worker.counters.refused(fault.code)
            broken(HTTP2Fault(.protocolError, fault.sentence))
            return
        }
        if head.isInterim {
            if endsStream {
                broken(HTTP2Fault(.protocolError, "an interim answer ends stream \(id)"))
            } else {
                exchange.interimResponse(head)
            }
            return
        }
        hasHead = true
        switch head.body {
        case .fixed(let length): expectedLength = length
        // Content behind it would be read as the next answer by a client of HTTP/1.
        case .none where !head.opensTunnel: expectedLength = 0
        default: break
        }
        if endsStream { endWithHead(delivered: false) }
        exchange.response(head)
        deliver()
    }

    override func receive(_ content: ByteBuffer, frameLength: Int, endsStream: Bool) -> HTTP2Fault? {
        guard hasHead else { return HTTP2Fault(.protocolError, "DATA before the head of the answer on stream \(id)") }
        return super.receive(content, frameLength: frameLength, endsStream: endsStream)
    }

    private func receiveTrailers(_ headers: HeaderList, endsStream: Bool) {
        var section = FieldSection(limits: client.worker.upstreamLimits)
        guard endsStream else {
            broken(HTTP2Fault(.protocolError, "a second header list that does not end stream \(id)"))
            return
        }
        if let fault = section.fillTrailers(headers) {
            broken(HTTP2Fault(.protocolError, fault.sentence))
        } else if let fault = receiveEnd(trailers: section) {
            broken(fault)
        }
    }

    override var takesContent: Bool { hasHead && exchange?.downstreamTakesContent ?? true }
    override func received(_ content: ByteBuffer) { exchange?.responseContent(content) }
    override func receivedEnd(trailers: FieldSection?) { exchange?.responseEnd(trailers: trailers) }
    func resume() { deliver() }

    // MARK: The end

    func finish(reusable: Bool) {
        let wasTunnel = exchange?.tunnel?.isOpen == true
        exchange = nil
        if wasTunnel, !localEnded {
            // Both sides have ended; the last bytes wait for a window.
            deadline = Clock.monotonic().after(milliseconds: client.closingMilliseconds)
        } else {
            close(.cancel)
        }
    }

    override func sentAll() { if exchange == nil { close(.cancel) } }
    override func check(now: UInt64) {
        // The client's end may be gone while its last bytes are on their way.
        if let exchange, exchange.isTunnelling { exchange.check(now: now) }
        if now >= deadline { close(.cancel) }
    }

    func abandon() {
        exchange = nil
        if hasBegun, !hasHead, client.framesReceived == begun.frames,
            Clock.monotonic() >= begun.at &+ Self.silenceNanoseconds
        {
            client.distrust()
        }
        giveBack()
    }

    func giveBack() {
        if !hasBegun { client.forget(self) }
        close(.cancel, silently: !hasBegun)
    }

    /// The endpoint has not looked at the request: it may be sent elsewhere, whatever it is.
    func notProcessed() {
        lose(
            .upstreamRemoteReset, "\(client.pool.cluster.name) at \(client.endpointText) did not take the request",
            isUnprocessed: true)
    }

    override func resetByPeer(_ code: UInt32) {
        // The answer is complete and the rest of the request is not wanted (RFC 9113 §8.1).
        if remoteEnded, code == HTTP2ErrorCode.noError.rawValue, exchange?.isTunnelling != true {
            localEnded = true
            return
        }
        if code == HTTP2ErrorCode.refusedStream.rawValue {
            notProcessed()
        } else {
            let name = HTTP2ErrorCode(rawValue: code).map { "\($0)" } ?? "code \(code)"
            lose(
                .upstreamRemoteReset,
                "\(client.pool.cluster.name) at \(client.endpointText) reset the stream (\(name))")
        }
    }

    override func connectionLost(_ fault: HTTP2Fault?) {
        // The whole answer is here, and the client takes the rest of it in its own time.
        if remoteEnded, hasHead, let exchange, !exchange.isTunnelling {
            localEnded = true
            return
        }
        let place = "\(client.pool.cluster.name) at \(client.endpointText)"
        if let fault {
            lose(.upstreamProtocolError, "\(place) breaks HTTP/2: \(fault.sentence)")
        } else {
            let when = hasHead ? "in the middle of its answer" : "before it answered"
            lose(.upstreamConnectionTermination, "\(place) closed the connection \(when)", isRace: id > 1 && !hasHead)
        }
    }

    override func cutOff(_ reason: String) {
        let open = exchange
        exchange = nil
        close(.cancel, silently: true)
        open?.cutOff(.upstream, reason)
    }

    override func broken(_ fault: HTTP2Fault) {
        client.writeReset(fault.code, stream: id)
        lose(
            .upstreamProtocolError,
            "the answer of \(client.pool.cluster.name) at \(client.endpointText) is not sound HTTP: \(fault.sentence)")
    }

    private func lose(_ flag: ResponseFlag, _ sentence: String, isRace: Bool = false, isUnprocessed: Bool = false) {
        let open = exchange
        exchange = nil
        if !hasBegun { client.forget(self) }
        close(.cancel, silently: true)
        open?.attemptFailed(
            UpstreamFailure(
                flag: flag, sentence: sentence, mayHaveArrived: !isUnprocessed, isKeepAliveRace: isRace))
    }
}

extension HeaderList {
    /// The pseudo fields of a request.
    fileprivate mutating func addRequest(
        _ head: RequestHead, _ tunnel: Tunnel?, isSecure: Bool, endpoint: @autoclosure () -> String
    ) {
        switch tunnel?.kind {
        case .connect:
            add(name: ":method", value: "CONNECT")
            head.fields.withBytes(head.authorityRange) { add(name: ":authority", value: $0) }
            return
        case .upgrade(let name):
            add(name: ":method", value: "CONNECT")
            name.withUnsafeBytes { add(name: ":protocol", value: $0) }
        case nil: head.fields.withBytes(head.methodRange) { add(name: ":method", value: $0) }
        }
        add(name: ":scheme", value: isSecure ? "https" : "http")
        if head.authorityRange.isEmpty {
            add(name: ":authority", value: endpoint())
        } else {
            head.fields.withBytes(head.authorityRange) { add(name: ":authority", value: $0) }
        }
        let indexing = head.targetRange.count > 32 ? Indexing.nonIndexable : .indexable
        head.fields.withBytes(head.targetRange) { add(name: ":path", value: $0, indexing: indexing) }
    }
}
