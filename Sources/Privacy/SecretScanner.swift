/// Finds what opens doors: JSON web tokens, credentials after `Bearer` or `Basic`, private keys in PEM form, and the
/// values of parameters whose names say that they are secret.
enum SecretScanner {
    static let replacement = Array("***".utf8)
    private static let tokenStart = Array("eyJ".utf8)
    private static let pemStart = Array("-----BEGIN ".utf8)
    private static let pemKey = Array("PRIVATE KEY-----".utf8)
    private static let pemEnd = Array("-----END ".utf8)
    private static let schemes = ["bearer", "basic"].map { Array($0.utf8) }
    private static let parameters: [[UInt8]] = [
        "access_token", "api_key", "api-key", "apikey", "authorization", "client_secret", "cvc", "cvv", "id_token",
        "passwd", "password", "pin", "pwd", "refresh_token", "secret", "token",
    ].map { Array($0.utf8) }
    /// A shorter word after `Bearer` is no credential but prose.
    private static let minimumCredentialBytes = 8

    /// A quick look for a byte that every finding has.
    static func mayBeIn(_ text: UnsafeRawBufferPointer) -> Bool {
        for index in 0..<text.count {
            switch text[index] {
            case UInt8(ascii: "="), UInt8(ascii: " "), UInt8(ascii: "."), UInt8(ascii: "%"), UInt8(ascii: "+"):
                return true
            default: break
            }
        }
        return false
    }

    static func secrets(in text: UnsafeRawBufferPointer) -> [Range<Int>] {
        var secrets: [Range<Int>] = []
        var offset = 0
        while offset < text.count {
            if let range = webToken(text, offset) ?? privateKey(text, offset) ?? credential(text, offset)
                ?? parameter(text, offset)
            {
                if !range.isEmpty { secrets.append(range) }
                offset = max(range.upperBound, offset + 1)
            } else {
                offset += 1
            }
        }
        return secrets
    }

    /// Three base64url parts, the first an object (RFC 7519 §3); the signature may be empty.
    private static func webToken(_ text: UnsafeRawBufferPointer, _ start: Int) -> Range<Int>? {
        guard has(tokenStart, text, start), isBoundary(text, start) else { return nil }
        var end = start
        var dots = 0
        while end < text.count, isBase64URL(text[end]) || text[end] == UInt8(ascii: ".") {
            if text[end] == UInt8(ascii: ".") { dots += 1 }
            end += 1
        }
        return dots >= 2 ? start..<end : nil
    }

    private static func privateKey(_ text: UnsafeRawBufferPointer, _ start: Int) -> Range<Int>? {
        guard has(pemStart, text, start), let name = find(pemKey, text, from: start, limit: 64) else { return nil }
        let content = name + pemKey.count
        return content..<(find(pemEnd, text, from: content, limit: text.count) ?? text.count)
    }

    private static func credential(_ text: UnsafeRawBufferPointer, _ start: Int) -> Range<Int>? {
        guard isBoundary(text, start) else { return nil }
        for scheme in schemes where has(scheme, text, start) {
            let gap = gapLength(text, start + scheme.count)
            guard gap > 0 else { continue }
            let first = start + scheme.count + gap
            var end = first
            while end < text.count, isCredentialByte(text[end]) { end += 1 }
            if end - first >= minimumCredentialBytes { return first..<end }
        }
        return nil
    }

    /// `name=value`, up to the next parameter, space or quote.
    private static func parameter(_ text: UnsafeRawBufferPointer, _ start: Int) -> Range<Int>? {
        guard isBoundary(text, start) else { return nil }
        for name in parameters where has(name, text, start) {
            let sign = start + name.count
            guard sign < text.count, text[sign] == UInt8(ascii: "=") else { continue }
            var end = sign + 1
            while end < text.count, !"&; \"'\r\n".utf8.contains(text[end]) { end += 1 }
            return (sign + 1)..<end
        }
        return nil
    }

    // MARK: Bytes

    /// Without regard to case.
    private static func has(_ word: [UInt8], _ text: UnsafeRawBufferPointer, _ start: Int) -> Bool {
        guard start + word.count <= text.count else { return false }
        for index in 0..<word.count where lowered(text[start + index]) != lowered(word[index]) { return false }
        return true
    }

    private static func find(_ word: [UInt8], _ text: UnsafeRawBufferPointer, from start: Int, limit: Int) -> Int? {
        let last = min(text.count - word.count, start + limit)
        guard start <= last else { return nil }
        return (start...last).first { has(word, text, $0) }
    }

    /// Whether a word could start here.
    private static func isBoundary(_ text: UnsafeRawBufferPointer, _ start: Int) -> Bool {
        start == 0 || !isLetterOrDigit(text[start - 1])
    }

    private static func gapLength(_ text: UnsafeRawBufferPointer, _ start: Int) -> Int {
        guard start < text.count else { return 0 }
        if text[start] == UInt8(ascii: " ") || text[start] == UInt8(ascii: "+") { return 1 }
        return has(Array("%20".utf8), text, start) ? 3 : 0
    }

    private static func lowered(_ byte: UInt8) -> UInt8 { byte &- 0x41 < 26 ? byte | 0x20 : byte }
    private static func isLetterOrDigit(_ byte: UInt8) -> Bool { byte &- 0x30 < 10 || lowered(byte) &- 0x61 < 26 }
    private static func isBase64URL(_ byte: UInt8) -> Bool {
        isLetterOrDigit(byte) || byte == UInt8(ascii: "-") || byte == UInt8(ascii: "_")
    }
    /// RFC 9110 §11.2, token68.
    private static func isCredentialByte(_ byte: UInt8) -> Bool {
        isBase64URL(byte) || ".~+/=".utf8.contains(byte)
    }
}
