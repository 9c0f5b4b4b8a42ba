import NIOCore
import NIOHPACK

/// What both ends of an HTTP/2 connection share: frames, settings, windows, header compression, and the bounds on what a
/// peer may make this end do (RFC 9113).
class HTTP2Connection: ByteConnection {
    static let maximumFrameBytes = 16_384
    /// How many bytes a peer may send on all streams together.
    static let window = 1 << 20
    /// Beyond this many bytes held back for slow receivers the connection's window stays shut.
    static let maximumHeldBytes = 4 << 20

    let isServer: Bool
    /// Of one header list, and of the block that carries it.
    let maximumHeaderBytes: Int
    var peer = PeerSettings()
    var streams: [Int32: HTTP2Stream] = [:]
    /// The highest stream that the client has opened.
    var lastStreamID: Int32 = 0
    var sendWindow = 65_535
    var flood = FloodGuard(now: Clock.monotonic())
    /// GOAWAY with an error went out, or the channel is closed.
    private(set) var isOver = false
    private(set) var receivesSettings = false
    /// A header block that is not complete yet.
    private(set) var block: HeaderBlock?
    /// When `block` began.
    private(set) var blockSince: UInt64 = 0
    private var hasStarted = false
    private var receiveWindow = 65_535
    private var receiveCredit = 0
    private var heldBytes = 0
    private var decoder: HPACKDecoder
    var encoder: HPACKEncoder
    /// Built up for each head in turn.
    var outgoing = HPACKHeaders()
    /// The flags of the last DATA or HEADERS frame in the gathered output, so that it can be made the stream's last.
    private var lastFrame: (stream: Int32, flagsAt: Int, generation: Int)?

    init(worker: Worker, isServer: Bool, maximumHeaderBytes: Int) {
        self.isServer = isServer
        self.maximumHeaderBytes = maximumHeaderBytes
        // A list over the bound can still be told from one that is meant to hurt.
        decoder = HPACKDecoder(
            allocator: worker.allocator, maxDynamicTableSize: 4_096, maxHeaderListSize: maximumHeaderBytes * 2)
        encoder = HPACKEncoder(allocator: worker.allocator)
        super.init(worker: worker)
    }

    // MARK: What an end defines

    /// What this end says in its SETTINGS.
    var settings: [(UInt16, UInt32)] { [] }
    /// A whole header block on `streamID`; a fault when the connection cannot go on.
    func headers(_ headers: HPACKHeaders, stream streamID: Int32, endsStream: Bool) -> HTTP2Fault? { nil }
    func goneAway(lastStream: Int32, code: UInt32) {}
    func pingAcknowledged() {}
    func settingsChanged() {}
    /// A stream has ended.
    func streamEnded() {}
    /// The client's first bytes; `false` when more are needed.
    func readPreface() -> Bool { true }

    // MARK: Life

    override func active() {
        guard !hasStarted else { return }
        hasStarted = true
        if !isServer { write { _ = $0.writeStaticString("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n") } }
        write { output in
            output.writeFrameHeader(.settings, length: settings.count * 6)
            for (identifier, value) in settings { output.writeMultipleIntegers(identifier, value) }
        }
        writeWindowUpdate(Self.window - receiveWindow, stream: 0)
        receiveWindow = Self.window
    }

    override var isShared: Bool { true }

    override func closed() { lose(nil) }

    /// GOAWAY tells the peer to come again; what it has sent by then is still answered.
    override func retire() {
        super.retire()
        drain()
    }

    /// Ends all streams.
    private func lose(_ fault: HTTP2Fault?) {
        isOver = true
        let open = streams.values
        for stream in open { stream.connectionLost(fault) }
        streams.removeAll()
    }

    /// Says why, and closes.
    final func fail(_ fault: HTTP2Fault) {
        guard !isOver else { return }
        worker.counters.refused(fault.faultCode)
        isOver = true
        writeGoAway(fault.code, lastStream: isServer ? lastStreamID : 0, sentence: fault.sentence)
        lose(fault)
        input.clear()
        closeAfterFlush()
    }

