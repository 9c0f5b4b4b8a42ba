/// Reads one message by its dialect.
public struct ISO8583Reader {
    private let layout: ISO8583Layout
    private let bytes: UnsafeRawBufferPointer
    private var offset: Int

    /// Reads a message, its header before it.
    public static func read(
        _ bytes: UnsafeRawBufferPointer, by layout: ISO8583Layout
    ) throws(ISO8583Fault) -> ISO8583Message {
        var reader = ISO8583Reader(layout: layout, bytes: bytes, offset: layout.settings.framing.headerBytes)
        return try reader.message()
    }

    private var encoding: ISO8583Settings.Encoding { layout.settings.encoding }

    private mutating func message() throws(ISO8583Fault) -> ISO8583Message {
        let type = try take(encoding == .bcd ? 2 : 4, field: 0)
        var message = ISO8583Message(type: try number(type, field: 0))
        let wanted = Set(
            layout.settings.transactionSources.flatMap(\.fields) + ISO8583Layout.echoedFields
                + [ISO8583Layout.responseCode])
        let bitmaps = try readBitmaps()
        for number in 2...max(2, layout.lastField) {
            let bitmap = number <= 64 ? bitmaps.first : bitmaps.second
            guard bitmap & 1 << UInt64(63 - (number - 1) % 64) != 0 else { continue }
            guard let field = layout.fields[number] else {
                throw ISO8583Fault(field: number, offset: offset, message: "the dialect gives this field no layout")
            }
            let value = try content(of: number, field)
            if wanted.contains(number) { message.values[number] = text(value.bytes, field, value.count) }
        }
        return message
    }

    private mutating func readBitmaps() throws(ISO8583Fault) -> (first: UInt64, second: UInt64) {
        let first = try bitmap()
        return (first, first >> 63 == 1 ? try bitmap() : 0)
    }

    private mutating func bitmap() throws(ISO8583Fault) -> UInt64 {
        var bitmap: UInt64 = 0
        switch layout.settings.bitmap {
        case .binary:
            for byte in try take(8, field: 1) { bitmap = bitmap << 8 | UInt64(byte) }
        case .hexadecimal:
            let start = offset
            for (index, byte) in try take(16, field: 1).enumerated() {
                let character = encoding == .ebcdic ? EBCDIC.ascii(byte) : byte
                guard let digit = Character(UnicodeScalar(character)).hexDigitValue else {
                    throw ISO8583Fault(field: 1, offset: start + index, message: "not a hexadecimal digit")
                }
                bitmap = bitmap << 4 | UInt64(digit)
            }
        }
        return bitmap
    }

    /// The bytes of a field, and how many digits, characters or bytes they are.
    private mutating func content(
        of field: Int, _ layout: ISO8583FieldLayout
    ) throws(ISO8583Fault) -> (bytes: UnsafeRawBufferPointer, count: Int) {
        var count = layout.length
        if layout.lengthDigits > 0 {
            let start = offset
            let digits = layout.lengthDigits
            let prefix = try take(encoding == .bcd ? (digits + 1) / 2 : digits, field: field)
            count = try number(prefix, field: field)
            guard count <= layout.length else {
                throw ISO8583Fault(
                    field: field, offset: start, message: "a length of \(count); at most \(layout.length) are possible")
            }
        }
        let isPacked = encoding == .bcd && layout.content == .numeric
        return (try take(isPacked ? (count + 1) / 2 : count, field: field), count)
    }

    private mutating func take(_ count: Int, field: Int) throws(ISO8583Fault) -> UnsafeRawBufferPointer {
        guard count <= bytes.count - offset else {
            throw ISO8583Fault(
                field: field, offset: min(offset, bytes.count),
                message: "needs \(count) bytes and \(max(0, bytes.count - offset)) are left")
        }
        defer { offset += count }
        return UnsafeRawBufferPointer(rebasing: bytes[offset..<offset + count])
    }

    private func number(
        _ digits: UnsafeRawBufferPointer, field: Int
    ) throws(ISO8583Fault) -> Int {
        var number = 0
        for (index, byte) in digits.enumerated() {
            let place = offset - digits.count + index
            if encoding == .bcd {
                guard byte >> 4 <= 9, byte & 0xF <= 9 else {
                    throw ISO8583Fault(field: field, offset: place, message: "not two decimal digits")
                }
                number = number * 100 + Int(byte >> 4) * 10 + Int(byte & 0xF)
            } else {
                let character = encoding == .ebcdic ? EBCDIC.ascii(byte) : byte
                guard 0x30...0x39 ~= character else {
                    throw ISO8583Fault(field: field, offset: place, message: "not a decimal digit")
                }
                number = number * 10 + Int(character & 0xF)
            }
        }
        return number
    }

    private func text(_ bytes: UnsafeRawBufferPointer, _ field: ISO8583FieldLayout, _ count: Int) -> [UInt8] {
        switch (field.content, encoding) {
        case (.numeric, .bcd):
            // An odd number of digits is padded before them.
            let digits = bytes.flatMap { [Self.hexadecimal($0 >> 4), Self.hexadecimal($0 & 0xF)] }
            return Array(digits.suffix(count))
        case (.binary, _): return bytes.flatMap { [Self.hexadecimal($0 >> 4), Self.hexadecimal($0 & 0xF)] }
        case (_, .ebcdic): return bytes.map(EBCDIC.ascii)
        default: return Array(bytes)
        }
    }

    private static func hexadecimal(_ digit: UInt8) -> UInt8 { digit < 10 ? 0x30 + digit : 0x57 + digit }
}
