/// The key of WebSocket's opening handshake and what accepts it (RFC 6455 §1.3), which HTTP/2 does without
/// (RFC 8441 §5): where one side speaks HTTP/2 and the other HTTP/1.1, the proxy makes up for it.
package enum WebSocketHandshake {
    static let keyName = "sec-websocket-key"
    static let acceptName = "sec-websocket-accept"
    private static let suffix = Array("258EAFA5-E914-47DA-95CA-C5AB0DC85B11".utf8)
    private static let alphabet = Array("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/".utf8)

    /// 16 random bytes in base64.
    static func newKey() -> String {
        var random = SystemRandomNumberGenerator()
        return base64((0..<16).map { _ in UInt8.random(in: 0...255, using: &random) })
    }

    /// What a server that has understood the key answers.
    package static func accept(_ key: String) -> String { base64(SHA1.digest(Array(key.utf8) + suffix)) }

    /// RFC 4648 §4.
    private static func base64(_ bytes: [UInt8]) -> String {
        var text: [UInt8] = []
        for start in stride(from: 0, to: bytes.count, by: 3) {
            let piece = bytes[start..<min(start + 3, bytes.count)]
            let bits = piece.reduce(0) { $0 << 8 | Int($1) } << (8 * (3 - piece.count))
            for place in 0...3 {
                text.append(place <= piece.count ? alphabet[bits >> (18 - 6 * place) & 63] : UInt8(ascii: "="))
            }
        }
        return String(decoding: text, as: UTF8.self)
    }
}