    override func becameWritable() {
        process()
        wakeStreams()
        resumeReading()
    }

    private func wakeStreams() {
        for stream in Array(streams.values) {
            guard sendWindow > 0, isWritable else { return }
            stream.pump()
            if stream.canSend { stream.becameWritable() }
        }
    }

    final func remove(_ stream: HTTP2Stream) {
        streams[stream.id] = nil
        streamEnded()
    }

    /// Content of streams was put aside, or taken from there.
    final func held(_ count: Int) {
        heldBytes += count
        if count < 0 { creditConnection(0) }
    }

    // MARK: Frames in

    override func step() {
        guard readPreface() else { return }
        while !isOver, let header = FrameHeader(input) {
            guard header.length <= Self.maximumFrameBytes else {
                fail(HTTP2Fault(.frameSizeError, "a frame has \(header.length) bytes of payload"))
                return
            }
            guard input.readableBytes >= FrameHeader.length + header.length else { return }
            input.moveReaderIndex(forwardBy: FrameHeader.length)
            guard let payload = input.readSlice(length: header.length) else { return }
            if let fault = take(header, payload) { fail(fault) }
        }
    }

    private func take(_ header: FrameHeader, _ payload: ByteBuffer) -> HTTP2Fault? {
        if !receivesSettings, header.kind != .settings {
            return HTTP2Fault(.protocolError, "the first frame is not SETTINGS")
        }
        if block != nil, header.kind != .continuation {
            return HTTP2Fault(.protocolError, "a header block is interrupted by another frame")
        }
        switch header.kind {
        case .data: return data(header, payload)
        case .headers: return headers(header, payload)
        case .continuation: return continuation(header, payload)
        case .priority: return priority(header, payload)
        case .resetStream: return resetStream(header, payload)
        case .settings: return settings(header, payload)
        case .pushPromise: return HTTP2Fault(.protocolError, "PUSH_PROMISE, which this end does not take")
        case .ping: return ping(header, payload)
        case .goAway: return goAway(header, payload)
        case .windowUpdate: return windowUpdate(header, payload)
        case nil: return spend(1)
        }
    }

    final func spend(_ amount: Int) -> HTTP2Fault? {
        flood.spend(amount, now: Clock.monotonic())
            ? nil : HTTP2Fault(.enhanceYourCalm, "too many frames that carry nothing")
    }

    private func isIdle(_ streamID: Int32) -> Bool { streamID > lastStreamID || streamID & 1 == 0 }

    private func data(_ header: FrameHeader, _ payload: ByteBuffer) -> HTTP2Fault? {
        guard header.streamID != 0, !isIdle(header.streamID) else {
            return HTTP2Fault(.protocolError, "DATA on stream \(header.streamID), which is not open")
        }
        guard header.length <= receiveWindow else {
            return HTTP2Fault(.flowControlError, "the connection was sent more than its window")
        }
        receiveWindow -= header.length
        var content = payload
        if let fault = unpad(header, &content) { return fault }
        let ends = header.has(FrameHeader.endStream)
        if content.readableBytes == 0, !ends, let fault = spend(4) { return fault }
        if content.readableBytes > 0 { flood.earn(1) }
        defer { creditConnection(header.length) }
        guard let stream = streams[header.streamID] else { return closedStream(header.streamID) }
        if let fault = stream.receive(content, frameLength: header.length, endsStream: ends) { broke(stream, fault) }
        return nil
    }

    /// A frame for a stream that is over: it may have been on its way.
    final func closedStream(_ streamID: Int32) -> HTTP2Fault? {
        if let fault = spend(2) { return fault }
        writeReset(.streamClosed, stream: streamID)
        return nil
    }

    final func broke(_ stream: HTTP2Stream, _ fault: HTTP2Fault) {
        worker.counters.refused(fault.faultCode)
        stream.broken(fault)
    }

