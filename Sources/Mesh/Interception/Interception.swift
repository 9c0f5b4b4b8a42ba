/// Which connections the kernel hands to the proxy, and what becomes of those that nothing is declared for.
public struct Interception: Sendable, Hashable {
    public var outboundTrafficPolicy = OutboundTrafficPolicy.registryOnly
    /// Users and groups whose connections are the proxy's own and are never intercepted.
    public var proxyUIDs: [Int] = []
    public var proxyGIDs: [Int] = []
    /// Ports and blocks of destinations; only what one of them names is intercepted, everything where both are empty.
    public var includeOutboundPorts: [Int] = []
    public var includeOutboundCIDRs: [CIDR] = []
    public var excludeOutboundPorts: [Int] = []
    public var excludeOutboundCIDRs: [CIDR] = []
    /// Ports of the service that are intercepted; all where empty.
    public var includeInboundPorts: [Int] = []
    public var excludeInboundPorts: [Int] = []
    /// Blocks that callers come from.
    public var excludeInboundCIDRs: [CIDR] = []
    /// Whether IPv6 is intercepted where the machine has it.
    public var ipv6 = true

    public init() {}

    static let maximumOwners = 16
    static let maximumPorts = 256
    static let maximumCIDRs = 256
    /// The highest that stands for a user: all bits set means none (chown(2)).
    public static let maximumOwner = Int(UInt32.max) - 1

    init(_ reader: inout ObjectReader) throws(ConfigurationError) {
        outboundTrafficPolicy =
            try reader.choice("outboundTrafficPolicy", OutboundTrafficPolicy.self) ?? outboundTrafficPolicy
        proxyUIDs = try reader.owners("proxyUIDs")
        proxyGIDs = try reader.owners("proxyGIDs")
        includeOutboundPorts = try reader.ports("includeOutboundPorts")
        includeOutboundCIDRs = try reader.blocks("includeOutboundCIDRs")
        excludeOutboundPorts = try reader.ports("excludeOutboundPorts")
        excludeOutboundCIDRs = try reader.blocks("excludeOutboundCIDRs")
        includeInboundPorts = try reader.ports("includeInboundPorts")
        excludeInboundPorts = try reader.ports("excludeInboundPorts")
        excludeInboundCIDRs = try reader.blocks("excludeInboundCIDRs")
        ipv6 = try reader.flag("ipv6") ?? ipv6
    }

    var json: JSONValue {
        func numbers(_ values: [Int]) -> [JSONValue] { values.map { .integer(Int64($0)) } }
        func texts(_ blocks: [CIDR]) -> [JSONValue] { blocks.map { .string($0.description) } }
        var writer = ObjectWriter()
        writer.add("outboundTrafficPolicy", outboundTrafficPolicy.rawValue)
        writer.add("proxyUIDs", numbers(proxyUIDs))
        writer.add("proxyGIDs", numbers(proxyGIDs))
        writer.add("includeOutboundPorts", numbers(includeOutboundPorts))
        writer.add("includeOutboundCIDRs", texts(includeOutboundCIDRs))
        writer.add("excludeOutboundPorts", numbers(excludeOutboundPorts))
        writer.add("excludeOutboundCIDRs", texts(excludeOutboundCIDRs))
        writer.add("includeInboundPorts", numbers(includeInboundPorts))
        writer.add("excludeInboundPorts", numbers(excludeInboundPorts))
        writer.add("excludeInboundCIDRs", texts(excludeInboundCIDRs))
        writer.add("ipv6", ipv6)
        return writer.value
    }
}

extension Interception {
    /// The same with these members of its document in the place of what they were, checked as those of a document are.
    public func replacing(_ members: [String: JSONValue]) throws(ConfigurationError) -> Interception {
        guard case .object(var all) = json else { preconditionFailure("its document is an object") }
        all.removeAll { members[$0.key] != nil }
        for key in members.keys.sorted() { all.append(JSONValue.Member(key, members[key] ?? .null)) }
        return try ObjectReader.object(.object(all), path: "interception", Interception.init)
    }
}
