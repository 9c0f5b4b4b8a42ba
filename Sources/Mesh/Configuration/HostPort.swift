/// A host (name, IPv4 or IPv6 address) and a port, written `host:port` or `[address]:port`.
public struct HostPort: Sendable, Hashable, CustomStringConvertible {
    public var host: String
    /// Zero only for listeners: the system picks a free port.
    public var port: Int

    public init(host: String, port: Int) {
        self.host = host
        self.port = port
    }

    /// `nil` for anything that is not a host and a port from 0 to 65535.
    public init?(_ text: String) {
        guard let colon = text.lastIndex(of: ":") else { return nil }
        let digits = text[text.index(after: colon)...]
        guard digits.count <= 5, !digits.isEmpty, digits.utf8.allSatisfy({ 0x30...0x39 ~= $0 }),
            let port = Int(digits), port <= 65535
        else { return nil }
        var host = text[..<colon]
        if host.hasPrefix("["), host.hasSuffix("]") {
            host = host.dropFirst().dropLast()
            guard host.contains(":") else { return nil }
        } else if host.contains(":") {
            return nil
        }
        let allowed = host.utf8.allSatisfy { byte in
            switch byte {
            case 0x30...0x39, 0x41...0x5A, 0x61...0x7A: true
            default: ".-_:%".utf8.contains(byte)
            }
        }
        guard !host.isEmpty, host.utf8.count <= 255, allowed else { return nil }
        self.init(host: String(host), port: port)
    }

    public var description: String { host.contains(":") ? "[\(host)]:\(port)" : "\(host):\(port)" }

    static func read(
        _ value: JSONValue, path: String, allowPortZero: Bool
    ) throws(ConfigurationError) -> HostPort {
        let text = try ObjectReader.text(value, path: path)
        guard let address = HostPort(text), allowPortZero || address.port > 0 else {
            throw ConfigurationError(
                path: path,
                message: "\"\(text)\" is not host:port with a port from \(allowPortZero ? 0 : 1) to 65535")
        }
        return address
    }
}
