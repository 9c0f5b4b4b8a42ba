/// Where the access log goes: one JSON object a line for every request.
public struct AccessLogDestination: Sendable, Hashable {
    /// `-` for standard output, else a file that is appended to, and opened anew on SIGHUP.
    public var path: String
    /// Lines not yet written; beyond it lines are dropped and counted, so that a slow disk slows no request.
    public var queueLimitBytes: Int

    public static let standardOutput = "-"

    public init(path: String, queueLimitBytes: Int = 4 << 20) {
        self.path = path
        self.queueLimitBytes = queueLimitBytes
    }

    init(_ reader: inout ObjectReader) throws(ConfigurationError) {
        self.init(path: try reader.requiredText("path"))
        queueLimitBytes = try reader.integer("queueLimitBytes", 65_536...(1 << 30)) ?? queueLimitBytes
    }

    var json: JSONValue {
        var writer = ObjectWriter()
        writer.add("path", path)
        writer.add("queueLimitBytes", queueLimitBytes)
        return writer.value
    }
}
