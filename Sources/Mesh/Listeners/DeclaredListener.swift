/// A listener beside the two that every proxy may have, for a port of its own with a protocol of its own. Protocols are
/// declared, never guessed from the first bytes: a server that speaks first would wait for ever.
public struct DeclaredListener: Sendable, Hashable {
    public enum Traffic: Sendable, Hashable {
        /// Requests, routed by method, host, path and header.
        case http(Listener)
        /// Bytes or messages of one connection, which goes to one endpoint.
        case stream(StreamListener)
    }

    /// In spans, metrics and errors; unique in a document, and neither `inbound`, `outbound` nor `admin`.
    public var name: String
    public var direction: TrafficDirection
    public var traffic: Traffic
    /// How connections come to it.
    public var capture: ListenerCapture

    public init(
        name: String, direction: TrafficDirection, traffic: Traffic, capture: ListenerCapture = .explicit
    ) {
        self.name = name
        self.direction = direction
        self.traffic = traffic
        self.capture = capture
    }

    public var address: HostPort {
        switch traffic {
        case .http(let listener): listener.address
        case .stream(let listener): listener.address
        }
    }

    public var security: Listener.Security {
        switch traffic {
        case .http(let listener): listener.security
        case .stream(let listener): listener.security
        }
    }

    /// Whether connections are, or can be, mutual TLS.
    public var usesTLS: Bool { security != .plain }

    public var accept: [String] {
        switch traffic {
        case .http(let listener): listener.accept
        case .stream(let listener): listener.accept
        }
    }

    /// What the listener offers over TLS; `nil` where it is not HTTP.
    public var httpProtocol: HTTPProtocol? {
        switch traffic {
        case .http(let listener): listener.httpProtocol
        case .stream: nil
        }
    }

    static let reservedNames = ["inbound", "outbound", "admin"]

    init(_ reader: inout ObjectReader) throws(ConfigurationError) {
        name = try reader.requiredText("name", maximumBytes: 256)
        guard !Self.reservedNames.contains(name) else {
            throw reader.error("name", "\"\(name)\" is the name of a listener that is configured elsewhere")
        }
        direction = try ObjectReader.choice(
            try reader.requiredText("direction"), TrafficDirection.self, path: reader.path(of: "direction"))
        guard reader.value("address") != nil else {
            throw reader.error("address", "missing: only inbound and outbound have one by default")
        }
        capture = try reader.flag("transparent") ?? false ? .originalDestination : .explicit
        if let text = try reader.text("protocol"), HTTPProtocol(rawValue: text) == nil {
            let kind = try ObjectReader.choice(text, StreamProtocol.Name.self, path: reader.path(of: "protocol"))
            traffic = .stream(try StreamListener(&reader, kind, defaultSecurity: direction.defaultSecurity))
        } else {
            traffic = .http(try Listener(&reader, defaultPort: 0, defaultSecurity: direction.defaultSecurity))
        }
    }

    var json: JSONValue {
        var writer = ObjectWriter()
        writer.add("name", name)
        writer.add("direction", direction.rawValue)
        if capture == .originalDestination { writer.add("transparent", true) }
        switch traffic {
        case .http(let listener): writer.add(membersOf: listener.json)
        case .stream(let listener): writer.add(membersOf: listener.json)
        }
        return writer.value
    }
}
