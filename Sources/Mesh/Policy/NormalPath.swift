/// A path as a service will understand it, so that no spelling of `/admin` walks past a rule about `/admin`.
///
/// RFC 3986 §6.2.2: percent escapes are resolved, dot segments removed; repeated slashes count as one, as most servers
/// count them.
public enum NormalPath: Sendable, Hashable {
    case normal(String)
    /// Servers differ on what it means: an escaped slash, backslash, NUL or dot segment beyond the root, a bare
    /// backslash, a broken escape, or bytes that are not UTF-8.
    case ambiguous

    /// - Parameter target: In origin form: path and query.
    public static func of(_ target: String) -> NormalPath {
        let bytes = target.utf8.prefix { $0 != UInt8(ascii: "?") }
        if isNormal(bytes) { return .normal(String(decoding: bytes, as: UTF8.self)) }
        guard let unescaped = unescape(bytes) else { return .ambiguous }
        guard unescaped.first == UInt8(ascii: "/") else {
            return unescaped == [UInt8(ascii: "*")] ? .normal("*") : .ambiguous
        }
        var segments: [ArraySlice<UInt8>] = []
        let parts = unescaped.dropFirst().split(separator: UInt8(ascii: "/"), omittingEmptySubsequences: false)
        var endsOpen = false
        for part in parts {
            endsOpen = false
            if part.isEmpty || part.elementsEqual(".".utf8) {
                endsOpen = true
            } else if part.elementsEqual("..".utf8) {
                guard segments.popLast() != nil else { return .ambiguous }
                endsOpen = true
            } else {
                segments.append(part)
            }
        }
        var output: [UInt8] = []
        for segment in segments {
            output.append(UInt8(ascii: "/"))
            output += segment
        }
        if endsOpen || output.isEmpty { output.append(UInt8(ascii: "/")) }
        guard let text = String(validating: output, as: UTF8.self) else { return .ambiguous }
        return .normal(text)
    }

    /// Most paths: nothing to resolve.
    private static func isNormal(_ path: String.UTF8View.SubSequence) -> Bool {
        var previous: UInt8 = 0
        guard path.first == UInt8(ascii: "/") else { return false }
        for byte in path {
            let isSlashed = previous == UInt8(ascii: "/")
            switch byte {
            case UInt8(ascii: "%"), UInt8(ascii: "\\"), UInt8(ascii: ";"), 0..<0x20, 0x7F...: return false
            case UInt8(ascii: "/"), UInt8(ascii: "."): if isSlashed { return false }
            default: break
            }
            previous = byte
        }
        return true
    }

    private static func unescape(_ path: String.UTF8View.SubSequence) -> [UInt8]? {
        var output: [UInt8] = []
        var rest = path
        while let byte = rest.popFirst() {
            var resolved = byte
            if byte == UInt8(ascii: "%") {
                guard let high = rest.popFirst().flatMap(nibble), let low = rest.popFirst().flatMap(nibble) else {
                    return nil
                }
                resolved = high << 4 | low
                // An escaped percent sign may be resolved once more behind us; an escaped `?` ends no path.
                if "/%?#".utf8.contains(resolved) { return nil }
            }
            // Matrix parameters (`/admin;x`) are cut off by some servers and kept by others.
            if resolved < 0x20 || resolved == 0x7F || resolved == UInt8(ascii: "\\") || resolved == UInt8(ascii: ";") {
                return nil
            }
            output.append(resolved)
        }
        return output
    }

    private static func nibble(_ byte: UInt8) -> UInt8? {
        switch byte {
        case 0x30...0x39: byte - 0x30
        case 0x41...0x46: byte - 0x37
        case 0x61...0x66: byte - 0x57
        default: nil
        }
    }
}
