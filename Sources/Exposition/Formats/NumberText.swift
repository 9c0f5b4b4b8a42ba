/// Numbers as text formats write them.
enum NumberText {
    /// As Go's `ParseFloat` reads it; whole numbers without a fraction.
    @inline(__always)
    static func append(_ value: Double, to output: inout [UInt8]) {
        // 2^53: larger ones are not all whole.
        if value == value.rounded(), abs(value) < 0x1p53 {
            append(Int64(value), to: &output)
        } else if value.isNaN {
            output += "NaN".utf8
        } else if value.isInfinite {
            output += (value < 0 ? "-Inf" : "+Inf").utf8
        } else {
            output += value.description.utf8
        }
    }

    static func append(_ value: Int64, to output: inout [UInt8]) {
        if value < 0 { output.append(UInt8(ascii: "-")) }
        append(value.magnitude, to: &output)
    }

    static func append(_ value: UInt64, to output: inout [UInt8]) {
        if value < 10 {
            output.append(0x30 + UInt8(truncatingIfNeeded: value))
            return
        }
        let start = output.count
        var rest = value
        while rest > 0 {
            output.append(0x30 + UInt8(truncatingIfNeeded: rest % 10))
            rest /= 10
        }
        output[start...].reverse()
    }

    /// OpenMetrics' canonical form for `le` and `quantile`: always with a fraction or an exponent.
    static func canonical(_ value: Double) -> String {
        if value.isNaN { return "NaN" }
        if value.isInfinite { return value < 0 ? "-Inf" : "+Inf" }
        return value.description
    }

    static func plain(_ value: Double) -> String {
        var bytes: [UInt8] = []
        append(value, to: &bytes)
        return String(decoding: bytes, as: UTF8.self)
    }

    /// Unix nanoseconds as seconds with milliseconds.
    static func append(secondsOf nanoseconds: UInt64, to output: inout [UInt8]) {
        append(nanoseconds / 1_000_000_000, to: &output)
        let milliseconds = nanoseconds / 1_000_000 % 1000
        output.append(UInt8(ascii: "."))
        for digit in [milliseconds / 100, milliseconds / 10 % 10, milliseconds % 10] {
            output.append(0x30 + UInt8(digit))
        }
    }
}
