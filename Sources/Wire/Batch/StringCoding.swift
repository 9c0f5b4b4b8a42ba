/// How a string's bytes are written: what it shares with the string before it in its list, then the rest as it is,
/// as packed hexadecimal digits, or as a UUID's 16 bytes.
enum StringCoding {
    static let raw: UInt64 = 0
    static let hexadecimal: UInt64 = 1
    static let uuid: UInt64 = 2
    static let maximumPrefix = 255

    /// Header: `length << 3 | packing << 1 | shares`, length being that of the rest in characters.
    static func encode(
        _ bytes: UnsafeRawBufferPointer, after previous: UnsafeRawBufferPointer, into output: inout ByteSink
    ) {
        if bytes.count == 36, isUUID(bytes) {
            output.varint(36 << 3 | uuid << 1)
            packDigits(bytes, skippingHyphens: true, into: &output)
            return
        }
        let bound = min(bytes.count, previous.count, maximumPrefix)
        var prefix = 0
        while prefix < bound, bytes[prefix] == previous[prefix] { prefix &+= 1 }
        if prefix < 3 { prefix = 0 }
        let rest = UnsafeRawBufferPointer(rebasing: bytes[prefix...])
        let packing = rest.count >= 4 && isHexadecimal(rest) ? hexadecimal : raw
        output.varint(UInt64(rest.count) << 3 | packing << 1 | (prefix > 0 ? 1 : 0))
        if prefix > 0 { output.byte(UInt8(prefix)) }
        if packing == raw { output.bytes(rest) } else { packDigits(rest, skippingHyphens: false, into: &output) }
    }

    /// Appends one string to `output`; `previous` is where the one before it lies there.
    static func decode(
        _ cursor: inout ByteCursor, previous: Range<Int>, into output: inout [UInt8], limit: Int
    ) throws(WireError) {
        let start = cursor.offset
        let header = try cursor.varint("string header")
        let length = header >> 3
        var room = limit - output.count
        guard length <= UInt64(room) else {
            throw WireError(
                .limitExceeded, field: "string length", offset: start,
                expected: "at most \(room) bytes more in this list")
        }
        if header & 1 != 0 {
            let prefix = Int(try cursor.byte("shared prefix"))
            guard prefix <= previous.count else {
                throw cursor.failure("shared prefix", "at most the \(previous.count) bytes of the string before")
            }
            room -= Int(length)
            guard prefix <= room else {
                throw cursor.failure("shared prefix", "at most \(room) bytes more in this list", code: .limitExceeded)
            }
            for index in previous.prefix(prefix) { output.append(output[index]) }
        }
        switch header >> 1 & 3 {
        case raw:
            output.append(contentsOf: try cursor.take(Int(length), "string"))
        case hexadecimal:
            let packed = try cursor.take((Int(length) + 1) / 2, "hexadecimal string")
            for index in 0..<Int(length) {
                let nibble = index & 1 == 0 ? packed[index >> 1] >> 4 : packed[index >> 1] & 0xF
                output.append(digit(nibble))
            }
        case uuid:
            guard length == 36, header & 1 == 0 else {
                throw cursor.failure("string header", "36 characters and no prefix for a UUID")
            }
            let packed = try cursor.take(16, "UUID")
            withUnsafeTemporaryAllocation(of: UInt8.self, capacity: 36) { text in
                var place = 0
                for index in 0..<16 {
                    if index == 4 || index == 6 || index == 8 || index == 10 {
                        text.initializeElement(at: place, to: 0x2D)
                        place &+= 1
                    }
                    text.initializeElement(at: place, to: digit(packed[index] >> 4))
                    text.initializeElement(at: place &+ 1, to: digit(packed[index] & 0xF))
                    place &+= 2
                }
                output.append(contentsOf: text)
            }
        default:
            throw cursor.failure("string header", "a packing of 0, 1 or 2")
        }
    }

    private static func packDigits(
        _ bytes: UnsafeRawBufferPointer, skippingHyphens: Bool, into output: inout ByteSink
    ) {
        var pending: UInt8?
        for byte in bytes where !(skippingHyphens && byte == 0x2D) {
            let nibble = byte < 0x3A ? byte & 0xF : byte &- 0x57
            if let high = pending {
                output.byte(high << 4 | nibble)
                pending = nil
            } else {
                pending = nibble
            }
        }
        if let high = pending { output.byte(high << 4) }
    }

    @inline(__always)
    private static func digit(_ nibble: UInt8) -> UInt8 { nibble < 10 ? 0x30 | nibble : 0x57 &+ nibble }

    @inline(__always)
    private static func isDigit(_ byte: UInt8) -> Bool { byte &- 0x30 < 10 || byte &- 0x61 < 6 }

    private static func isHexadecimal(_ bytes: UnsafeRawBufferPointer) -> Bool {
        for byte in bytes where !isDigit(byte) { return false }
        return true
    }

    private static func isUUID(_ bytes: UnsafeRawBufferPointer) -> Bool {
        for index in 0..<36 {
            let hyphen = index == 8 || index == 13 || index == 18 || index == 23
            if hyphen ? bytes[index] != 0x2D : !isDigit(bytes[index]) { return false }
        }
        return true
    }
}
