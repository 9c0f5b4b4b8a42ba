import Telemetry

/// Streams JSON into bytes. Commas are placed by the writer; nesting is the caller's to balance.
public struct JSONWriter: Sendable {
    public private(set) var output: [UInt8] = []
    private var needsComma = false

    public init(reserving bytes: Int = 0) { output.reserveCapacity(bytes) }

    public consuming func finish() -> [UInt8] { output }

    public mutating func beginObject() { open(0x7B) }
    public mutating func endObject() { close(0x7D) }
    public mutating func beginArray() { open(0x5B) }
    public mutating func endArray() { close(0x5D) }

    public mutating func key(_ name: String) {
        separate()
        quote(name)
        output.append(0x3A)
        needsComma = false
    }

    public mutating func string(_ text: String) {
        separate()
        quote(text)
    }

    /// Bytes that should be UTF-8; invalid sequences become U+FFFD.
    public mutating func string(_ bytes: UnsafeRawBufferPointer) {
        separate()
        if bytes.allSatisfy({ $0 < 0x80 }) {
            quoteASCII(bytes)
        } else {
            quote(String(decoding: bytes, as: UTF8.self))
        }
    }

    public mutating func bool(_ value: Bool) {
        separate()
        output.append(contentsOf: (value ? "true" : "false").utf8)
    }

    public mutating func null() {
        separate()
        output.append(contentsOf: "null".utf8)
    }

    public mutating func number(_ value: Int64) {
        separate()
        if value < 0 { output.append(0x2D) }
        digits(value.magnitude)
    }

    public mutating func number(_ value: UInt64) {
        separate()
        digits(value)
    }

    /// A number; not-a-number and the infinities as protobuf's JSON mapping spells them, quoted.
    public mutating func number(_ value: Double) {
        if value.isNaN { return string("NaN") }
        if value.isInfinite { return string(value < 0 ? "-Infinity" : "Infinity") }
        separate()
        output.append(contentsOf: value.description.utf8)
    }

    /// A 64-bit integer in quotes, as protobuf's JSON mapping has it.
    public mutating func quoted(_ value: UInt64) {
        separate()
        output.append(0x22)
        digits(value)
        output.append(0x22)
    }

    public mutating func quoted(_ value: Int64) {
        separate()
        output.append(0x22)
        if value < 0 { output.append(0x2D) }
        digits(value.magnitude)
        output.append(0x22)
    }

    public mutating func hex(_ id: TraceID) {
        separate()
        output.append(0x22)
        hexDigits(id.high)
        hexDigits(id.low)
        output.append(0x22)
    }

    public mutating func hex(_ id: SpanID) {
        separate()
        output.append(0x22)
        hexDigits(id.rawValue)
        output.append(0x22)
    }

    /// Standard base64 with padding (RFC 4648 §4), quoted.
    public mutating func base64(_ bytes: UnsafeRawBufferPointer) {
        separate()
        output.append(0x22)
        var index = 0
        while index < bytes.count {
            let rest = bytes.count - index
            let group =
                UInt32(bytes[index]) << 16 | (rest > 1 ? UInt32(bytes[index + 1]) << 8 : 0)
                | (rest > 2 ? UInt32(bytes[index + 2]) : 0)
            for position in 0..<4 {
                let sextet = UInt8(truncatingIfNeeded: group >> UInt32(18 - 6 * position)) & 0x3F
                output.append(position <= rest ? Self.base64Digit(sextet) : 0x3D)
            }
            index += 3
        }
        output.append(0x22)
    }

    private static func base64Digit(_ sextet: UInt8) -> UInt8 {
        switch sextet {
        case 0..<26: sextet + 0x41
        case 26..<52: sextet + 0x47
        case 52..<62: sextet - 4
        case 62: 0x2B
        default: 0x2F
        }
    }

    private mutating func open(_ bracket: UInt8) {
        separate()
        output.append(bracket)
        needsComma = false
    }

    private mutating func close(_ bracket: UInt8) {
        output.append(bracket)
        needsComma = true
    }

    private mutating func separate() {
        if needsComma { output.append(0x2C) }
        needsComma = true
    }

    private mutating func quote(_ text: String) {
        var text = text
        text.withUTF8 { quoteASCII(UnsafeRawBufferPointer($0)) }
    }

    /// Escapes what RFC 8259 §7 requires; other bytes, UTF-8 included, go through in runs.
    private mutating func quoteASCII(_ bytes: UnsafeRawBufferPointer) {
        output.append(0x22)
        var clean = 0
        for index in 0..<bytes.count {
            let byte = bytes[index]
            if byte >= 0x20, byte != 0x22, byte != 0x5C { continue }
            output.append(contentsOf: UnsafeRawBufferPointer(rebasing: bytes[clean..<index]))
            clean = index + 1
            escape(byte)
        }
        output.append(contentsOf: UnsafeRawBufferPointer(rebasing: bytes[clean...]))
        output.append(0x22)
    }

    private mutating func escape(_ byte: UInt8) {
        output.append(0x5C)
        switch byte {
        case 0x22, 0x5C: output.append(byte)
        case 0x0A: output.append(0x6E)
        case 0x0D: output.append(0x72)
        case 0x09: output.append(0x74)
        default:
            output.append(contentsOf: [0x75, 0x30, 0x30, 0x30 + byte >> 4])
            let low = byte & 0xF
            output.append(low < 10 ? 0x30 + low : 0x57 + low)
        }
    }

    private mutating func digits(_ value: UInt64) {
        if value >= 10 { digits(value / 10) }
        output.append(0x30 + UInt8(truncatingIfNeeded: value % 10))
    }

    private mutating func hexDigits(_ value: UInt64) {
        withUnsafeTemporaryAllocation(of: UInt8.self, capacity: 16) { digits in
            Hex.write(value, to: digits)
            output.append(contentsOf: digits)
        }
    }
}
