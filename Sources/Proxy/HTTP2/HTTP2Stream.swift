import NIOCore

/// What both ends of an HTTP/2 stream share: its windows, what has come and is not yet taken, what is to be sent and has
/// no window yet.
class HTTP2Stream {
    /// How many bytes a peer may send on one stream before they are taken.
    static let window = 131_072

    let connection: HTTP2Connection
    /// 0 while a request has no stream yet.
    private(set) var id: Int32
    var sendWindow: Int
    private(set) var receiveWindow = HTTP2Stream.window
    private var receiveCredit = 0
    /// Received content that nobody has taken yet.
    private(set) var inbox = ByteBuffer()
    /// Content to send, waiting for a window.
    private var outbox = ByteBuffer()
    private var outboxEnds = false
    private var outboxTrailers: FieldSection?
    /// END_STREAM has come.
    private(set) var remoteEnded = false
    private var endDelivered = false
    private var trailers: FieldSection?
    /// END_STREAM has been sent.
    var localEnded = false
    /// Reset by either end, or over.
    private(set) var isClosed = false
    /// What content-length said; `nil` where it said nothing.
    var expectedLength: Int?
    private var receivedLength = 0

    init(_ connection: HTTP2Connection, id: Int32) {
        self.connection = connection
        self.id = id
        sendWindow = connection.peer.initialWindow
    }

    /// Opens the stream of a request that is about to be sent.
    final func open(_ id: Int32) {
        self.id = id
        sendWindow = connection.peer.initialWindow
    }

    // MARK: What an end defines

    /// Whether content can be taken now.
    var takesContent: Bool { false }
    func received(_ content: ByteBuffer) {}
    func receivedEnd(trailers: FieldSection?) {}
    /// Content can be sent again.
    func becameWritable() {}
    func resetByPeer(_ code: UInt32) {}
    /// The connection is gone or cannot go on.
    func connectionLost(_ fault: HTTP2Fault?) {}
    /// The peer is not trusted any more, for a reason that follows "its certificate".
    func cutOff(_ reason: String) {}
    /// The peer broke the rules on this stream alone.
    func broken(_ fault: HTTP2Fault) {}
    func check(now: UInt64) {}
    /// Everything has been sent.
    func sentAll() {}

    // MARK: Receiving

    /// One DATA frame; a fault when it breaks flow control or the stated length.
    func receive(_ content: ByteBuffer, frameLength: Int, endsStream: Bool) -> HTTP2Fault? {
        guard !remoteEnded else { return HTTP2Fault(.streamClosed, "DATA after the end of stream \(id)") }
        guard frameLength <= receiveWindow else {
            return HTTP2Fault(.flowControlError, "stream \(id) was sent more than its window")
        }
        receiveWindow -= frameLength
        receivedLength += content.readableBytes
        if let expectedLength, receivedLength > expectedLength || endsStream && receivedLength < expectedLength {
            return HTTP2Fault(.protocolError, "stream \(id) has another length than its content-length says")
        }
        remoteEnded = endsStream
        // Padding is nobody's content.
        consumed(frameLength - content.readableBytes)
        if inbox.readableBytes == 0, content.readableBytes > 0, takesContent {
            let count = content.readableBytes
            received(content)
            consumed(count)
        } else if content.readableBytes > 0 {
            connection.held(content.readableBytes)
            inbox.writeImmutableBuffer(content)
        }
        deliver()
        return nil
    }

    /// The end, told by a header block.
    func receiveEnd(trailers: FieldSection?) -> HTTP2Fault? {
        if let expectedLength, receivedLength < expectedLength {
            return HTTP2Fault(.protocolError, "stream \(id) has another length than its content-length says")
        }
        remoteEnded = true
        self.trailers = trailers
        deliver()
        return nil
    }

    /// Marks a message without content as complete.
    func endWithHead(delivered: Bool = true) {
        remoteEnded = true
        endDelivered = delivered
    }

    /// Hands over what has come, as far as it is taken.
    final func deliver() {
        if inbox.readableBytes > 0, takesContent, !isClosed {
            let piece = inbox
            inbox = connection.worker.emptyBuffer
            connection.held(-piece.readableBytes)
            received(piece)
            consumed(piece.readableBytes)
        }
        if remoteEnded, !endDelivered, inbox.readableBytes == 0, !isClosed {
            endDelivered = true
            receivedEnd(trailers: trailers)
        }
    }

    private func consumed(_ count: Int) {
        receiveCredit += count
        guard !remoteEnded, !isClosed, receiveCredit >= Self.window / 2 else { return }
        connection.writeWindowUpdate(receiveCredit, stream: id)
        receiveWindow += receiveCredit
        receiveCredit = 0
    }

    // MARK: Sending

    final var canSend: Bool {
        outbox.readableBytes == 0 && sendWindow > 0 && connection.sendWindow > 0 && connection.isWritable
            && !isClosed
    }

    final func send(_ content: ByteBuffer) {
        guard !isClosed, !localEnded, content.readableBytes > 0 else { return }
        if outbox.readableBytes == 0 { outbox = content } else { outbox.writeImmutableBuffer(content) }
        pump()
    }

    final func sendLast(trailers: FieldSection?) {
        guard !isClosed, !localEnded else { return }
        outboxEnds = true
        outboxTrailers = trailers
        pump()
    }

    /// Sends as much as the windows allow.
    final func pump() {
        guard !isClosed, !localEnded else { return }
        while outbox.readableBytes > 0 {
            let room = min(sendWindow, connection.sendWindow)
            guard room > 0, connection.isWritable else { return }
            let count = min(outbox.readableBytes, room, connection.peer.maximumFrameBytes)
            guard let piece = outbox.readSlice(length: count) else { return }
            sendWindow -= count
            connection.sendWindow -= count
            connection.writeData(piece, stream: id)
        }
        outbox = connection.worker.emptyBuffer
        guard outboxEnds else { return }
        localEnded = true
        let sent = outboxTrailers.map { connection.writeTrailers($0, stream: id) } ?? false
        if !sent { connection.writeEnd(stream: id) }
        sentAll()
    }

    /// A new initial window, or a WINDOW_UPDATE; `false` when the window gets too large.
    final func widen(by count: Int) -> Bool {
        sendWindow += count
        return sendWindow <= 0x7FFF_FFFF
    }

    // MARK: Ending

    /// Takes the stream off its connection; tells the peer when either direction was still open.
    final func close(_ code: HTTP2ErrorCode, silently: Bool = false) {
        guard !isClosed else { return }
        isClosed = true
        connection.held(-inbox.readableBytes)
        inbox = connection.worker.emptyBuffer
        outbox = connection.worker.emptyBuffer
        if !silently, !(localEnded && remoteEnded) { connection.writeReset(code, stream: id) }
        connection.remove(self)
    }
}
