import Telemetry

/// What a store has to choose from: services, operations, attribute keys, values.
public struct StoreListing<Element: Sendable & Hashable>: Sendable, Hashable {
    public var entries: [Element] = []
    /// There is more than is listed.
    public var isCut = false

    public init(entries: [Element] = [], isCut: Bool = false) {
        self.entries = entries
        self.isCut = isCut
    }
}

/// A service's spans of one name and kind.
public struct Operation: Sendable, Hashable {
    public var service: String
    public var name: String
    public var kind: SpanKind

    public init(service: String, name: String, kind: SpanKind) {
        self.service = service
        self.name = name
        self.kind = kind
    }
}

/// An attribute's key, where it is found, and a type that its values have.
public struct AttributeKey: Sendable, Hashable {
    public var scope: SpanFilter.AttributeScope
    public var key: String
    public var type: ValueType

    public init(scope: SpanFilter.AttributeScope, key: String, type: ValueType) {
        self.scope = scope
        self.key = key
        self.type = type
    }
}
