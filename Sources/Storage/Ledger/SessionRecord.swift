import Telemetry

/// One life of one exporter: the owner of a run of sequence numbers.
public struct SessionKey: Sendable, Hashable {
    /// The verified identity of the sender.
    public var principal: String
    /// The exporter's own name.
    public var instance: String
    /// Random, made at each start of the exporter.
    public var incarnation: UInt64

    public init(principal: String, instance: String, incarnation: UInt64) {
        self.principal = principal
        self.instance = instance
        self.incarnation = incarnation
    }
}

extension Provenance {
    /// The session this came through; `nil` where the door has no sequences.
    var session: SessionKey? {
        guard incarnation != 0, sequence != 0 else { return nil }
        return SessionKey(principal: principal, instance: instance, incarnation: incarnation)
    }
}

/// A connection that opens or closes.
public struct SessionRecord: Sendable, Hashable {
    public var key: SessionKey
    /// The collector's clock, Unix nanoseconds.
    public var timeNanoseconds: UInt64

    public init(key: SessionKey, timeNanoseconds: UInt64) {
        self.key = key
        self.timeNanoseconds = timeNanoseconds
    }
}
