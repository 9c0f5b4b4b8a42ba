/// Where in a request a transaction id stands, and the span attribute it is recorded as.
public struct TransactionSource: Sendable, Hashable {
    public enum Location: Sendable, Hashable {
        /// A header field's first value; the name in lower case.
        case header(String)
        /// A segment of the path, from 0, percent-decoded: `/payments/P1` has `P1` at 1.
        case pathSegment(Int)
        /// A query parameter's first value, percent-decoded.
        case query(String)
        /// A string or number in a JSON body.
        case json(JSONPointer)
        /// The text of elements in an XML body (ISO 20022 messages).
        case xml(XMLElementPath)
        /// A field of a gRPC call's messages.
        case message(GRPCMessageField)
    }

    public var attribute: String
    public var location: Location

    public init(attribute: String, location: Location) {
        self.attribute = attribute
        self.location = location
    }

    /// Whether the request's body must be looked at as a whole; messages of gRPC calls are looked at as they go by.
    public var needsBody: Bool {
        switch location {
        case .header, .pathSegment, .query, .message: false
        case .json, .xml: true
        }
    }

    init(_ reader: inout ObjectReader) throws(ConfigurationError) {
        attribute = try reader.requiredText("attribute", maximumBytes: 256)
        var found: [(key: String, location: Location)] = []
        if let value = reader.value("header") {
            found.append(("header", .header(try HeaderName.read(value, path: reader.path(of: "header")))))
        }
        if let index = try reader.integer("pathSegment", 0...63) {
            found.append(("pathSegment", .pathSegment(index)))
        }
        if let name = try reader.text("query", maximumBytes: 256) { found.append(("query", .query(name))) }
        if let text = try reader.text("jsonPointer", maximumBytes: 1_024) {
            guard let pointer = JSONPointer(text) else {
                throw reader.error(
                    "jsonPointer",
                    "\"\(text)\" is not a JSON pointer (RFC 6901) of at most \(JSONPointer.maximumTokens) parts")
            }
            found.append(("jsonPointer", .json(pointer)))
        }
        if let text = try reader.text("xmlElement", maximumBytes: 1_024) {
            guard let path = XMLElementPath(text) else {
                throw reader.error(
                    "xmlElement",
                    "\"\(text)\" is not a path of at most \(XMLElementPath.maximumNames) element names without prefixes"
                )
            }
            found.append(("xmlElement", .xml(path)))
        }
        if let field = try reader.object("grpc", GRPCMessageField.init) { found.append(("grpc", .message(field))) }
        guard let first = found.first else {
            throw ConfigurationError(
                path: reader.path, message: "needs one of header, pathSegment, query, jsonPointer, xmlElement, grpc")
        }
        guard found.count == 1 else { throw reader.error(found[1].key, "\(first.key) is set already") }
        location = first.location
    }

    var json: JSONValue {
        var writer = ObjectWriter()
        writer.add("attribute", attribute)
        switch location {
        case .header(let name): writer.add("header", name)
        case .pathSegment(let index): writer.add("pathSegment", index)
        case .query(let name): writer.add("query", name)
        case .json(let pointer): writer.add("jsonPointer", pointer.description)
        case .xml(let path): writer.add("xmlElement", path.description)
        case .message(let field): writer.add("grpc", field.json)
        }
        return writer.value
    }
}