    private func creditConnection(_ count: Int) {
        receiveCredit += count
        guard receiveCredit >= Self.window / 2, heldBytes < Self.maximumHeldBytes, !isOver else { return }
        writeWindowUpdate(receiveCredit, stream: 0)
        receiveWindow += receiveCredit
        receiveCredit = 0
    }

    private func unpad(_ header: FrameHeader, _ payload: inout ByteBuffer) -> HTTP2Fault? {
        guard header.has(FrameHeader.padded) else { return nil }
        guard let padding = payload.readInteger(as: UInt8.self), Int(padding) <= payload.readableBytes else {
            return HTTP2Fault(.protocolError, "the padding is longer than its frame")
        }
        payload.moveWriterIndex(to: payload.writerIndex - Int(padding))
        return nil
    }

    private func headers(_ header: FrameHeader, _ payload: ByteBuffer) -> HTTP2Fault? {
        guard header.streamID & 1 == 1 else {
            return HTTP2Fault(.protocolError, "HEADERS on stream \(header.streamID), which no client opens")
        }
        var fragment = payload
        if let fault = unpad(header, &fragment) { return fault }
        if header.has(FrameHeader.priorityIncluded) {
            guard let dependency = fragment.readInteger(as: UInt32.self), fragment.readInteger(as: UInt8.self) != nil
            else { return HTTP2Fault(.frameSizeError, "HEADERS is too short for its priority") }
            guard dependency & 0x7FFF_FFFF != UInt32(header.streamID) else {
                return HTTP2Fault(.protocolError, "stream \(header.streamID) depends on itself")
            }
        }
        let block = HeaderBlock(
            streamID: header.streamID, endsStream: header.has(FrameHeader.endStream), bytes: fragment)
        if header.has(FrameHeader.endHeaders) { return complete(block) }
        self.block = block
        blockSince = Clock.monotonic()
        return nil
    }

    private func continuation(_ header: FrameHeader, _ payload: ByteBuffer) -> HTTP2Fault? {
        guard block?.streamID == header.streamID, header.streamID != 0 else {
            return HTTP2Fault(.protocolError, "CONTINUATION without HEADERS before it")
        }
        if let fault = block?.add(payload, maximumBytes: maximumHeaderBytes * 2) { return fault }
        guard header.has(FrameHeader.endHeaders), let whole = block else { return nil }
        block = nil
        return complete(whole)
    }

    private func complete(_ block: HeaderBlock) -> HTTP2Fault? {
        var bytes = block.bytes
        let decoded: HPACKHeaders
        do {
            decoded = try decoder.decodeHeaders(from: &bytes)
        } catch is NIOHPACKErrors.MaxHeaderListSizeViolation {
            return HTTP2Fault(.enhanceYourCalm, "a header list is longer than \(maximumHeaderBytes * 2) bytes")
        } catch {
            return HTTP2Fault(.compressionError, "a header block cannot be decoded: \(error)")
        }
        return headers(decoded, stream: block.streamID, endsStream: block.endsStream)
    }

    private func priority(_ header: FrameHeader, _ payload: ByteBuffer) -> HTTP2Fault? {
        guard header.streamID != 0 else { return HTTP2Fault(.protocolError, "PRIORITY on stream 0") }
        guard header.length == 5, let dependency = payload.getInteger(at: payload.readerIndex, as: UInt32.self) else {
            return HTTP2Fault(.frameSizeError, "PRIORITY has \(header.length) bytes, not 5")
        }
        guard dependency & 0x7FFF_FFFF != UInt32(header.streamID) else {
            return HTTP2Fault(.protocolError, "stream \(header.streamID) depends on itself")
        }
        return spend(1)
    }

    private func resetStream(_ header: FrameHeader, _ payload: ByteBuffer) -> HTTP2Fault? {
        guard header.length == 4, let code = payload.getInteger(at: payload.readerIndex, as: UInt32.self) else {
            return HTTP2Fault(.frameSizeError, "RST_STREAM has \(header.length) bytes, not 4")
        }
        guard header.streamID != 0, !isIdle(header.streamID) else {
            return HTTP2Fault(.protocolError, "RST_STREAM on stream \(header.streamID), which is not open")
        }
        guard let stream = streams[header.streamID] else { return spend(1) }
        if isServer, let fault = spend(FloodGuard.costOfReset) { return fault }
        stream.resetByPeer(code)
        return nil
    }

