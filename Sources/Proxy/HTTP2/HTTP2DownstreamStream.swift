import Mesh
import NIOCore

/// One request of an HTTP/2 client.
final class HTTP2DownstreamStream: HTTP2Stream, Downstream {
    private let server: HTTP2Downstream
    private(set) var head: RequestHead
    private(set) var hasSoundHead = false
    private var exchange: Exchange?
    /// How the stream is reset when it ends before the request does.
    private var endCode = HTTP2ErrorCode.noError
    /// When a client that does not take the rest of its answer is given up.
    private var deadline = UInt64.max

    init(_ server: HTTP2Downstream, id: Int32) {
        self.server = server
        head = RequestHead(limits: server.httpLimits)
        super.init(server, id: id)
    }

    var direction: Direction { server.direction }
    var routes: RouteTable { server.routes }
    var limits: RequestLimits { server.limits }
    var isSecure: Bool { server.isSecure }
    var principal: Principal { server.principal }
    var original: OriginalDestination? { server.original }
    var peerAddress: [UInt8] { server.peerAddress }
    var isWritable: Bool { canSend }

    // MARK: The request

    func begin(_ headers: HeaderList, endsStream: Bool) {
        let fault =
            head.fill(headers, endsStream: endsStream) ?? head.normalizePath(server.routes.pathNormalization)
        hasSoundHead = fault == nil
        // Of a tunnel only the first direction is over then, and that matters only once it is open.
        if endsStream { endWithHead(delivered: head.asksFor == nil) }
        switch head.body {
        case .fixed(let length): expectedLength = length
        // A length of zero is kept too: content after it would be the start of another request to an HTTP/1 service.
        case .none where head.asksFor == nil: expectedLength = 0
        default: break
        }
        let exchange = Exchange(self, worker: server.worker)
        self.exchange = exchange
        if let fault {
            server.worker.counters.refused(fault.code)
            if fault.status == 400 { endCode = .protocolError }
            exchange.refuseMalformed(fault, .downstreamProtocolError)
        } else {
            exchange.begin()
        }
    }

    func trailers(_ headers: HeaderList, endsStream: Bool) {
        var section = FieldSection(limits: server.httpLimits)
        guard !remoteEnded else {
            server.broke(self, HTTP2Fault(.streamClosed, "HEADERS after the end of stream \(id)"))
            return
        }
        guard exchange?.isTunnelling != true else {
            server.broke(self, HTTP2Fault(.protocolError, "HEADERS on stream \(id), which is a tunnel"))
            return
        }
        guard endsStream else {
            server.broke(self, HTTP2Fault(.protocolError, "a second header list that does not end stream \(id)"))
            return
        }
        if let fault = section.fillTrailers(headers) {
            server.broke(self, HTTP2Fault(.protocolError, fault.sentence))
        } else if let fault = receiveEnd(trailers: section) {
            server.broke(self, fault)
        }
    }

    override var takesContent: Bool { exchange?.takesContent ?? true }
    override func received(_ content: ByteBuffer) { exchange?.requestContent(content) }
    override func receivedEnd(trailers: FieldSection?) { exchange?.requestEnd(trailers: trailers) }
    override func becameWritable() { exchange?.downstreamBecameWritable() }
    func resume() { deliver() }

    // MARK: The answer

    func sendInterim(_ response: ResponseHead) { sendHead(response, HeadEdits()) }

    func sendHead(_ response: ResponseHead, _ edits: HeadEdits) {
        guard !isClosed else { return }
        let status = response.opensTunnel ? 200 : response.status
        server.outgoing.add(name: ":status", value: String(status))
        server.outgoing.add(response.fields) { field, raw in response.passesOn(field, in: raw, edits) }
        server.outgoing.add(edits)
        if response.status >= 200, response.status != 204, !response.opensTunnel, let length = response.bodyLength {
            server.outgoing.add(name: "content-length", value: String(length), indexing: .nonIndexable)
        }
        server.writeHeaders(stream: id, endsStream: false)
    }

    func sendContent(_ content: ByteBuffer) { send(content) }
    func sendEnd(trailers: FieldSection?) { sendLast(trailers: trailers) }

    func answer(_ answer: ProxyAnswer) {
        guard !isClosed else { return }
        if hasSoundHead, head.isGRPC {
            GRPCAnswer.add(answer, to: &server.outgoing)
            localEnded = true
            server.writeHeaders(stream: id, endsStream: true)
            return
        }
        let body = answer.sentence + "\n"
        server.outgoing.add(name: ":status", value: String(answer.status))
        server.outgoing.add(name: "content-type", value: "text/plain; charset=utf-8")
        server.outgoing.add(name: "content-length", value: String(body.utf8.count), indexing: .nonIndexable)
        server.outgoing.add(name: "x-waybill-response-flags", value: answer.flag.rawValue)
        server.outgoing.add(answer.edits)
        server.writeHeaders(stream: id, endsStream: false)
        if !(hasSoundHead && head.method == .head) { send(ByteBuffer(string: body)) }
        sendLast(trailers: nil)
    }

    // MARK: The end

    func exchangeEnded() {
        exchange = nil
        if localEnded {
            close(endCode)
        } else {
            deadline = Clock.monotonic().after(milliseconds: limits.idleTimeoutMilliseconds)
        }
    }

    override func sentAll() {
        server.flood.earn(FloodGuard.creditOfRequest)
        if exchange == nil { close(endCode) }
    }

    func abort() {
        let wasTunnel = exchange?.isTunnelling == true
        exchange = nil
        close(wasTunnel ? .connectError : .internalError)
    }

    override func resetByPeer(_ code: UInt32) {
        endedByClient(.downstreamConnectionTermination, "the client gave the request up before its answer was complete")
    }

    override func connectionLost(_ fault: HTTP2Fault?) {
        if let fault {
            endedByClient(.downstreamProtocolError, "the client broke HTTP/2: \(fault.sentence)")
        } else {
            endedByClient(
                .downstreamConnectionTermination, "the client closed the connection before the answer was complete")
        }
    }

    override func cutOff(_ reason: String) {
        let open = exchange
        exchange = nil
        close(.cancel, silently: true)
        open?.cutOff(.client, reason)
    }

    override func broken(_ fault: HTTP2Fault) {
        let open = exchange
        exchange = nil
        server.writeReset(fault.code, stream: id)
        close(fault.code, silently: true)
        open?.downstreamFailed(.downstreamProtocolError, "the client broke HTTP/2: \(fault.sentence)")
    }

    private func endedByClient(_ flag: ResponseFlag, _ sentence: String) {
        let open = exchange
        exchange = nil
        close(.cancel, silently: true)
        open?.downstreamFailed(flag, sentence)
    }

    /// The access rules of the listener have changed.
    func policyChanged() { exchange?.reauthorizeTunnel() }
    func endTunnel(_ sentence: String) { exchange?.denyTunnel(sentence) }

    override func check(now: UInt64) {
        exchange?.check(now: now)
        if exchange == nil, now >= deadline { close(.cancel) }
    }
}
