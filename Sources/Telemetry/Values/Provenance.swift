/// Where a batch of spans came from and when: kept beside every span, for ever.
public struct Provenance: Sendable, Hashable {
    public var door: Door
    /// The verified identity of the sender: a SPIFFE id, a token's name, or `anonymous` on loopback.
    public var principal: String
    /// The exporter's own name for its instance (host, pod, process); empty where the door has none.
    public var instance: String
    /// Random, made at each start of an exporter; zero where the door has no sequences.
    public var incarnation: UInt64
    /// The exporter's gap-free batch number, from 1; zero where the door has none.
    public var sequence: UInt64
    /// The collector's clock when the batch was decoded, Unix nanoseconds.
    public var receivedNanoseconds: UInt64

    public init(
        door: Door, principal: String, instance: String = "", incarnation: UInt64 = 0, sequence: UInt64 = 0,
        receivedNanoseconds: UInt64
    ) {
        self.door = door
        self.principal = principal
        self.instance = instance
        self.incarnation = incarnation
        self.sequence = sequence
        self.receivedNanoseconds = receivedNanoseconds
    }

    /// Whether this was received before `other`. Any two that differ have an order, so that of equal spans that were sent
    /// twice everyone names the same one as the first.
    public func precedes(_ other: Provenance) -> Bool {
        if receivedNanoseconds != other.receivedNanoseconds { return receivedNanoseconds < other.receivedNanoseconds }
        if sequence != other.sequence { return sequence < other.sequence }
        if incarnation != other.incarnation { return incarnation < other.incarnation }
        if door != other.door { return door.rawValue < other.door.rawValue }
        if !principal.utf8.elementsEqual(other.principal.utf8) {
            return principal.utf8.lexicographicallyPrecedes(other.principal.utf8)
        }
        return instance.utf8.lexicographicallyPrecedes(other.instance.utf8)
    }
}

/// The way in that a span took.
public enum Door: UInt8, Sendable, Hashable, CaseIterable {
    case wire = 1
    case otlpHTTP = 2
    case otlpGRPC = 3
    case zipkin = 4

    public var name: String {
        switch self {
        case .wire: "wire"
        case .otlpHTTP: "otlp-http"
        case .otlpGRPC: "otlp-grpc"
        case .zipkin: "zipkin"
        }
    }
}

/// A span as queries return it: the span, where it came from, and whether another span with the same ids but
/// different content is stored too.
public struct StoredSpan: Sendable, Hashable {
    public var span: Span
    public var provenance: Provenance
    public var hasConflict: Bool

    public init(span: Span, provenance: Provenance, hasConflict: Bool = false) {
        self.span = span
        self.provenance = provenance
        self.hasConflict = hasConflict
    }
}
