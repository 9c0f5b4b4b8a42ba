import NIOCore

/// Frames as they come: which may come when, and content.
extension HTTP2Connection {
    func take(_ header: FrameHeader, _ payload: ByteBuffer) -> HTTP2Fault? {
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

    func isIdle(_ streamID: Int32) -> Bool { streamID > lastStreamID || streamID & 1 == 0 }

    func data(_ header: FrameHeader, _ payload: ByteBuffer) -> HTTP2Fault? {
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
        // Of an endpoint it was on its way when the request was given up, and it has been told so: it must not pay, with
        // all its other requests, for clients that leave.
        guard isServer else { return nil }
        if let fault = spend(2) { return fault }
        writeReset(.streamClosed, stream: streamID)
        return nil
    }

    final func broke(_ stream: HTTP2Stream, _ fault: HTTP2Fault) {
        worker.counters.refused(fault.faultCode)
        stream.broken(fault)
    }

    func creditConnection(_ count: Int) {
        receiveCredit += count
        guard receiveCredit >= Self.window / 2, !isServer || heldBytes < Self.maximumHeldBytes, !isOver else { return }
        writeWindowUpdate(receiveCredit, stream: 0)
        receiveWindow += receiveCredit
        receiveCredit = 0
    }

    func unpad(_ header: FrameHeader, _ payload: inout ByteBuffer) -> HTTP2Fault? {
        guard header.has(FrameHeader.padded) else { return nil }
        guard let padding = payload.readInteger(as: UInt8.self), Int(padding) <= payload.readableBytes else {
            return HTTP2Fault(.protocolError, "the padding is longer than its frame")
        }
        payload.moveWriterIndex(to: payload.writerIndex - Int(padding))
        return nil
    }
}
