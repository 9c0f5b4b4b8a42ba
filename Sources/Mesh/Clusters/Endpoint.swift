/// One server of a cluster; in JSON `"host:port"` or an object.
public struct Endpoint: Sendable, Hashable {
    public var address: HostPort
    /// Of its cluster's requests, in proportion to the weights of the others.
    public var weight: Int
    /// Where it stands; endpoints in the locality of the proxy are preferred (`LoadBalancing.locality`).
    public var locality: String?
    public var labels: EndpointLabels

    public init(
        _ address: HostPort, weight: Int = 1, locality: String? = nil, labels: EndpointLabels = .none
    ) {
        self.address = address
        self.weight = weight
        self.locality = locality
        self.labels = labels
    }

    static let maximumWeight = 1_000

    static func read(_ value: JSONValue, path: String) throws(ConfigurationError) -> Endpoint {
        if case .string = value {
            return Endpoint(try HostPort.read(value, path: path, allowPortZero: false))
        }
        return try ObjectReader.object(value, path: path) { (reader) throws(ConfigurationError) in
            var endpoint = Endpoint(
                try HostPort.read(
                    try reader.required("address"), path: reader.path(of: "address"), allowPortZero: false))
            endpoint.weight = try reader.integer("weight", 1...maximumWeight) ?? 1
            endpoint.locality = try reader.text("locality", maximumBytes: 256)
            if let labels = reader.value("labels") {
                endpoint.labels = try EndpointLabels.read(labels, path: reader.path(of: "labels"))
            }
            return endpoint
        }
    }

    var json: JSONValue {
        if self == Endpoint(address) { return .string(address.description) }
        var writer = ObjectWriter()
        writer.add("address", address.description)
        writer.add("weight", weight)
        writer.add("locality", locality)
        writer.add("labels", labels.json)
        return writer.value
    }
}
