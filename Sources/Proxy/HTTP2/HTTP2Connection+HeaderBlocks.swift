import NIOCore

/// Header blocks, which may come in pieces.
extension HTTP2Connection {
    func headers(_ header: FrameHeader, _ payload: ByteBuffer) -> HTTP2Fault? {
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

    func continuation(_ header: FrameHeader, _ payload: ByteBuffer) -> HTTP2Fault? {
        guard block?.streamID == header.streamID, header.streamID != 0 else {
            return HTTP2Fault(.protocolError, "CONTINUATION without HEADERS before it")
        }
        if let fault = block?.add(payload, maximumBytes: maximumHeaderBytes * 2) { return fault }
        guard header.has(FrameHeader.endHeaders), let whole = block else { return nil }
        block = nil
        return complete(whole)
    }

    func complete(_ block: HeaderBlock) -> HTTP2Fault? {
        switch block.bytes.withUnsafeReadableBytes({ decoder.decode($0, into: &incoming) }) {
        case nil: break
        case .listTooLong:
            return HTTP2Fault(.enhanceYourCalm, "a header list is longer than \(maximumHeaderBytes * 2) bytes")
        case .malformed(let sentence):
            return HTTP2Fault(.compressionError, "a header block cannot be decoded: \(sentence)")
        }
        return headers(incoming, stream: block.streamID, endsStream: block.endsStream)
    }
}
