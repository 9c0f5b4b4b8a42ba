/// What the statistics block says of one rows block.
struct PlainStatistics: Hashable {
    var latestStart: UInt64
    var shortest: Int64
    var longest: Int64
    var hasError: Bool
    var shapes: [Int]

    static func read(_ part: [UInt8], group earliest: UInt64) throws -> [PlainStatistics] {
        var source = PlainBytes(part)
        var list: [PlainStatistics] = []
        for _ in 0..<(try source.count()) {
            let latest = earliest &+ (try source.varint())
            let shortest = try source.zigzag()
            let longest = shortest &+ Int64(bitPattern: try source.varint())
            let error = try source.u8()
            guard error <= 1 else { throw PlainError("an error flag of \(error)") }
            list.append(
                PlainStatistics(
                    latestStart: latest, shortest: shortest, longest: longest, hasError: error == 1,
                    shapes: try source.sparse(rows: 1 << 30) { _ in }.map(\.row)))
        }
        guard source.isAtEnd else { throw PlainError("statistics end at \(source.position) of \(part.count)") }
        return list
    }

    /// Recomputed for each block of a group from its spans.
    static func of(_ group: PlainGroup) -> [PlainStatistics] {
        group.blocks.map { block in
            let rows = group.rows(of: block)
            let spans = group.spans[rows]
            let durations = spans.map { Int64(bitPattern: $0.end &- $0.start) }
            return PlainStatistics(
                latestStart: spans.map(\.start).max() ?? 0, shortest: durations.min() ?? 0,
                longest: durations.max() ?? 0, hasError: spans.contains { $0.statusCode == 2 },
                shapes: Set(group.shapeOfRow[rows]).sorted())
        }
    }
}
