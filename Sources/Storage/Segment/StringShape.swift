/// What a set of strings has in common: told string by string.
struct StringShape {
    private(set) var bytes = 0
    private(set) var length = 0
    private(set) var isUUID = true
    private(set) var isDecimal = true
    private(set) var isHex = true
    private(set) var digits = 0
    private(set) var prefix: [UInt8] = []
    private var isFirst = true

    /// Longer numbers would not fit 64 bits; longer hex is text.
    private static let maximumDigits = 18
    private static let maximumLength = 128

    mutating func look(at string: UnsafeRawBufferPointer) {
        bytes += string.count
        if isFirst {
            isFirst = false
            start(string)
            return
        }
        if !(isUUID || isDecimal || isHex) { return }
        if string.count != length {
            isUUID = false
            isDecimal = false
            isHex = false
            return
        }
        if isUUID { isUUID = StringShape.isUUID(string) }
        if isDecimal { isDecimal = hasPrefixAndDigits(string) }
        if isHex { isHex = string.allSatisfy(StringShape.isHexDigit) }
    }

    private mutating func start(_ string: UnsafeRawBufferPointer) {
        length = string.count
        isUUID = StringShape.isUUID(string)
        while digits < min(length, StringShape.maximumDigits), 0x30...0x39 ~= string[length - 1 - digits] {
            digits += 1
        }
        isDecimal = digits > 0 && length <= StringShape.maximumLength
        prefix = Array(string.prefix(length - digits))
        isHex =
            length > 0 && length % 2 == 0 && length <= StringShape.maximumLength
            && string.allSatisfy(StringShape.isHexDigit)
    }

    private func hasPrefixAndDigits(_ string: UnsafeRawBufferPointer) -> Bool {
        for index in prefix.indices where string[index] != prefix[index] { return false }
        for index in prefix.count..<length where !(0x30...0x39 ~= string[index]) { return false }
        return true
    }

    static func isHexDigit(_ byte: UInt8) -> Bool { 0x30...0x39 ~= byte || 0x61...0x66 ~= byte }

    /// 8-4-4-4-12 lower-case hexadecimal digits.
    private static func isUUID(_ string: UnsafeRawBufferPointer) -> Bool {
        guard string.count == 36 else { return false }
        for index in 0..<36 {
            let byte = string[index]
            if index == 8 || index == 13 || index == 18 || index == 23 {
                guard byte == 0x2D else { return false }
            } else {
                guard isHexDigit(byte) else { return false }
            }
        }
        return true
    }
}