    private func settings(_ header: FrameHeader, _ payload: ByteBuffer) -> HTTP2Fault? {
        guard header.streamID == 0 else { return HTTP2Fault(.protocolError, "SETTINGS on a stream") }
        receivesSettings = true
        if header.has(FrameHeader.acknowledgement) {
            return header.length == 0 ? nil : HTTP2Fault(.frameSizeError, "a SETTINGS acknowledgement has a payload")
        }
        guard header.length % 6 == 0 else {
            return HTTP2Fault(.frameSizeError, "SETTINGS has \(header.length) bytes, no multiple of 6")
        }
        if let fault = spend(10) { return fault }
        let before = peer
        var rest = payload
        if let fault = peer.read(&rest, fromClient: isServer) { return fault }
        if peer.initialWindow != before.initialWindow {
            for stream in streams.values where !stream.widen(by: peer.initialWindow - before.initialWindow) {
                return HTTP2Fault(.flowControlError, "SETTINGS_INITIAL_WINDOW_SIZE makes a window too large")
            }
        }
        do {
            try encoder.setDynamicTableSize(min(peer.headerTableBytes, HPACKEncoder.defaultDynamicTableSize))
        } catch {
            return HTTP2Fault(.internalError, "the header table cannot be resized: \(error)")
        }
        write { $0.writeFrameHeader(.settings, length: 0, flags: FrameHeader.acknowledgement) }
        settingsChanged()
        wakeStreams()
        return nil
    }

    private func ping(_ header: FrameHeader, _ payload: ByteBuffer) -> HTTP2Fault? {
        guard header.streamID == 0 else { return HTTP2Fault(.protocolError, "PING on a stream") }
        guard header.length == 8 else {
            return HTTP2Fault(.frameSizeError, "PING has \(header.length) bytes, not 8")
        }
        if header.has(FrameHeader.acknowledgement) {
            pingAcknowledged()
            return spend(1)
        }
        write { output in
            output.writeFrameHeader(.ping, length: 8, flags: FrameHeader.acknowledgement)
            output.writeImmutableBuffer(payload)
        }
        return spend(4)
    }

    private func goAway(_ header: FrameHeader, _ payload: ByteBuffer) -> HTTP2Fault? {
        guard header.streamID == 0 else { return HTTP2Fault(.protocolError, "GOAWAY on a stream") }
        var rest = payload
        guard let (last, code) = rest.readMultipleIntegers(as: (UInt32, UInt32).self) else {
            return HTTP2Fault(.frameSizeError, "GOAWAY is shorter than 8 bytes")
        }
        goneAway(lastStream: Int32(bitPattern: last & 0x7FFF_FFFF), code: code)
        return spend(10)
    }

    private func windowUpdate(_ header: FrameHeader, _ payload: ByteBuffer) -> HTTP2Fault? {
        guard header.length == 4, let raw = payload.getInteger(at: payload.readerIndex, as: UInt32.self) else {
            return HTTP2Fault(.frameSizeError, "WINDOW_UPDATE has \(header.length) bytes, not 4")
        }
        let increment = Int(raw & 0x7FFF_FFFF)
        guard header.streamID == 0 else { return streamWindowUpdate(header.streamID, increment) }
        guard increment > 0 else { return HTTP2Fault(.protocolError, "WINDOW_UPDATE by nothing") }
        sendWindow += increment
        guard sendWindow <= 0x7FFF_FFFF else {
            return HTTP2Fault(.flowControlError, "the connection's window is over 2^31-1")
        }
        wakeStreams()
        return spend(1)
    }

