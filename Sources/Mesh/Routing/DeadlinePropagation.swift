/// Taking the caller's own deadline as the request's where it is shorter than the route's, and telling the upstream
/// what is left of it.
public struct DeadlinePropagation: Sendable, Hashable {
    /// `grpc-timeout`, as gRPC over HTTP/2 defines it.
    public var grpc: Bool
    /// A field that holds whole milliseconds.
    public var header: String?

    public init(grpc: Bool = true, header: String? = nil) {
        self.grpc = grpc
        self.header = header
    }

    init(_ reader: inout ObjectReader) throws(ConfigurationError) {
        self.init()
        grpc = try reader.flag("grpc") ?? grpc
        if let header = reader.value("header") {
            self.header = try HeaderName.read(header, path: reader.path(of: "header"))
            if let name = self.header, HeaderEdits.reserved.contains(name) || name == "grpc-timeout" {
                throw reader.error("header", "\"\(name)\" has a meaning of its own")
            }
        }
    }

    var json: JSONValue {
        var writer = ObjectWriter()
        writer.add("grpc", grpc)
        writer.add("header", header)
        return writer.value
    }
}
