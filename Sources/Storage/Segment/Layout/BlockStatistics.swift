/// What is known of one block of rows, so that a search need not read it.
package struct BlockStatistics: Sendable, Hashable {
    package var latestStart: UInt64 = 0
    /// End minus start, negative where a clock ran backwards.
    package var shortestDuration = Int64.max
    package var longestDuration = Int64.min
    /// Whether a row's status code is that of an error.
    package var hasError = false
    /// The shapes of its rows, ascending.
    package var shapes: [UInt32] = []
}

/// The statistics of a group's blocks of rows, in their order.
package final class GroupStatistics: Sendable {
    package let blocks: [BlockStatistics]

    init(_ blocks: [BlockStatistics]) { self.blocks = blocks }

    var bytes: Int { blocks.reduce(0) { $0 + 64 + $1.shapes.count * 4 } }
}

/// The statistics block of a row group.
enum StatisticsBlock {
    static func encode(_ statistics: [BlockStatistics], earliest: UInt64, to sink: ByteSink) {
        sink.varint(statistics.count)
        for block in statistics {
            sink.varint(block.latestStart &- earliest)
            sink.zigzag(block.shortestDuration)
            sink.varint(UInt64(bitPattern: block.longestDuration &- block.shortestDuration))
            sink.byte(block.hasError ? 1 : 0)
            sink.varint(block.shapes.count)
            var next: UInt32 = 0
            for shape in block.shapes {
                sink.varint(shape - next)
                next = shape + 1
            }
        }
    }

    static func decode(
        _ block: [UInt8], group: RowGroup, shapeCount: Int, path: String
    ) throws(StoreError) -> GroupStatistics {
        try block.reading(path, "the statistics block") { source throws(StoreError) in
            let count = try source.count("blocks", limit: group.rowBlockCount)
            guard count == group.rowBlockCount else {
                throw source.error(
                    "statistics of \(count) blocks of rows, where there are \(group.rowBlockCount)", at: 0)
            }
            var blocks: [BlockStatistics] = []
            blocks.reserveCapacity(count)
            for _ in 0..<count {
                var statistics = BlockStatistics()
                statistics.latestStart = group.earliestStart &+ (try source.varint())
                statistics.shortestDuration = try source.zigzag()
                statistics.longestDuration = statistics.shortestDuration &+ Int64(bitPattern: try source.varint())
                statistics.hasError = try source.byte() != 0
                var next = 0
                for _ in 0..<(try source.count("shapes", limit: min(shapeCount, SegmentFormat.blockRows))) {
                    let shape = next + (try source.count("shapes", limit: shapeCount - 1 - next))
                    statistics.shapes.append(UInt32(shape))
                    next = shape + 1
                }
                blocks.append(statistics)
            }
            try source.expectEnd()
            return GroupStatistics(blocks)
        }
    }
}
