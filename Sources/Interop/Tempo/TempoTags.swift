import Telemetry

/// Writes what Tempo answers when it is asked what there is to search by.
public enum TempoTags {
    /// A value and what it is in a query: `string` in quotes, `keyword`, `int`, `float`, `bool` and `duration` bare.
    public struct Value: Sendable, Hashable {
        public var type: String
        public var text: String

        public init(type: String, text: String) {
            self.type = type
            self.text = text
        }

        /// A value of an attribute; `nil` for what a query cannot name.
        public init?(_ value: AttributeValue) {
            switch value {
            case .string: self.init(type: "string", text: value.text)
            case .int: self.init(type: "int", text: value.text)
            case .double(let number) where number.isFinite: self.init(type: "float", text: value.text)
            case .bool: self.init(type: "bool", text: value.text)
            case .double, .empty, .bytes, .array, .map: return nil
            }
        }
    }

    /// `/api/search/tags`.
    public static func names(_ names: [String]) -> [UInt8] { object("tagNames", names) { $1.string($0) } }

    /// `/api/v2/search/tags`.
    public static func scopes(_ scopes: [(name: String, tags: [String])]) -> [UInt8] {
        object("scopes", scopes) { scope, json in
            json.beginObject()
            json.add("name", scope.name)
            json.list("tags", scope.tags) { $1.string($0) }
            json.endObject()
        }
    }

    /// `/api/search/tag/{name}/values`.
    public static func texts(_ values: [Value]) -> [UInt8] { object("tagValues", values) { $1.string($0.text) } }

    /// `/api/v2/search/tag/{name}/values`.
    public static func values(_ values: [Value]) -> [UInt8] {
        object("tagValues", values) { value, json in
            json.beginObject()
            json.add("type", value.type)
            json.add("value", value.text)
            json.endObject()
        }
    }

    private static func object<Element>(
        _ name: String, _ elements: [Element], _ write: (Element, inout JSONWriter) -> Void
    ) -> [UInt8] {
        var json = JSONWriter(reserving: 64 + 48 * elements.count)
        json.beginObject()
        json.list(name, elements, write)
        json.key("metrics")
        json.beginObject()
        json.endObject()
        json.endObject()
        return json.finish()
    }
}
