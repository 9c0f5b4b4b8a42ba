import Telemetry

/// A key with a typed value, as Jaeger shows attributes.
struct JaegerTag: Sendable, Hashable {
    var key: String
    var value: AttributeValue

    init(_ key: String, _ value: AttributeValue) {
        self.key = key
        self.value = value
    }

    /// JavaScript's integers are exact up to this magnitude; beyond it they travel as text.
    private static let largestSafeInteger: Int64 = 1 << 53 - 1

    /// `{"key":…,"type":…,"value":…}` with the types string, bool, int64, float64 and binary.
    func write(to json: inout JSONWriter) {
        json.beginObject()
        json.add("key", key)
        switch value {
        case .bool(let flag):
            json.add("type", "bool")
            json.add("value", flag)
        case .int(let number):
            json.add("type", "int64")
            json.key("value")
            if number.magnitude > UInt64(Self.largestSafeInteger) { json.quoted(number) } else { json.number(number) }
        case .double(let number):
            json.add("type", "float64")
            json.key("value")
            json.number(number)
        case .bytes(let bytes):
            json.add("type", "binary")
            json.key("value")
            bytes.withUnsafeBytes { json.base64($0) }
        case .empty, .string, .array, .map:
            json.add("type", "string")
            json.add("value", value.plainText)
        }
        json.endObject()
    }

    static func word(of kind: SpanKind) -> String? {
        switch kind {
        case .internal: "internal"
        case .server: "server"
        case .client: "client"
        case .producer: "producer"
        case .consumer: "consumer"
        default: nil
        }
    }

    static func write(_ tags: [JaegerTag], _ name: String, to json: inout JSONWriter) {
        json.list(name, tags) { $0.write(to: &$1) }
    }
}

extension [JaegerTag] {
    init(_ attributes: [Attribute]) { self = attributes.map { JaegerTag($0.key, $0.value) } }

    /// Adds what is not there yet with the same key and value: user interfaces warn of tags that are there twice.
    mutating func addOnce(_ key: String, _ value: AttributeValue) {
        let tag = JaegerTag(key, value)
        if !contains(tag) { append(tag) }
    }
}
