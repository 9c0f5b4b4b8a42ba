/// The entity that produced telemetry: a service, as `resource` describes it (`opentelemetry.proto.resource.v1.Resource`).
public struct Resource: Sendable, Hashable {
    public var attributes: [Attribute]
    public var droppedAttributesCount: UInt32
    /// `ResourceSpans.schema_url`: applies to the resource itself.
    public var schemaURL: String
    /// The encoded `entity_refs` fields (field 3), verbatim and in order, tags included; empty when there are none.
    public var entityReferences: [UInt8]

    public init(
        attributes: [Attribute] = [], droppedAttributesCount: UInt32 = 0, schemaURL: String = "",
        entityReferences: [UInt8] = []
    ) {
        self.attributes = attributes
        self.droppedAttributesCount = droppedAttributesCount
        self.schemaURL = schemaURL
        self.entityReferences = entityReferences
    }

    /// `service.name`, or `unknown_service` as the semantic conventions want it named when missing.
    public var serviceName: String {
        guard case .string(let name)? = attributes.first("service.name"), !name.isEmpty else {
            return "unknown_service"
        }
        return name
    }
}

/// The library that recorded a span (`opentelemetry.proto.common.v1.InstrumentationScope`).
public struct InstrumentationScope: Sendable, Hashable {
    public var name: String
    public var version: String
    public var attributes: [Attribute]
    public var droppedAttributesCount: UInt32
    /// `ScopeSpans.schema_url`: applies to the spans of this scope.
    public var schemaURL: String

    public init(
        name: String = "", version: String = "", attributes: [Attribute] = [], droppedAttributesCount: UInt32 = 0,
        schemaURL: String = ""
    ) {
        self.name = name
        self.version = version
        self.attributes = attributes
        self.droppedAttributesCount = droppedAttributesCount
        self.schemaURL = schemaURL
    }
}
