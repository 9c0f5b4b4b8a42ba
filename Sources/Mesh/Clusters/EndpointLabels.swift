/// What is said of an endpoint beyond its address (`version`, `zone`), by which routes pick subsets of a cluster.
public struct EndpointLabels: Sendable, Hashable {
    public struct Label: Sendable, Hashable {
        public var key: String
        public var value: String
    }

    /// By key, so that equal labels are equal values.
    public let labels: [Label]

    public static let none = EndpointLabels([:])
    static let maximumCount = 32

    public init(_ labels: [String: String]) {
        self.labels = labels.sorted { $0.key < $1.key }.map { Label(key: $0.key, value: $0.value) }
    }

    public var isEmpty: Bool { labels.isEmpty }

    /// Whether every one of `wanted` is among these.
    public func contain(_ wanted: EndpointLabels) -> Bool { wanted.labels.allSatisfy(labels.contains) }

    static func read(_ value: JSONValue, path: String) throws(ConfigurationError) -> EndpointLabels {
        guard case .object(let members) = value else {
            throw ConfigurationError(path: path, message: "expected an object, found \(value.kindName)")
        }
        guard members.count <= maximumCount else {
            throw ConfigurationError(
                path: path, message: "has \(members.count) members; at most \(maximumCount) are possible")
        }
        var labels: [String: String] = [:]
        for member in members {
            labels[member.key] = try ObjectReader.text(
                member.value, path: "\(path).\(member.key)", maximumBytes: 256)
        }
        return EndpointLabels(labels)
    }

    /// `nil` when there are none.
    var json: JSONValue? {
        isEmpty ? nil : .object(labels.map { JSONValue.Member($0.key, .string($0.value)) })
    }
}
