/// A field of the messages of a gRPC call's request: of the first that has it, among `MessageLook.maximumMessages`.
public struct GRPCMessageField: Sendable, Hashable {
    /// `/package.Service/Method`; every method of the route when nil. Messages of other methods have other fields.
    public var method: String?
    public var field: ProtobufFieldPath
    public var type: ProtobufFieldType

    public init(_ field: ProtobufFieldPath, type: ProtobufFieldType = .string, method: String? = nil) {
        self.field = field
        self.type = type
        self.method = method
    }

    init(_ reader: inout ObjectReader) throws(ConfigurationError) {
        let text = try reader.requiredText("field", maximumBytes: 256)
        guard let field = ProtobufFieldPath(text) else {
            throw reader.error(
                "field",
                "\"\(text)\" is not 1 to \(ProtobufFieldPath.maximumNumbers) field numbers with dots between them, "
                    + "such as \"2.1.3\"")
        }
        self.init(field)
        type = try reader.choice("type", ProtobufFieldType.self) ?? type
        if let method = try reader.text("method", maximumBytes: GRPCMethodPath.maximumBytes) {
            guard GRPCMethodPath.isSound(method) else {
                throw reader.error("method", "\"\(method)\" is not of the form /package.Service/Method")
            }
            self.method = method
        }
    }

    var json: JSONValue {
        var writer = ObjectWriter()
        writer.add("field", field.description)
        writer.add("type", type.rawValue)
        writer.add("method", method)
        return writer.value
    }
}
