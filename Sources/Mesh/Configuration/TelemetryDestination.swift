/// Where the proxy's spans and metrics go, and how hard it holds on to them.
public struct TelemetryDestination: Sendable, Hashable {
    /// One, or two: then a batch counts as kept when both have it.
    public var collectors: [HostPort]
    /// Plain TCP when nil.
    public var tls: PeerExpectation?
    /// In memory, not yet acknowledged.
    public var queueLimitBytes: Int
    /// Where payment routes' batches wait on disk while no collector answers.
    public var spoolDirectory: String?
    public var spoolLimitBytes: Int
    public var compression: Bool
    /// A batch is sent when it is this old, or when it holds `batchSpans`. Gaps are dated on the strength of the ten
    /// seconds that it may be at most.
    public var batchMilliseconds: Int
    public var batchSpans: Int
    public var metricsMilliseconds: Int

    public init(
        collectors: [HostPort], tls: PeerExpectation? = nil, queueLimitBytes: Int = 16 << 20,
        spoolDirectory: String? = nil, spoolLimitBytes: Int = 256 << 20, compression: Bool = true,
        batchMilliseconds: Int = 200, batchSpans: Int = 512, metricsMilliseconds: Int = 5_000
    ) {
        self.collectors = collectors
        self.tls = tls
        self.queueLimitBytes = queueLimitBytes
        self.spoolDirectory = spoolDirectory
        self.spoolLimitBytes = spoolLimitBytes
        self.compression = compression
        self.batchMilliseconds = batchMilliseconds
        self.batchSpans = batchSpans
        self.metricsMilliseconds = metricsMilliseconds
    }

    init(_ reader: inout ObjectReader) throws(ConfigurationError) {
        self.init(collectors: [])
        collectors =
            try reader.list("collectors", maximumCount: 2) { (value, path) throws(ConfigurationError) in
                try HostPort.read(value, path: path, allowPortZero: false)
            } ?? []
        guard !collectors.isEmpty else { throw reader.error("collectors", "needs one or two host:port") }
        tls = try reader.object("tls", PeerExpectation.init)
        queueLimitBytes = try reader.integer("queueLimitBytes", 65_536...(4 << 30)) ?? queueLimitBytes
        spoolDirectory = try reader.text("spoolDirectory")
        spoolLimitBytes = try reader.integer("spoolLimitBytes", (1 << 20)...(1 << 40)) ?? spoolLimitBytes
        compression = try reader.flag("compression") ?? compression
        batchMilliseconds = try reader.integer("batchMilliseconds", 1...10_000) ?? batchMilliseconds
        batchSpans = try reader.integer("batchSpans", 1...65_536) ?? batchSpans
        metricsMilliseconds = try reader.integer("metricsMilliseconds", 100...3_600_000) ?? metricsMilliseconds
    }

    var json: JSONValue {
        var writer = ObjectWriter()
        writer.add("collectors", collectors.map { .string($0.description) })
        writer.add("tls", tls?.json)
        writer.add("queueLimitBytes", queueLimitBytes)
        writer.add("spoolDirectory", spoolDirectory)
        writer.add("spoolLimitBytes", spoolLimitBytes)
        writer.add("compression", compression)
        writer.add("batchMilliseconds", batchMilliseconds)
        writer.add("batchSpans", batchSpans)
        writer.add("metricsMilliseconds", metricsMilliseconds)
        return writer.value
    }
}
