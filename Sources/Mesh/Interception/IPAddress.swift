/// An IPv4 or IPv6 address.
public struct IPAddress: Sendable, Hashable, CustomStringConvertible {
    public let family: IPFamily
    /// The upper 64 bits of an IPv6 address; zero for IPv4.
    public let high: UInt64
    /// The lower 64 bits, or the 32 of an IPv4 address.
    public let low: UInt64

    public init(_ family: IPFamily, high: UInt64, low: UInt64) {
        self.family = family
        self.high = high
        self.low = low
    }

    /// In network order: 4 bytes or 16; others are a programming error.
    public init(bytes: some Collection<UInt8>) {
        precondition(bytes.count == 4 || bytes.count == 16, "an IP address has 4 or 16 bytes")
        let isV4 = bytes.count == 4
        let lower = bytes.suffix(isV4 ? 4 : 8).reduce(UInt64(0)) { $0 << 8 | UInt64($1) }
        let upper = isV4 ? 0 : bytes.prefix(8).reduce(UInt64(0)) { $0 << 8 | UInt64($1) }
        self.init(isV4 ? .ipv4 : .ipv6, high: upper, low: lower)
    }

    /// Dotted decimal without leading zeros (RFC 6943 §3.1.1, "strict"), or any form of RFC 4291 §2.2; no zone.
    public init?(_ text: String) {
        if let low = Self.dotted(text[...]) {
            self.init(.ipv4, high: 0, low: low)
        } else if let groups = Self.groups(text) {
            let upper = groups[0..<4].reduce(UInt64(0)) { $0 << 16 | $1 }
            let lower = groups[4..<8].reduce(UInt64(0)) { $0 << 16 | $1 }
            self.init(.ipv6, high: upper, low: lower)
        } else {
            return nil
        }
    }

    /// `0.0.0.0` or `::`: all addresses of the machine.
    public var isUnspecified: Bool { high == 0 && low == 0 }

    /// 127.0.0.0/8 or ::1.
    public var isLoopback: Bool { family == .ipv4 ? low >> 24 == 127 : high == 0 && low == 1 }

    /// Four decimal numbers, or hexadecimal groups with the longest run of zeros left out (RFC 5952 §4).
    public var description: String {
        guard family == .ipv6 else {
            return [24, 16, 8, 0].map { String(low >> UInt64($0) & 0xFF) }.joined(separator: ".")
        }
        let groups = [high, low].flatMap { half in [48, 32, 16, 0].map { half >> UInt64($0) & 0xFFFF } }
        var longest = 0..<0
        var start = 0
        for index in 0...8 where index == 8 || groups[index] != 0 {
            if index - start > max(1, longest.count) { longest = start..<index }
            start = index + 1
        }
        func text(_ part: ArraySlice<UInt64>) -> String {
            part.map { String($0, radix: 16) }.joined(separator: ":")
        }
        if longest.isEmpty { return text(groups[...]) }
        return text(groups[..<longest.lowerBound]) + "::" + text(groups[longest.upperBound...])
    }

    private static func dotted(_ text: Substring) -> UInt64? {
        let parts = text.split(separator: ".", maxSplits: 4, omittingEmptySubsequences: false)
        guard parts.count == 4 else { return nil }
        var value: UInt64 = 0
        for part in parts {
            guard (1...3).contains(part.utf8.count), part.utf8.allSatisfy({ 0x30...0x39 ~= $0 }),
                part == "0" || !part.hasPrefix("0"), let byte = UInt8(part)
            else { return nil }
            value = value << 8 | UInt64(byte)
        }
        return value
    }

    private static func groups(_ text: String) -> [UInt64]? {
        guard text.utf8.count <= 45 else { return nil }
        // One "::" stands for at least one group of zeros.
        let halves = split(text)
        guard halves.count <= 2, let head = part(halves[0], isLast: halves.count == 1) else { return nil }
        if halves.count == 1 { return head.count == 8 ? head : nil }
        guard let tail = part(halves[1], isLast: true), head.count + tail.count <= 7 else { return nil }
        return head + [UInt64](repeating: 0, count: 8 - head.count - tail.count) + tail
    }

    /// At every "::".
    private static func split(_ text: String) -> [Substring] {
        var halves: [Substring] = []
        var start = text.startIndex
        var index = text.startIndex
        while index < text.endIndex {
            let next = text.index(after: index)
            if text[index] == ":", next < text.endIndex, text[next] == ":" {
                halves.append(text[start..<index])
                index = text.index(after: next)
                start = index
            } else {
                index = next
            }
        }
        return halves + [text[start...]]
    }

    private static func part(_ text: Substring, isLast: Bool) -> [UInt64]? {
        if text.isEmpty { return [] }
        var groups: [UInt64] = []
        let words = text.split(separator: ":", maxSplits: 9, omittingEmptySubsequences: false)
        for (index, word) in words.enumerated() {
            if isLast, index == words.count - 1, word.contains(".") {
                guard let low = dotted(word) else { return nil }
                groups += [low >> 16, low & 0xFFFF]
            } else {
                guard (1...4).contains(word.utf8.count), word.utf8.allSatisfy({ $0 != 0x2B && $0 != 0x2D }),
                    let group = UInt64(word, radix: 16)
                else { return nil }
                groups.append(group)
            }
        }
        return groups.count <= 8 ? groups : nil
    }
}
