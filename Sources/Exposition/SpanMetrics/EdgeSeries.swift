/// How a client reaches a server: the `connection_type` of Tempo's service graphs.
enum ConnectionType: UInt8, Sendable, CaseIterable {
    case direct = 0
    case database
    case messagingSystem
    /// One side sends no spans.
    case virtualNode

    var label: String {
        switch self {
        case .direct: ""
        case .database: "database"
        case .messagingSystem: "messaging_system"
        case .virtualNode: "virtual_node"
        }
    }
}

/// One (client, server, connection type). Number 0 as a service is the one that was never seen.
struct EdgeSeries: Sendable {
    var client: UInt32
    var server: UInt32
    var type: ConnectionType
    var requests: UInt64 = 0
    var failed: UInt64 = 0
    var unpaired: UInt64 = 0
    var dropped: UInt64 = 0
    var clientSeconds = DurationHistogram()
    var serverSeconds = DurationHistogram()
    var exemplar = SpanExemplar()
    var startNanoseconds: UInt64
    var seenNanoseconds: UInt64

    /// Counts a request; whether it should be the new exemplar.
    @inline(__always)
    mutating func complete(
        client: UInt64, server: UInt64, hasFailed: Bool, now: UInt64, keepingExemplarFor kept: UInt64
    ) -> Bool {
        requests &+= 1
        if hasFailed { failed &+= 1 }
        clientSeconds.observe(nanoseconds: client)
        serverSeconds.observe(nanoseconds: server)
        seenNanoseconds = now
        return exemplar.givesWay(to: max(client, server), now: now, keptFor: kept)
    }

    var key: UInt64 { Self.key(client: client, server: server, type: type) }

    @inline(__always)
    static func key(client: UInt32, server: UInt32, type: ConnectionType) -> UInt64 {
        UInt64(client) << 32 | UInt64(server) << 8 | UInt64(type.rawValue)
    }
}
