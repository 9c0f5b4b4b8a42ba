/// What a set of strings has in common, and so how they can be stored in fewer bytes.
struct StringShape {
    /// What is left of a string without its ends.
    enum Middle: Equatable {
        case text
        /// 36 characters.
        case uuid(isUpper: Bool)
        /// So many bytes in lower-case digits.
        case hex(bytes: Int)
        /// So many decimal digits; 0: as many as the number needs, without leading zeros.
        case decimal(digits: Int)
        /// So many symbols of an alphabet.
        case symbols(length: Int, SymbolSet)
    }

    private(set) var bytes = 0
    private(set) var shortest = Int.max
    private(set) var longest = 0
    private var commonPrefix = 0
    private var commonSuffix = 0
    private var first: [UInt8] = []

    /// Ends longer than this are text like the rest.
    static let maximumEnd = 255

    /// The bytes that all strings begin and end with, together no longer than the shortest of them.
    var ends: (prefix: Int, suffix: Int) {
        let prefix = min(commonPrefix, shortest)
        return (prefix, min(commonSuffix, shortest - prefix))
    }

    mutating func look(at string: UnsafeRawBufferPointer) {
        bytes += string.count
        longest = max(longest, string.count)
        if shortest == .max {
            shortest = string.count
            first = Array(string)
            commonPrefix = min(string.count, StringShape.maximumEnd)
            commonSuffix = commonPrefix
            return
        }
        shortest = min(shortest, string.count)
        first.withUnsafeBytes { first in
            var prefix = 0
            let prefixEnd = min(commonPrefix, string.count)
            while prefix < prefixEnd, string[prefix] == first[prefix] { prefix += 1 }
            commonPrefix = prefix
            var suffix = 0
            let suffixEnd = min(commonSuffix, string.count)
            while suffix < suffixEnd, string[string.count - 1 - suffix] == first[first.count - 1 - suffix] {
                suffix += 1
            }
            commonSuffix = suffix
        }
    }

    func prefix(_ count: Int) -> [UInt8] { Array(first.prefix(count)) }
    func suffix(_ count: Int) -> [UInt8] { Array(first.suffix(count)) }

    /// Forms that all strings may have, with the ends they are tried with: the shortest form first.
    func candidates() -> [(middle: Middle, prefix: Int, suffix: Int)] {
        var found: [(middle: Middle, prefix: Int, suffix: Int)] = []
        let ends = ends
        if shortest == longest {
            for suffix in ends.suffix > 0 ? [0, ends.suffix] : [0] {
                let prefix = longest - suffix - 36
                guard prefix >= 0, prefix <= commonPrefix else { continue }
                found.append((.uuid(isUpper: false), prefix, suffix))
                found.append((.uuid(isUpper: true), prefix, suffix))
            }
        }
        let digits = trimmed(ends, while: { 0x30...0x39 ~= $0 })
        if shortest == longest, 1...18 ~= longest - ends.prefix - ends.suffix {
            found.append((.decimal(digits: longest - ends.prefix - ends.suffix), ends.prefix, ends.suffix))
        }
        found.append((.decimal(digits: 0), digits.prefix, digits.suffix))
        if shortest == longest {
            let hex = trimmed(ends, while: StringShape.isHexDigit)
            let length = longest - hex.prefix - hex.suffix
            if length % 2 == 0, 2...128 ~= length { found.append((.hex(bytes: length / 2), hex.prefix, hex.suffix)) }
        }
        return found
    }

    /// Ends that do not reach into a run of such characters.
    private func trimmed(
        _ ends: (prefix: Int, suffix: Int), while belongs: (UInt8) -> Bool
    ) -> (prefix: Int, suffix: Int) {
        var (prefix, suffix) = ends
        while prefix > 0, belongs(first[prefix - 1]) { prefix -= 1 }
        while suffix > 0, belongs(first[first.count - suffix]) { suffix -= 1 }
        return (prefix, suffix)
    }

    static func fits(_ middle: Middle, _ string: [UInt8]) -> Bool { string.withUnsafeBytes { fits(middle, $0) } }

    /// Whether the middle of a string has the form.
    static func fits(_ middle: Middle, _ string: UnsafeRawBufferPointer) -> Bool {
        switch middle {
        case .text: true
        case .uuid(let isUpper): isUUID(string, isUpper: isUpper)
        case .hex(let bytes): string.count == bytes * 2 && string.allSatisfy(isHexDigit)
        case .decimal(let digits): isDecimal(string, digits: digits)
        case .symbols(let length, let set): string.count == length && string.allSatisfy { set.contains($0) }
        }
    }

    private static func isDecimal(_ string: UnsafeRawBufferPointer, digits: Int) -> Bool {
        guard !string.isEmpty, string.count <= 18, digits == 0 || string.count == digits else { return false }
        if digits == 0, string.count > 1, string[0] == 0x30 { return false }
        return string.allSatisfy { 0x30...0x39 ~= $0 }
    }

    static func isHexDigit(_ byte: UInt8) -> Bool { 0x30...0x39 ~= byte || 0x61...0x66 ~= byte }

    /// 8-4-4-4-12 hexadecimal digits of one case.
    private static func isUUID(_ string: UnsafeRawBufferPointer, isUpper: Bool) -> Bool {
        guard string.count == 36 else { return false }
        for index in 0..<36 {
            let byte = string[index]
            if index == 8 || index == 13 || index == 18 || index == 23 {
                guard byte == 0x2D else { return false }
            } else if isUpper {
                guard 0x30...0x39 ~= byte || 0x41...0x46 ~= byte else { return false }
            } else {
                guard isHexDigit(byte) else { return false }
            }
        }
        return true
    }
}
