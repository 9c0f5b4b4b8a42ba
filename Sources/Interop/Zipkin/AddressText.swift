/// Tells whether a text is an IP address. Zipkin's readers refuse a whole answer for one that is not.
enum AddressText {
    /// Four numbers from 0 to 255 without leading zeros (RFC 6943 §3.1.1: the strict form).
    static func isIPv4(_ text: some StringProtocol) -> Bool {
        let parts = text.utf8.split(separator: UInt8(ascii: "."), omittingEmptySubsequences: false)
        return parts.count == 4
            && parts.allSatisfy { part in
                (1...3).contains(part.count) && part.allSatisfy { (0x30...0x39).contains($0) }
                    && (part.count == 1 || part.first != 0x30)
                    && part.reduce(0) { $0 * 10 + Int($1 - 0x30) } <= 255
            }
    }

    /// RFC 4291 §2.2: eight groups, one run of zeros left out perhaps, the last two groups as IPv4 perhaps; no zone.
    static func isIPv6(_ text: String) -> Bool {
        guard text.utf8.count <= 45, text.contains(":") else { return false }
        let sides = text.split(separator: "::", maxSplits: 1, omittingEmptySubsequences: false)
        guard sides.count == 2 else { return groups(text[...], mayEndInIPv4: true) == 8 }
        guard
            let left = sides[0].isEmpty ? 0 : groups(sides[0], mayEndInIPv4: false),
            let right = sides[1].isEmpty ? 0 : groups(sides[1], mayEndInIPv4: true)
        else { return false }
        return left + right <= 7
    }

    /// How many groups of 16 bits these are; `nil` when one is none.
    private static func groups(_ text: Substring, mayEndInIPv4: Bool) -> Int? {
        let parts = text.split(separator: ":", omittingEmptySubsequences: false)
        var count = 0
        for (index, part) in parts.enumerated() {
            if part.contains(".") {
                guard mayEndInIPv4, index == parts.count - 1, isIPv4(part) else { return nil }
                count += 2
            } else {
                guard (1...4).contains(part.utf8.count), part.allSatisfy(\.isHexDigit) else { return nil }
                count += 1
            }
        }
        return count
    }
}
