/// One way a request can go.
public struct Route: Sendable, Hashable {
    /// What to do with a payment request when its record can be kept neither in memory nor on disk.
    public enum SpoolFullChoice: String, Sendable, Hashable, CaseIterable {
        /// Let it pass and record on the wire that its record was lost.
        case recordLoss = "record-loss"
        /// Answer 503 and do not forward it.
        case refuse
    }

    /// The label of this route in spans and metrics.
    public var name: String
    public var match: RouteMatch
    /// The cluster that gets the requests; empty when `split` says which.
    public var cluster: String
    /// Only endpoints of `cluster` with all of these labels.
    public var subset: EndpointLabels = .none
    /// The clusters among which the requests are split, instead of `cluster`.
    public var split: [WeightedCluster] = []
    /// From the request's header to the end of the response, all attempts together.
    public var timeoutMilliseconds: Int
    /// For one attempt, until the response's header.
    public var perTryTimeoutMilliseconds: Int?
    /// Without a byte of the request or of the response going either way; only `timeoutMilliseconds` holds when nil.
    public var idleTimeoutMilliseconds: Int?
    /// The route's own time-out is the only deadline when nil.
    public var deadline: DeadlinePropagation?
    public var retries: RetryPolicy?
    /// Looked at in order; the first that finds an id for an attribute gives it.
    public var transactionSources: [TransactionSource]
    /// How much of a request's body the sources look at.
    public var maximumBodyLookBytes: Int
    /// Payments are held on to harder: their records spool to disk while no collector answers.
    public var payment: Bool
    public var whenSpoolFull: SpoolFullChoice
    /// Nothing is allowed when nil.
    public var upgrades: UpgradePolicy?
    public var mirror: RequestMirror?
    public var requestHeaders = HeaderEdits()
    public var responseHeaders = HeaderEdits()
    /// All of them must have room for a request.
    public var rateLimits: [RateLimit] = []
    /// The first that takes a request happens to it.
    public var faults: [FaultRule] = []

    public init(
        name: String, match: RouteMatch = RouteMatch(), cluster: String, timeoutMilliseconds: Int = 15_000,
        perTryTimeoutMilliseconds: Int? = nil, retries: RetryPolicy? = nil,
        transactionSources: [TransactionSource] = [], maximumBodyLookBytes: Int = 65_536, payment: Bool = false,
        whenSpoolFull: SpoolFullChoice = .recordLoss
    ) {
        self.name = name
        self.match = match
        self.cluster = cluster
        self.timeoutMilliseconds = timeoutMilliseconds
        self.perTryTimeoutMilliseconds = perTryTimeoutMilliseconds
        self.retries = retries
        self.transactionSources = transactionSources
        self.maximumBodyLookBytes = maximumBodyLookBytes
        self.payment = payment
        self.whenSpoolFull = whenSpoolFull
    }

    static let maximumSources = 32
    static let maximumRateLimits = 4

    /// Every cluster that requests or copies of them may go to, with the subsets that are asked of it.
    public var clusters: [WeightedCluster] {
        split.isEmpty ? [WeightedCluster(cluster, weight: 1, subset: subset)] : split
    }

    init(_ reader: inout ObjectReader) throws(ConfigurationError) {
        let name = try reader.requiredText("name", maximumBytes: 256)
        let destination = try RouteDestination(&reader)
        self.init(name: name, cluster: destination.cluster)
        (subset, split) = (destination.subset, destination.split)
        match = try reader.object("match", RouteMatch.init) ?? match
        timeoutMilliseconds = try reader.integer("timeoutMilliseconds", 1...3_600_000) ?? timeoutMilliseconds
        perTryTimeoutMilliseconds = try reader.integer("perTryTimeoutMilliseconds", 1...timeoutMilliseconds)
        idleTimeoutMilliseconds = try reader.integer("idleTimeoutMilliseconds", 10...3_600_000)
        deadline = try reader.object("deadline", DeadlinePropagation.init)
        retries = try reader.object("retries", RetryPolicy.init)
        transactionSources =
            try reader.list("transactionSources", maximumCount: Self.maximumSources) {
                (value, path) throws(ConfigurationError) in
                try ObjectReader.object(value, path: path, TransactionSource.init)
            } ?? []
        maximumBodyLookBytes = try reader.integer("maximumBodyLookBytes", 0...(4 << 20)) ?? maximumBodyLookBytes
        payment = try reader.flag("payment") ?? payment
        whenSpoolFull = try reader.choice("whenSpoolFull", SpoolFullChoice.self) ?? whenSpoolFull
        guard payment || whenSpoolFull == .recordLoss else {
            throw reader.error("whenSpoolFull", "\"refuse\" is for routes with \"payment\": true")
        }
        try readTraffic(&reader)
    }

    var json: JSONValue {
        var writer = ObjectWriter()
        writer.add("name", name)
        writer.add("match", match.json)
        if split.isEmpty { writer.add("cluster", cluster) }
        writer.add("subset", subset.json)
        writer.add("split", split.map(\.json))
        writer.add("timeoutMilliseconds", timeoutMilliseconds)
        writer.add("perTryTimeoutMilliseconds", perTryTimeoutMilliseconds)
        writer.add("idleTimeoutMilliseconds", idleTimeoutMilliseconds)
        writer.add("deadline", deadline?.json)
        writer.add("retries", retries?.json)
        writer.add("transactionSources", transactionSources.map(\.json))
        writer.add("maximumBodyLookBytes", maximumBodyLookBytes)
        writer.add("payment", payment)
        writer.add("whenSpoolFull", whenSpoolFull.rawValue)
        writer.add("upgrades", upgrades?.json)
        writer.add("mirror", mirror?.json)
        writer.add("requestHeaders", requestHeaders.json)
        writer.add("responseHeaders", responseHeaders.json)
        writer.add("rateLimits", rateLimits.map(\.json))
        writer.add("faults", faults.map(\.json))
        return writer.value
    }
}
