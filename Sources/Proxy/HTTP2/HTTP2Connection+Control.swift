import NIOCore

/// Frames that carry no message: resets, settings, windows, and signs of life.
extension HTTP2Connection {
    func priority(_ header: FrameHeader, _ payload: ByteBuffer) -> HTTP2Fault? {
        guard header.streamID != 0 else { return HTTP2Fault(.protocolError, "PRIORITY on stream 0") }
        guard header.length == 5, let dependency = payload.getInteger(at: payload.readerIndex, as: UInt32.self) else {
            return HTTP2Fault(.frameSizeError, "PRIORITY has \(header.length) bytes, not 5")
        }
        guard dependency & 0x7FFF_FFFF != UInt32(header.streamID) else {
            return HTTP2Fault(.protocolError, "stream \(header.streamID) depends on itself")
        }
        return spend(1)
    }

    func resetStream(_ header: FrameHeader, _ payload: ByteBuffer) -> HTTP2Fault? {
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

    func settings(_ header: FrameHeader, _ payload: ByteBuffer) -> HTTP2Fault? {
        guard header.streamID == 0 else { return HTTP2Fault(.protocolError, "SETTINGS on a stream") }
        receivesSettings = true
        if header.has(FrameHeader.acknowledgement) {
            return header.length == 0
                ? spend(1) : HTTP2Fault(.frameSizeError, "a SETTINGS acknowledgement has a payload")
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
        encoder.limitTable(peer.headerTableBytes)
        write { $0.writeFrameHeader(.settings, length: 0, flags: FrameHeader.acknowledgement) }
        settingsChanged()
        wakeStreams()
        return nil
    }

    func ping(_ header: FrameHeader, _ payload: ByteBuffer) -> HTTP2Fault? {
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

    func goAway(_ header: FrameHeader, _ payload: ByteBuffer) -> HTTP2Fault? {
        guard header.streamID == 0 else { return HTTP2Fault(.protocolError, "GOAWAY on a stream") }
        var rest = payload
        guard let (last, code) = rest.readMultipleIntegers(as: (UInt32, UInt32).self) else {
            return HTTP2Fault(.frameSizeError, "GOAWAY is shorter than 8 bytes")
        }
        goneAway(lastStream: Int32(bitPattern: last & 0x7FFF_FFFF), code: code)
        return spend(10)
    }

    func windowUpdate(_ header: FrameHeader, _ payload: ByteBuffer) -> HTTP2Fault? {
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

    func streamWindowUpdate(_ streamID: Int32, _ increment: Int) -> HTTP2Fault? {
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
}
