/// Which requests of a route may become tunnels: bytes both ways, passed on as they are, until both sides have ended.
///
/// A client asks for one with `Upgrade` (RFC 9110 §7.8), over HTTP/2 with extended CONNECT (RFC 8441), or with CONNECT.
/// Where nothing is allowed, an `Upgrade` is ignored, as RFC 9110 provides and optional ones (`TLS/1.2`, `h2c`) need;
/// WebSocket, extended CONNECT and CONNECT, which make no sense as ordinary requests, are answered 403.
public struct UpgradePolicy: Sendable, Hashable {
    public enum ConnectChoice: String, Sendable, Hashable, CaseIterable {
        case refuse
        /// To the cluster as CONNECT: its endpoints are proxies themselves.
        case forward
        /// This proxy is the end of CONNECT: the cluster's endpoints get the bytes alone. Never the address that the
        /// client named.
        case terminate
    }

    /// In lower case, as `Upgrade` names them: `websocket`.
    public var protocols: [String]
    public var connect: ConnectChoice
    /// At a time, of this route.
    public var maximumTunnels = 1_000
    /// Without a byte in either direction. The route's own time-outs hold until the tunnel is open.
    public var idleTimeoutMilliseconds = 300_000
    /// After one side has ended its sending, without a byte of the other.
    public var halfClosedTimeoutMilliseconds = 60_000
    /// Whatever passes: a tunnel leaves its span when it ends, and none stays off the record for ever.
    public var maximumDurationMilliseconds = 86_400_000

    public init(_ protocols: [String] = [], connect: ConnectChoice = .refuse) {
        self.protocols = protocols.map { $0.lowercased() }
        self.connect = connect
    }

    static let maximumProtocols = 16

    init(_ reader: inout ObjectReader) throws(ConfigurationError) {
        self.init()
        protocols =
            try reader.list("protocols", maximumCount: Self.maximumProtocols) {
                (value, path) throws(ConfigurationError) in
                try Self.name(value, path: path)
            } ?? []
        connect = try reader.choice("connect", ConnectChoice.self) ?? connect
        guard !protocols.isEmpty || connect != .refuse else {
            throw ConfigurationError(path: reader.path, message: "allows nothing: name protocols, or set connect")
        }
        maximumTunnels = try reader.integer("maximumTunnels", 1...1_000_000) ?? maximumTunnels
        idleTimeoutMilliseconds =
            try reader.integer("idleTimeoutMilliseconds", 10...86_400_000) ?? idleTimeoutMilliseconds
        halfClosedTimeoutMilliseconds =
            try reader.integer("halfClosedTimeoutMilliseconds", 10...86_400_000) ?? halfClosedTimeoutMilliseconds
        maximumDurationMilliseconds =
            try reader.integer("maximumDurationMilliseconds", 10...2_592_000_000) ?? maximumDurationMilliseconds
    }

    /// `name` or `name/version` (RFC 9110 §7.8).
    private static func name(_ value: JSONValue, path: String) throws(ConfigurationError) -> String {
        let text = try ObjectReader.text(value, path: path, maximumBytes: 64)
        let parts = text.split(separator: "/", maxSplits: 1, omittingEmptySubsequences: false)
        guard parts.allSatisfy({ Token.isToken(String($0)) }) else {
            throw ConfigurationError(path: path, message: "\"\(text)\" is not the name of a protocol")
        }
        let name = text.lowercased()
        guard name != "h2c" else {
            throw ConfigurationError(
                path: path, message: "\"h2c\" is no tunnel: HTTP/2 is spoken without being asked for by Upgrade")
        }
        return name
    }

    var json: JSONValue {
        var writer = ObjectWriter()
        writer.add("protocols", protocols.map(JSONValue.string))
        writer.add("connect", connect.rawValue)
        writer.add("maximumTunnels", maximumTunnels)
        writer.add("idleTimeoutMilliseconds", idleTimeoutMilliseconds)
        writer.add("halfClosedTimeoutMilliseconds", halfClosedTimeoutMilliseconds)
        writer.add("maximumDurationMilliseconds", maximumDurationMilliseconds)
        return writer.value
    }
}
