/// The numbered strings of a row group.
struct PlainStrings {
    private var list: [[UInt8]] = [[]]

    init(_ part: [UInt8]) throws {
        var source = PlainBytes(part)
        var lengths: [Int] = []
        for _ in 0..<(try source.count()) { lengths.append(try source.count()) }
        for length in lengths { list.append(try source.take(length)) }
        guard source.isAtEnd else { throw PlainError("strings end at \(source.position) of \(part.count)") }
        guard !list.dropFirst().contains([]) else { throw PlainError("an empty string is stored") }
    }

    subscript(_ number: UInt64) -> [UInt8] {
        get throws {
            guard number < UInt64(list.count) else { throw PlainError("string \(number) of \(list.count)") }
            return list[Int(number)]
        }
    }
}
