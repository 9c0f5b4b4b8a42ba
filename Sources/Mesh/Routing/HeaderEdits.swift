/// Fields that are taken out of a header or put into it on the way.
public struct HeaderEdits: Sendable, Hashable {
    public struct Field: Sendable, Hashable {
        /// In lower case.
        public var name: String
        public var value: String

        public init(_ name: String, _ value: String) {
            self.name = name.lowercased()
            self.value = value
        }
    }

    /// Names in lower case; every field of that name goes.
    public var remove: [String]
    /// Take the place of all fields of their name.
    public var set: [Field]
    /// Stand beside fields of their name.
    public var add: [Field]

    public init(remove: [String] = [], set: [Field] = [], add: [Field] = []) {
        self.remove = remove.map { $0.lowercased() }
        self.set = set
        self.add = add
    }

    public var isEmpty: Bool { remove.isEmpty && set.isEmpty && add.isEmpty }

    static let maximumFields = 32

    /// What frames messages, names the target or carries the trace is the proxy's own.
    static let reserved: Set<String> = [
        "connection", "content-length", "expect", "host", "keep-alive", "proxy-connection", "te", "trailer",
        "transfer-encoding", "upgrade", "traceparent", "tracestate", "b3",
    ]

    init(_ reader: inout ObjectReader) throws(ConfigurationError) {
        self.init()
        remove =
            try reader.list("remove", maximumCount: Self.maximumFields) { (value, path) throws(ConfigurationError) in
                try Self.name(value, path: path)
            } ?? []
        set = try reader.list("set", maximumCount: Self.maximumFields, Self.field) ?? []
        add = try reader.list("add", maximumCount: Self.maximumFields, Self.field) ?? []
    }

    private static func name(_ value: JSONValue, path: String) throws(ConfigurationError) -> String {
        let name = try HeaderName.read(value, path: path)
        guard !reserved.contains(name) else {
            throw ConfigurationError(path: path, message: "\"\(name)\" is written by the proxy itself")
        }
        return name
    }

    private static func field(_ value: JSONValue, path: String) throws(ConfigurationError) -> Field {
        try ObjectReader.object(value, path: path) { (reader) throws(ConfigurationError) in
            let name = try name(try reader.required("name"), path: reader.path(of: "name"))
            let value = try reader.requiredText("value")
            // RFC 9110 §5.5: what a field value may hold, without what recipients strip.
            guard value.first != " ", value.last != " ", value.utf8.allSatisfy({ $0 < 0x7F }) else {
                throw reader.error("value", "must be ASCII without spaces at its ends")
            }
            return Field(name, value)
        }
    }

    var json: JSONValue? {
        if isEmpty { return nil }
        var writer = ObjectWriter()
        writer.add("remove", remove.map(JSONValue.string))
        for (key, fields) in [("set", set), ("add", add)] {
            writer.add(
                key,
                fields.map { field in
                    .object([.init("name", .string(field.name)), .init("value", .string(field.value))])
                })
        }
        return writer.value
    }
}
