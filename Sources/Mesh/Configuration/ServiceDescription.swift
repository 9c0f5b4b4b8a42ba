/// The service that the proxy stands in front of, as the resource of its spans.
public struct ServiceDescription: Sendable, Hashable {
    /// `service.name`.
    public var name: String
    /// `service.namespace`.
    public var namespace: String?
    /// `service.version`.
    public var version: String?
    /// `service.instance.id`; the exporter's instance name too. Made from host and process where missing.
    public var instance: String?
    /// More resource attributes, in order.
    public var attributes: [Entry]

    public struct Entry: Sendable, Hashable {
        public var key: String
        public var value: String

        public init(_ key: String, _ value: String) {
            self.key = key
            self.value = value
        }
    }

    public init(
        name: String, namespace: String? = nil, version: String? = nil, instance: String? = nil,
        attributes: [Entry] = []
    ) {
        self.name = name
        self.namespace = namespace
        self.version = version
        self.instance = instance
        self.attributes = attributes
    }

    static let maximumAttributes = 64

    init(_ value: JSONValue, path: String) throws(ConfigurationError) {
        self = try ObjectReader.object(value, path: path) { (reader) throws(ConfigurationError) in
            var service = ServiceDescription(name: try reader.requiredText("name", maximumBytes: 256))
            service.namespace = try reader.text("namespace", maximumBytes: 256)
            service.version = try reader.text("version", maximumBytes: 256)
            service.instance = try reader.text("instance", maximumBytes: 256)
            if let attributes = reader.value("attributes") {
                service.attributes = try Self.entries(attributes, path: reader.path(of: "attributes"))
            }
            return service
        }
    }

    private static func entries(_ value: JSONValue, path: String) throws(ConfigurationError) -> [Entry] {
        guard case .object(let members) = value else {
            throw ConfigurationError(path: path, message: "expected an object, found \(value.kindName)")
        }
        guard members.count <= maximumAttributes else {
            throw ConfigurationError(
                path: path, message: "has \(members.count) members; at most \(maximumAttributes) are possible")
        }
        var entries: [Entry] = []
        for member in members {
            entries.append(Entry(member.key, try ObjectReader.text(member.value, path: "\(path).\(member.key)")))
        }
        return entries
    }

    var json: JSONValue {
        var writer = ObjectWriter()
        writer.add("name", name)
        writer.add("namespace", namespace)
        writer.add("version", version)
        writer.add("instance", instance)
        if !attributes.isEmpty {
            writer.add("attributes", .object(attributes.map { JSONValue.Member($0.key, .string($0.value)) }))
        }
        return writer.value
    }
}
