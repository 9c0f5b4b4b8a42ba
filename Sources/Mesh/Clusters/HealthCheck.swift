/// Asking each endpoint on its own account whether it works, beside the requests that go to it.
public struct HealthCheck: Sendable, Hashable {
    public enum Kind: String, Sendable, Hashable, CaseIterable {
        /// `GET` on `path`; a status of `expectedStatuses` is healthy.
        case http
        /// A connection can be opened, its TLS included.
        case tcp
        /// `grpc.health.v1.Health/Check`, over HTTP/2 whatever the cluster speaks; `SERVING` is healthy.
        case grpc
    }

    public var kind: Kind
    public var path: String
    /// The `Host` or `:authority` of the request; the endpoint's address where missing.
    public var host: String?
    /// The service that `grpc` asks for; the server as a whole where missing.
    public var service: String?
    public var expectedStatuses: ClosedRange<Int>
    public var intervalMilliseconds: Int
    public var timeoutMilliseconds: Int
    /// So many failures in a row make an endpoint unavailable.
    public var unhealthyThreshold: Int
    /// So many successes in a row make it available again.
    public var healthyThreshold: Int

    public init(
        _ kind: Kind, path: String = "/", host: String? = nil, service: String? = nil,
        expectedStatuses: ClosedRange<Int> = 200...299,
        intervalMilliseconds: Int = 5_000, timeoutMilliseconds: Int = 1_000, unhealthyThreshold: Int = 2,
        healthyThreshold: Int = 1
    ) {
        self.kind = kind
        self.path = path
        self.host = host
        self.service = service
        self.expectedStatuses = expectedStatuses
        self.intervalMilliseconds = intervalMilliseconds
        self.timeoutMilliseconds = timeoutMilliseconds
        self.unhealthyThreshold = unhealthyThreshold
        self.healthyThreshold = healthyThreshold
    }

    init(_ reader: inout ObjectReader) throws(ConfigurationError) {
        guard let kind = try reader.choice("kind", Kind.self) else { throw reader.error("kind", "missing") }
        self.init(kind)
        if let path = try reader.text("path", maximumBytes: 2_048) {
            guard kind == .http else { throw reader.error("path", "is for \"kind\": \"http\"") }
            guard path.hasPrefix("/"), path.utf8.allSatisfy({ $0 > 0x20 && $0 < 0x7F && $0 != UInt8(ascii: "#") })
            else { throw reader.error("path", "\"\(path)\" is not a path as it stands in a request") }
            self.path = path
        }
        if let host = try reader.text("host", maximumBytes: 255) {
            guard kind != .tcp else { throw reader.error("host", "is for \"kind\": \"http\" or \"grpc\"") }
            guard HostPort("\(host):1") != nil || HostPort(host) != nil else {
                throw reader.error("host", "\"\(host)\" is neither a host nor host:port")
            }
            self.host = host
        }
        if let service = try reader.text("service", maximumBytes: 256) {
            guard kind == .grpc else { throw reader.error("service", "is for \"kind\": \"grpc\"") }
            self.service = service
        }
        let lowest = try reader.integer("lowestStatus", 100...599) ?? expectedStatuses.lowerBound
        let highest =
            try reader.integer("highestStatus", lowest...599) ?? max(lowest, expectedStatuses.upperBound)
        expectedStatuses = lowest...highest
        intervalMilliseconds = try reader.integer("intervalMilliseconds", 100...3_600_000) ?? intervalMilliseconds
        timeoutMilliseconds =
            try reader.integer("timeoutMilliseconds", 10...60_000) ?? min(timeoutMilliseconds, intervalMilliseconds)
        unhealthyThreshold = try reader.integer("unhealthyThreshold", 1...100) ?? unhealthyThreshold
        healthyThreshold = try reader.integer("healthyThreshold", 1...100) ?? healthyThreshold
    }

    var json: JSONValue {
        var writer = ObjectWriter()
        writer.add("kind", kind.rawValue)
        if kind == .http {
            writer.add("path", path)
            writer.add("host", host)
        }
        if kind == .grpc {
            writer.add("service", service)
            writer.add("host", host)
        }
        writer.add("lowestStatus", expectedStatuses.lowerBound)
        writer.add("highestStatus", expectedStatuses.upperBound)
        writer.add("intervalMilliseconds", intervalMilliseconds)
        writer.add("timeoutMilliseconds", timeoutMilliseconds)
        writer.add("unhealthyThreshold", unhealthyThreshold)
        writer.add("healthyThreshold", healthyThreshold)
        return writer.value
    }
}
