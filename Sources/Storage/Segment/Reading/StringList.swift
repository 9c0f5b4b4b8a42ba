import Telemetry

/// Byte strings by number; number 0 is empty in the strings block.
struct StringList: Sendable {
    private(set) var arena: [UInt8] = []
    /// Where each string ends.
    private(set) var ends: [Int] = []

    var count: Int { ends.count }

    func range(_ index: Int) -> Range<Int> { (index == 0 ? 0 : ends[index - 1])..<ends[index] }

    func withBytes<R>(_ index: UInt32, _ body: (UnsafeRawBufferPointer) -> R) -> R {
        arena.withUnsafeBytes { body(UnsafeRawBufferPointer(rebasing: $0[range(Int(index))])) }
    }

    func bytes(_ index: UInt32) -> [UInt8] { Array(arena[range(Int(index))]) }

    mutating func append(_ bytes: UnsafeRawBufferPointer) {
        arena.append(contentsOf: bytes)
        ends.append(arena.count)
    }

    mutating func append(_ prefix: [UInt8], _ bytes: UnsafeRawBufferPointer, _ suffix: [UInt8]) {
        arena.append(contentsOf: prefix)
        arena.append(contentsOf: bytes)
        arena.append(contentsOf: suffix)
        ends.append(arena.count)
    }

    mutating func append(contentsOf other: StringList) {
        let start = arena.count
        arena += other.arena
        ends.reserveCapacity(ends.count + other.ends.count)
        for end in other.ends { ends.append(start + end) }
    }

    /// The strings block: the empty string first, which is not in it.
    static func decode(_ block: [UInt8], path: String) throws(StoreError) -> StringList {
        try block.reading(path, "the strings block") { source throws(StoreError) in
            let count = try source.count("strings", limit: source.remaining)
            var list = StringList()
            list.ends.reserveCapacity(count + 1)
            list.ends.append(0)
            var total = 0
            for _ in 0..<count {
                total += try source.count("bytes of a string", limit: SegmentFormat.maximumBlockBytes)
                guard total <= source.bytes.count else {
                    throw source.error("strings of \(total) bytes", at: source.position)
                }
                list.ends.append(total)
            }
            list.arena = Array(try source.raw(total))
            try source.expectEnd()
            return list
        }
    }
}

extension [UInt8] {
    /// Reads the array as part of a segment.
    func reading<R>(
        _ path: String, _ what: String, _ body: (inout ByteSource) throws(StoreError) -> R
    ) throws(StoreError) -> R {
        let result = withUnsafeBytes { bytes -> Result<R, StoreError> in
            var source = ByteSource(bytes, path: path, what: what)
            do throws(StoreError) { return .success(try body(&source)) } catch { return .failure(error) }
        }
        return try result.get()
    }
}
