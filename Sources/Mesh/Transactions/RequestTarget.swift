/// Parts of a request target in origin form (RFC 9112 §3.2.1), percent-decoded.
public enum RequestTarget {
    /// A segment of the path, from 0; `nil` where the path is shorter.
    public static func segment(_ index: Int, of target: String) -> [UInt8]? {
        let path = target.utf8.prefix { $0 != UInt8(ascii: "?") && $0 != UInt8(ascii: "#") }
        guard path.first == UInt8(ascii: "/") else { return nil }
        var position = 0
        for part in path.dropFirst().split(separator: UInt8(ascii: "/"), omittingEmptySubsequences: false) {
            if position == index { return decode(part, plusIsSpace: false) }
            position += 1
        }
        return nil
    }

    /// The first parameter of that name in the query; `nil` where there is none.
    public static func query(_ name: String, of target: String) -> [UInt8]? {
        guard let mark = target.utf8.firstIndex(of: UInt8(ascii: "?")) else { return nil }
        let query = target.utf8[mark...].dropFirst().prefix { $0 != UInt8(ascii: "#") }
        for parameter in query.split(separator: UInt8(ascii: "&")) {
            let key = parameter.prefix { $0 != UInt8(ascii: "=") }
            guard decode(key, plusIsSpace: true).elementsEqual(name.utf8) else { continue }
            return decode(parameter.dropFirst(key.count + 1), plusIsSpace: true)
        }
        return nil
    }

    /// An escape that is not one stays as it is: the bytes are looked for, not judged.
    private static func decode(_ text: Substring.UTF8View, plusIsSpace: Bool) -> [UInt8] {
        var output: [UInt8] = []
        var rest = text
        while let byte = rest.popFirst() {
            if byte == UInt8(ascii: "%"), let first = rest.first, let high = nibble(first),
                let second = rest.dropFirst().first, let low = nibble(second)
            {
                output.append(high << 4 | low)
                rest = rest.dropFirst(2)
            } else {
                output.append(plusIsSpace && byte == UInt8(ascii: "+") ? 0x20 : byte)
            }
        }
        return output
    }

    private static func nibble(_ digit: UInt8) -> UInt8? {
        switch digit {
        case 0x30...0x39: digit - 0x30
        case 0x41...0x46: digit - 0x37
        case 0x61...0x66: digit - 0x57
        default: nil
        }
    }
}
