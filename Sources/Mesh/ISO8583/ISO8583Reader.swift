/// Reads one message by its dialect.
///
/// Nothing is taken out of a message that is not sound as far as it is read: with one wrong length the digits of the
/// card number would stand where an id is expected.
public struct ISO8583Reader {
    private let layout: ISO8583Layout
    private let bytes: UnsafeRawBufferPointer
    private var offset: Int

    /// Reads a message, its header before it.
    public static func read(
        _ bytes: UnsafeRawBufferPointer, by layout: ISO8583Layout
    ) throws(ISO8583Fault) -> ISO8583Message {
        let framing = layout.settings.framing
        guard bytes.count >= framing.headerBytes + framing.trailerBytes else {
            throw ISO8583Fault(
                field: 0, offset: 0,
                message: "needs \(framing.headerBytes + framing.trailerBytes) bytes and \(bytes.count) are there")
        }
        let content = UnsafeRawBufferPointer(rebasing: bytes[..<(bytes.count - framing.trailerBytes)])
        var reader = ISO8583Reader(layout: layout, bytes: content, offset: framing.headerBytes)
        return try reader.message()
    }

    private var encoding: ISO8583Settings.Encoding { layout.settings.encoding }

    private mutating func message() throws(ISO8583Fault) -> ISO8583Message {
        let type = try take(encoding == .bcd ? 2 : 4, field: 0)
        var message = ISO8583Message(type: try number(type, field: 0))
        let bitmaps = try readBitmaps()
        var cardNumber: [UInt8] = []
        for number in 2...max(2, layout.lastField) {
            let bitmap = number <= 64 ? bitmaps.first : bitmaps.second
            guard bitmap & 1 << UInt64(63 - (number - 1) % 64) != 0 else { continue }
            guard let field = layout.fields[number] else {
                throw ISO8583Fault(field: number, offset: offset, message: "the dialect gives this field no layout")
            }
            let start = offset
            let value = try content(of: number, field)
            guard number == 2 || layout.wanted[number] else { continue }
            let text = text(value.bytes, field, value.count)
            try check(text, number, field, at: start)
            if number == 2 {
                cardNumber = text
            } else if !cardNumber.isEmpty, text.contains(cardNumber) {
                throw ISO8583Fault(field: number, offset: start, message: "holds what field 2 holds")
            } else {
                message.values[number] = text
            }
        }
        if !hasFields(bitmaps, after: layout.lastField), offset < bytes.count {
            throw ISO8583Fault(
                field: layout.lastField, offset: offset,
                message: "\(bytes.count - offset) bytes are left after the last field")
        }
        return message
    }

    private func hasFields(_ bitmaps: (first: UInt64, second: UInt64), after last: Int) -> Bool {
        if last < 64 { return bitmaps.first << UInt64(last) != 0 || bitmaps.second != 0 }
        return last < 128 && bitmaps.second << UInt64(last - 64) != 0
    }

    /// What a value of the standard's own layout must be like.
    private func check(
        _ value: [UInt8], _ number: Int, _ field: ISO8583FieldLayout, at start: Int
    ) throws(ISO8583Fault) {
        guard field.content == .numeric, number != 35, number != 36 else { return }
        guard value.allSatisfy({ 0x30...0x39 ~= $0 }) else {
            throw ISO8583Fault(field: number, offset: start, message: "not decimal digits")
        }
        guard field == ISO8583Standard.fields[number] else { return }
        // ISO/IEC 7812-1 §4.2.
        if number == 2, value.count < 8 {
            throw ISO8583Fault(
                field: number, offset: start, message: "has \(value.count) digits; 8 to 19 are possible")
        }
        if number == 7 {
            let parts = stride(from: 0, to: 10, by: 2).map { Int(value[$0] & 0xF) * 10 + Int(value[$0 + 1] & 0xF) }
            let ranges = [1...12, 1...31, 0...23, 0...59, 0...60]
            guard zip(parts, ranges).allSatisfy({ $1.contains($0) }) else {
                throw ISO8583Fault(field: number, offset: start, message: "is not a time as MMDDhhmmss")
            }
        }
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
            // An odd number of digits is padded before them, or with F after them.
            let digits = bytes.flatMap { [Self.hexadecimal($0 >> 4), Self.hexadecimal($0 & 0xF)] }
            let isPaddedAfter = digits.count > count && digits.last == UInt8(ascii: "f")
            return Array(isPaddedAfter ? digits.prefix(count) : digits.suffix(count))
        case (.binary, _): return bytes.flatMap { [Self.hexadecimal($0 >> 4), Self.hexadecimal($0 & 0xF)] }
        case (_, .ebcdic): return bytes.map(EBCDIC.ascii)
        default: return Array(bytes)
        }
    }

    private static func hexadecimal(_ digit: UInt8) -> UInt8 { digit < 10 ? 0x30 + digit : 0x57 + digit }
}

extension [UInt8] {
    fileprivate func contains(_ piece: [UInt8]) -> Bool {
        guard piece.count <= count else { return false }
        return indices.dropLast(piece.count - 1).contains { self[$0...].starts(with: piece) }
    }
}
