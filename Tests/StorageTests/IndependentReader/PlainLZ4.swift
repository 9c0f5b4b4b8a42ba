/// The LZ4 block format, as its public description (lz4_Block_format.md) has it.
enum PlainLZ4 {
    static func unpack(_ packed: [UInt8], to length: Int) throws -> [UInt8] {
        var source = PlainBytes(packed)
        var output: [UInt8] = []
        while true {
            let token = try source.u8()
            output += try source.take(try extended(Int(token >> 4), &source))
            if source.isAtEnd { break }
            let distance = Int(try source.u16())
            let count = try extended(Int(token & 15), &source) + 4
            guard distance > 0, distance <= output.count, output.count + count <= length else {
                throw PlainError("a match of \(count) bytes \(distance) back at \(output.count) of \(length)")
            }
            for _ in 0..<count { output.append(output[output.count - distance]) }
        }
        guard output.count == length else { throw PlainError("\(output.count) bytes unpacked of \(length)") }
        return output
    }

    /// Fifteen goes on in bytes, as long as they are 255.
    private static func extended(_ nibble: Int, _ source: inout PlainBytes) throws -> Int {
        if nibble < 15 { return nibble }
        var length = nibble
        while true {
            let byte = try source.u8()
            length += Int(byte)
            if byte < 255 { return length }
        }
    }
}
