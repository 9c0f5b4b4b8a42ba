/// Which endpoint of a cluster gets the next request.
public struct LoadBalancing: Sendable, Hashable {
    public enum Policy: String, Sendable, Hashable, CaseIterable {
        /// In turn, by weight.
        case roundRobin = "round-robin"
        case random
        /// Of a few picked at random, the one with the fewest requests under way for its weight.
        case leastRequest = "least-request"
        /// Of a few picked at random, the one whose recent latency times its requests under way is lowest; a slow
        /// answer counts at once and is forgotten slowly.
        case peakEWMA = "peak-ewma"
        /// The same value of `hashHeader` goes to the same endpoint; a change of endpoints moves few values.
        case ringHash = "ring-hash"
        /// As `ring-hash`, with a more even share and a little more movement.
        case maglev

        public var needsHash: Bool { self == .ringHash || self == .maglev }
    }

    public var policy: Policy
    /// How many endpoints `least-request` and `peak-ewma` compare.
    public var choices: Int
    /// For `ring-hash` and `maglev`: requests without it are spread at random.
    public var hashHeader: String?
    /// For `peak-ewma`: after how long a latency counts a third of what it did.
    public var decayMilliseconds: Int
    /// An endpoint that comes back gets its share of requests gradually over this time; at once when zero.
    public var slowStartMilliseconds: Int
    /// Where this proxy stands. Endpoints of the same locality get all requests while at least five of seven of them
    /// are available, and their part in proportion when fewer are.
    public var locality: String?
    /// When fewer of the endpoints than this are available, availability is disregarded and all get requests, so
    /// that a wrong health check takes down no service. Zero answers 503 (`UH`) instead when none is available.
    public var panicPercent: Percentage

    public init(
        _ policy: Policy = .roundRobin, choices: Int = 2, hashHeader: String? = nil, decayMilliseconds: Int = 10_000,
        slowStartMilliseconds: Int = 0, locality: String? = nil, panicPercent: Percentage = Percentage(50)
    ) {
        self.policy = policy
        self.choices = choices
        self.hashHeader = hashHeader
        self.decayMilliseconds = decayMilliseconds
        self.slowStartMilliseconds = slowStartMilliseconds
        self.locality = locality
        self.panicPercent = panicPercent
    }

    init(_ reader: inout ObjectReader) throws(ConfigurationError) {
        self.init()
        policy = try reader.choice("policy", Policy.self) ?? policy
        choices = try reader.integer("choices", 2...16) ?? choices
        if let header = reader.value("hashHeader") {
            hashHeader = try HeaderName.read(header, path: reader.path(of: "hashHeader"))
        }
        guard policy.needsHash || hashHeader == nil else {
            throw reader.error("hashHeader", "is for \"ring-hash\" and \"maglev\"")
        }
        decayMilliseconds = try reader.integer("decayMilliseconds", 1...3_600_000) ?? decayMilliseconds
        slowStartMilliseconds = try reader.integer("slowStartMilliseconds", 0...3_600_000) ?? slowStartMilliseconds
        locality = try reader.text("locality", maximumBytes: 256)
        panicPercent = try reader.percentage("panicPercent") ?? panicPercent
    }

    var json: JSONValue {
        var writer = ObjectWriter()
        writer.add("policy", policy.rawValue)
        writer.add("choices", choices)
        writer.add("hashHeader", hashHeader)
        writer.add("decayMilliseconds", decayMilliseconds)
        writer.add("slowStartMilliseconds", slowStartMilliseconds)
        writer.add("locality", locality)
        writer.add("panicPercent", panicPercent.json)
        return writer.value
    }
}
