import NIOCore
import NIOHTTP1

/// A whole request, its body read into memory within the service's limit.
public struct HTTPRequest: Sendable {
    public var method: HTTPMethod
    /// The path's segments, percent-decoded; empty ones left out.
    public var segments: [String]
    /// Query parameters in order, percent-decoded.
    public var query: [(name: String, value: String)]
    public var headers: HTTPHeaders
    public var body: ByteBuffer
    /// The verified identity of the sender, or `anonymous`.
    public var principal: String
    let abandonment = Abandonment()

    /// Whether the connection has closed: nobody waits for the answer any more.
    public func isAbandoned() -> Bool { abandonment.isAbandoned }

    /// `nil` when the target is not a path, or holds a bad percent escape.
    init?(head: HTTPRequestHead, principal: String) {
        guard head.uri.utf8.first == UInt8(ascii: "/") else { return nil }
        let parts = head.uri.split(separator: "?", maxSplits: 1, omittingEmptySubsequences: false)
        var segments: [String] = []
        for segment in parts[0].split(separator: "/") {
            guard let decoded = Self.percentDecoded(segment.utf8, plusIsSpace: false) else { return nil }
            segments.append(decoded)
        }
        var query: [(name: String, value: String)] = []
        if parts.count == 2 {
            for pair in parts[1].split(separator: "&") {
                let sides = pair.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
                guard
                    let name = Self.percentDecoded(sides[0].utf8, plusIsSpace: true),
                    let value = sides.count == 2 ? Self.percentDecoded(sides[1].utf8, plusIsSpace: true) : ""
                else { return nil }
                query.append((name, value))
            }
        }
        self.method = head.method
        self.segments = segments
        self.query = query
        self.headers = head.headers
        self.body = ByteBuffer()
        self.principal = principal
    }

    /// The first value of a query parameter.
    public func parameter(_ name: String) -> String? { query.first { $0.name == name }?.value }

    static func percentDecoded(_ text: Substring.UTF8View, plusIsSpace: Bool) -> String? {
        var bytes: [UInt8] = []
        bytes.reserveCapacity(text.count)
        var rest = text
        while let byte = rest.popFirst() {
            switch byte {
            case UInt8(ascii: "%"):
                guard
                    let high = rest.popFirst().flatMap({ Character(UnicodeScalar($0)).hexDigitValue }),
                    let low = rest.popFirst().flatMap({ Character(UnicodeScalar($0)).hexDigitValue })
                else { return nil }
                bytes.append(UInt8(high << 4 | low))
            case UInt8(ascii: "+") where plusIsSpace: bytes.append(UInt8(ascii: " "))
            default: bytes.append(byte)
            }
        }
        return String(validating: bytes, as: UTF8.self)
    }
}
