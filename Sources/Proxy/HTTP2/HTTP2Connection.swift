import NIOCore

/// What both ends of an HTTP/2 connection share: frames, settings, windows, header compression, and the bounds on what a
/// peer may make this end do (RFC 9113).
class HTTP2Connection: ByteConnection {
    static let maximumFrameBytes = 16_384
    /// How many bytes a peer may send on all streams together.
    static let window = 1 << 20
    /// Beyond this many bytes of a client's held back for slow services the connection's window stays shut. That of an
    /// endpoint does not: slow clients would shut it for all others, and each of its streams has a bound of its own.
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
    var isOver = false
    var receivesSettings = false
    /// A header block that is not complete yet.
    var block: HeaderBlock?
    /// When `block` began.
    var blockSince: UInt64 = 0
    private var hasStarted = false
    private(set) var framesReceived: UInt64 = 0
    var receiveWindow = 65_535
    var receiveCredit = 0
    var heldBytes = 0
    var decoder: HeaderDecoder
    var encoder = HeaderEncoder()
    /// Of the last header block.
    var incoming = HeaderList()
    /// Built up for each head in turn.
    var outgoing = HeaderList()
    /// The flags of the last DATA or HEADERS frame in the gathered output, so that it can be made the stream's last.
    var lastFrame: (stream: Int32, flagsAt: Int, generation: Int)?

    init(worker: Worker, isServer: Bool, maximumHeaderBytes: Int) {
        self.isServer = isServer
        self.maximumHeaderBytes = maximumHeaderBytes
        // A list over the bound can still be told from one that is meant to hurt.
        decoder = HeaderDecoder(maximumListBytes: maximumHeaderBytes * 2)
        super.init(worker: worker)
    }

    // MARK: What an end defines

    /// What this end says in its SETTINGS.
    var settings: [(UInt16, UInt32)] { [] }
    /// A whole header block on `streamID`; a fault when the connection cannot go on.
    func headers(_ headers: HeaderList, stream streamID: Int32, endsStream: Bool) -> HTTP2Fault? { nil }
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

    override func cutOff(_ reason: String) {
        for stream in streams.values { stream.cutOff(reason) }
        close()
    }

    /// GOAWAY tells the peer to come again; what it has sent by then is still answered.
    override func retire() {
        super.retire()
        drain()
    }

    /// Ends all streams.
    final func lose(_ fault: HTTP2Fault?) {
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

    final func wakeStreams() {
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
            framesReceived &+= 1
            if let fault = take(header, payload) { fail(fault) }
        }
    }
}
