/// One span as a journey shows it: who recorded it, when, and what it says.
public struct HopSpan: Sendable, Hashable, Codable {
    public var spanID: String
    public var parentSpanID: String?
    public var service: String
    /// `service.instance.id`.
    public var instance: String?
    public var name: String
    /// The recording side's own verified identity.
    public var principal: String?
    public var start: Timestamp
    public var durationNanoseconds: UInt64
    /// OpenTelemetry's status code: 0 unset, 1 ok, 2 error.
    public var statusCode: Int32
    public var statusMessage: String?
    public var eventCount: Int
    public var attributes: [JourneyAttribute]
    public var source: HopSource
}

/// Where a span came from: its `Provenance`.
public struct HopSource: Sendable, Hashable, Codable {
    /// `wire`, `otlp-http`, ….
    public var door: String
    /// The exporter's verified identity.
    public var principal: String
    /// The exporter's name for its instance; absent where the door has none.
    public var instance: String?
    /// The exporter's batch number; absent where the door has none.
    public var sequence: UInt64?
    /// The collector's clock.
    public var received: Timestamp

    init(_ provenance: Provenance) {
        door = provenance.door.name
        principal = provenance.principal
        instance = provenance.instance.isEmpty ? nil : provenance.instance
        sequence = provenance.sequence == 0 ? nil : provenance.sequence
        received = Timestamp(nanoseconds: provenance.receivedNanoseconds)
    }
}
