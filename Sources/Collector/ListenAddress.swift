/// `HOST:PORT` or `[IPv6]:PORT`, as given for a listener.
public struct ListenAddress: Sendable, Hashable {
    public var host: String
    public var port: Int

    /// `nil` when the text has no host, or no port from 0 to 65535.
    public init?(_ text: String) {
        guard let colon = text.lastIndex(of: ":"), let port = UInt16(text[text.index(after: colon)...]) else {
            return nil
        }
        var host = text[..<colon]
        if host.hasPrefix("["), host.hasSuffix("]") {
            host = host.dropFirst().dropLast()
        } else if host.contains(":") {
            return nil
        }
        guard !host.isEmpty else { return nil }
        self.host = String(host)
        self.port = Int(port)
    }
}
