import Mesh
import NIOCore
import Telemetry

/// One client connection and the endpoint's connection it is joined to, from accepting it to its last byte: asks the
/// access rules, picks the route, connects, passes bytes both ways no faster than the slower side takes them, and
/// records what happened.
final class StreamSession {
    enum Phase {
        /// The client is not known yet.
        case handshaking
        /// The bytes that pick the route are not complete.
        case choosing
        case connecting
        case open
        case over
    }

    unowned let worker: Worker
    let listener: ListenerState
    /// As the listener was when the connection came; a reload leaves it so.
    let table: StreamTable
    let downstream: StreamDownstream
    var upstream: StreamUpstream?
    var phase = Phase.handshaking
    var route: StreamRouteState?
    /// Which of the route's clusters the stream goes to.
    var destination: Destination?
    var series: StreamSeries?
    var filter: (any StreamFilter)?

    let traceID: TraceID
    let spanID: SpanID
    /// Unix nanoseconds.
    let startedWall = Clock.wall()
    /// Monotonic nanoseconds.
    let started = Clock.monotonic()
    var ended: UInt64 = 0
    private(set) var principal = Principal.none
    var peerPrincipal = Principal.none
    private(set) var isSecure = false
    var serverName: String?
    /// The access rules that were asked last, and what they said.
    var policy: RequestPolicy?
    var decision: AuthorizationDecision?

    var tried: [Int] = []
    var connectFailure = ""
    var opened: UInt64 = 0
    var lastByte: UInt64
    /// Whose byte it was.
    var lastSender: StreamSide?
    var received = 0
    var sent = 0
    var flag: ResponseFlag?
    var sentence = ""
    /// Why the stream ends as soon as nothing of it is under way.
    var leaving: StreamFailure?
    /// When it ends whatever is under way, once it is leaving.
    var leavingDeadline: UInt64 = .max
    /// The end was the endpoint's fault.
    var upstreamBroke = false

    init(worker: Worker, listener: ListenerState, table: StreamTable, downstream: StreamDownstream) {
        self.worker = worker
        self.listener = listener
        self.table = table
        self.downstream = downstream
        traceID = worker.random.traceID()
        spanID = worker.spanIDs.next()
        lastByte = started
    }

    /// The client can be served: over TLS its handshake is complete.
    func begin(principal: Principal, isSecure: Bool) {
        guard phase == .handshaking else { return }
        self.principal = principal
        self.isSecure = isSecure
        touch()
        if case .tlsPassthrough = table.protocol {
            phase = .choosing
            downstream.resumeReading()
        } else {
            choose(serverName: nil)
        }
    }

    /// The endpoint that the stream goes to, or went to last.
    var endpoint: EndpointPool? { tried.last.flatMap { destination?.pool.endpoints[$0] } }

    /// No TLS, on a listener that is one for TLS.
    var isPlaintext: Bool { !isSecure && table.isPermissive }
}
