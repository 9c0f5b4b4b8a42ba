extension Lexer {
    /// Between backquotes nothing is an escape.
    mutating func raw() throws(TraceQLError) -> String {
        let start = position
        position += 1
        while let byte = current {
            position += 1
            if byte == UInt8(ascii: "`") { return String(decoding: bytes[start + 1..<position - 1], as: UTF8.self) }
        }
        throw TraceQLError("The string's closing '`' is missing.", at: start)
    }

    /// With the escapes of a Go string: `\n`, `\t`, `\"`, `\\`, `\x41`, `\101`, `\u00e9`, `\U0001f600` and so on.
    mutating func quoted() throws(TraceQLError) -> String {
        let start = position
        var text: [UInt8] = []
        position += 1
        while let byte = current {
            switch byte {
            case UInt8(ascii: "\""):
                position += 1
                guard let string = String(validating: text, as: UTF8.self) else {
                    throw TraceQLError("The string's escapes do not make valid UTF-8.", at: start)
                }
                return string
            case UInt8(ascii: "\n"):
                throw TraceQLError("A string in \" ends on its line; write \\n, or use `.", at: position)
            case UInt8(ascii: "\\"): text += try escape()
            default:
                text.append(byte)
                position += 1
            }
        }
        throw TraceQLError("The string's closing '\"' is missing.", at: start)
    }

    private mutating func escape() throws(TraceQLError) -> [UInt8] {
        let start = position
        position += 1
        guard let byte = current else { throw TraceQLError("The string ends in an escape.", at: start) }
        position += 1
        switch byte {
        case UInt8(ascii: "n"): return [0x0A]
        case UInt8(ascii: "t"): return [0x09]
        case UInt8(ascii: "r"): return [0x0D]
        case UInt8(ascii: "a"): return [0x07]
        case UInt8(ascii: "b"): return [0x08]
        case UInt8(ascii: "f"): return [0x0C]
        case UInt8(ascii: "v"): return [0x0B]
        case UInt8(ascii: "\""), UInt8(ascii: "\\"): return [byte]
        case UInt8(ascii: "x"): return [UInt8(try digits(2, radix: 16, from: start))]
        case UInt8(ascii: "0")...UInt8(ascii: "7"):
            position -= 1
            let value = try digits(3, radix: 8, from: start)
            guard value <= 0xFF else { throw TraceQLError("An octal escape goes up to \\377.", at: start) }
            return [UInt8(value)]
        case UInt8(ascii: "u"), UInt8(ascii: "U"):
            let value = try digits(byte == UInt8(ascii: "u") ? 4 : 8, radix: 16, from: start)
            guard let scalar = Unicode.Scalar(value) else {
                throw TraceQLError("There is no character U+\(String(value, radix: 16)).", at: start)
            }
            return Array(String(Character(scalar)).utf8)
        default:
            throw TraceQLError(
                "That is no escape; a backslash is written \\\\, or the string put between backquotes.", at: start)
        }
    }

    private mutating func digits(_ count: Int, radix: UInt32, from start: Int) throws(TraceQLError) -> UInt32 {
        var value: UInt32 = 0
        for _ in 0..<count {
            guard let byte = current, let digit = Character(Unicode.Scalar(byte)).hexDigitValue, digit < radix else {
                throw TraceQLError("The escape wants \(count) digits.", at: start)
            }
            let (product, overflow) = value.multipliedReportingOverflow(by: radix)
            guard !overflow else { throw TraceQLError("There is no such character.", at: start) }
            value = product + UInt32(digit)
            position += 1
        }
        return value
    }
}
