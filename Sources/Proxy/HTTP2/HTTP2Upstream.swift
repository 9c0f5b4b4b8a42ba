import NIOCore

/// One HTTP/2 connection to an endpoint: carries many requests at a time, each a stream.
final class HTTP2Upstream: HTTP2Connection {
    let pool: ClusterPool
    let endpoint: Int
    /// The verified identity of the other end.
    let principal: Principal
    private var nextStreamID: Int32 = 1
    /// Requests that cannot be sent before the endpoint's SETTINGS say whether it takes extended CONNECT.
    private var awaitingSettings: [HTTP2UpstreamStream] = []
    /// Takes no further requests.
    private(set) var isLeaving = false
    /// Of idling.
    private var deadline = UInt64.max

    init(worker: Worker, pool: ClusterPool, endpoint: Int, principal: Principal) {
        self.pool = pool
        self.endpoint = endpoint
        self.principal = principal
        super.init(worker: worker, isServer: false, maximumHeaderBytes: worker.upstreamLimits.maximumHeadBytes)
        startIdling()
    }

    override var settings: [(UInt16, UInt32)] {
        [
            (PeerSettings.enablePush, 0),
            (PeerSettings.initialWindowSize, UInt32(HTTP2Stream.window)),
            (PeerSettings.maximumHeaderListSize, UInt32(maximumHeaderBytes)),
        ]
    }

    /// How many more requests can be carried now.
    var room: Int {
        guard !isLeaving, !isOver, isOpen, nextStreamID < Int32.max - 2 else { return 0 }
        let open = streams.count + awaitingSettings.count
        return max(0, min(peer.maximumStreams, pool.cluster.maximumConcurrentStreams) - open)
    }

    /// For a request that is sent now.
    func openStream() -> HTTP2UpstreamStream { HTTP2UpstreamStream(self) }

    /// Gives the stream its number: streams are opened in the order of their numbers (RFC 9113 §5.1.1), and a request
    /// may have to wait before it is sent.
    func opens(_ stream: HTTP2UpstreamStream) {
        awaitingSettings.removeAll { $0 === stream }
        stream.open(nextStreamID)
        lastStreamID = nextStreamID
        nextStreamID += 2
        streams[stream.id] = stream
    }

    func awaitSettings(_ stream: HTTP2UpstreamStream) { awaitingSettings.append(stream) }

    /// A request that was never sent is given up.
    func forget(_ stream: HTTP2UpstreamStream) { awaitingSettings.removeAll { $0 === stream } }

    private func startIdling() {
        deadline = Clock.monotonic().after(milliseconds: pool.cluster.idleTimeoutMilliseconds)
    }

    override func headers(_ headers: HeaderList, stream streamID: Int32, endsStream: Bool) -> HTTP2Fault? {
        guard streamID <= lastStreamID else {
            return HTTP2Fault(.protocolError, "an answer on stream \(streamID), which was not opened")
        }
        guard let stream = streams[streamID] as? HTTP2UpstreamStream else { return closedStream(streamID) }
        stream.headers(headers, endsStream: endsStream)
        return nil
    }

    override func streamEnded() {
        guard !isOver else { return }
        if isLeaving || worker.isDraining {
            if streams.isEmpty, awaitingSettings.isEmpty { leave() }
            return
        }
        if streams.isEmpty { startIdling() }
        pool.roomMade(self)
    }

    override func settingsChanged() {
        let waiting = awaitingSettings
        for stream in waiting { stream.settingsCame() }
        pool.roomMade(self)
    }

    override func goneAway(lastStream: Int32, code: UInt32) {
        isLeaving = true
        for stream in streams.values where stream.id > lastStream {
            (stream as? HTTP2UpstreamStream)?.notProcessed()
        }
        let waiting = awaitingSettings
        for stream in waiting { stream.notProcessed() }
        if streams.isEmpty { leave() }
    }

    /// Nothing came while a request waited: the next ones go by another connection, and this one ends with those that it
    /// has. Each of them would else wait for its time-out, for as long as the system holds on to a peer that is gone.
    func distrust() { isLeaving = true }

    private func leave() {
        isLeaving = true
        writeGoAway(.noError, lastStream: 0)
        closeAfterFlush()
    }

    override func cutOff(_ reason: String) {
        isLeaving = true
        super.cutOff(reason)
    }

    override func closed() {
        isLeaving = true
        let waiting = awaitingSettings
        super.closed()
        for stream in waiting { stream.connectionLost(nil) }
        pool.closed(self)
    }

    override func check(now: UInt64) {
        for stream in streams.values { stream.check(now: now) }
        if streams.isEmpty, awaitingSettings.isEmpty, now >= deadline, !isOver { leave() }
    }

    override func drain() { if streams.isEmpty, awaitingSettings.isEmpty { leave() } else { isLeaving = true } }

    var endpointText: String { pool.endpoints[endpoint].endpoint.description }
}
