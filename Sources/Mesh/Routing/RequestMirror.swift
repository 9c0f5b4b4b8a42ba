/// Sending a copy of requests to another cluster, whose answers nobody waits for.
public struct RequestMirror: Sendable, Hashable {
    public var cluster: String
    public var percent: Percentage
    /// Requests with longer bodies are not mirrored.
    public var maximumBodyBytes: Int

    public init(_ cluster: String, percent: Percentage = .all, maximumBodyBytes: Int = 65_536) {
        self.cluster = cluster
        self.percent = percent
        self.maximumBodyBytes = maximumBodyBytes
    }

    init(_ reader: inout ObjectReader) throws(ConfigurationError) {
        self.init(try reader.requiredText("cluster", maximumBytes: 256))
        percent = try reader.percentage("percent") ?? percent
        maximumBodyBytes = try reader.integer("maximumBodyBytes", 0...(1 << 20)) ?? maximumBodyBytes
    }

    var json: JSONValue {
        var writer = ObjectWriter()
        writer.add("cluster", cluster)
        writer.add("percent", percent.json)
        writer.add("maximumBodyBytes", maximumBodyBytes)
        return writer.value
    }
}