    private func streamWindowUpdate(_ streamID: Int32, _ increment: Int) -> HTTP2Fault? {
        guard !isIdle(streamID) else {
            return HTTP2Fault(.protocolError, "WINDOW_UPDATE on stream \(streamID), which is not open")
        }
        guard let stream = streams[streamID] else { return spend(1) }
        if increment == 0 {
            broke(stream, HTTP2Fault(.protocolError, "WINDOW_UPDATE by nothing"))
        } else if !stream.widen(by: increment) {
            broke(stream, HTTP2Fault(.flowControlError, "the window of stream \(streamID) is over 2^31-1"))
        } else {
            stream.pump()
            if stream.canSend { stream.becameWritable() }
        }
        return spend(1)
    }

    // MARK: Frames out

    /// A DATA frame within the windows, which the caller has counted.
    final func writeData(_ content: ByteBuffer, stream: Int32) {
        noteFrame(stream)
        flood.earn(1)
        write { $0.writeFrameHeader(.data, length: content.readableBytes, stream: stream) }
        write(content)
    }

    private func noteFrame(_ stream: Int32) {
        lastFrame = (stream, write { $0.writerIndex } + 4, output.generation)
    }

    /// Ends a stream: the last frame is marked when it is still here, else an empty one follows.
    final func writeEnd(stream: Int32) {
        if let lastFrame, lastFrame.stream == stream, lastFrame.generation == output.generation {
            write { output in
                let flags = output.getInteger(at: lastFrame.flagsAt, as: UInt8.self) ?? 0
                output.setInteger(flags | FrameHeader.endStream, at: lastFrame.flagsAt)
            }
        } else {
            write { $0.writeFrameHeader(.data, length: 0, flags: FrameHeader.endStream, stream: stream) }
        }
    }

    /// Sends `outgoing` and empties it.
    final func writeHeaders(stream: Int32, endsStream: Bool) {
        var encoded = worker.allocator.buffer(capacity: 256)
        do {
            try encoder.encode(headers: outgoing, to: &encoded)
        } catch {
            outgoing.removeAll(keepingCapacity: true)
            fail(HTTP2Fault(.internalError, "a header list cannot be encoded: \(error)"))
            return
        }
        outgoing.removeAll(keepingCapacity: true)
        noteFrame(stream)
        var kind = FrameHeader.Kind.headers
        repeat {
            guard let piece = encoded.readSlice(length: min(encoded.readableBytes, peer.maximumFrameBytes)) else {
                return
            }
            var flags = encoded.readableBytes == 0 ? FrameHeader.endHeaders : 0
            if kind == .headers, endsStream { flags |= FrameHeader.endStream }
            write { output in
                output.writeFrameHeader(kind, length: piece.readableBytes, flags: flags, stream: stream)
                output.writeImmutableBuffer(piece)
            }
            kind = .continuation
        } while encoded.readableBytes > 0
    }

    /// `false` when no field remains that may be sent.
    final func writeTrailers(_ trailers: FieldSection, stream: Int32) -> Bool {
        outgoing.addTrailers(trailers)
        guard !outgoing.isEmpty else { return false }
        writeHeaders(stream: stream, endsStream: true)
        return true
    }

    final func writeWindowUpdate(_ increment: Int, stream: Int32) {
        write { output in
            output.writeFrameHeader(.windowUpdate, length: 4, stream: stream)
            output.writeInteger(UInt32(increment))
        }
    }

    final func writeReset(_ code: HTTP2ErrorCode, stream: Int32) {
        write { output in
            output.writeFrameHeader(.resetStream, length: 4, stream: stream)
            output.writeInteger(code.rawValue)
        }
    }

    final func writePing() {
        write { output in
            output.writeFrameHeader(.ping, length: 8)
            output.writeInteger(UInt64(0x7761_7962_696C_6C21))
        }
    }

    final func writeGoAway(_ code: HTTP2ErrorCode, lastStream: Int32, sentence: String = "") {
        let debug = sentence.utf8.prefix(256)
        write { output in
            output.writeFrameHeader(.goAway, length: 8 + debug.count)
            output.writeMultipleIntegers(UInt32(lastStream), code.rawValue)
            output.writeBytes(debug)
        }
    }
}
