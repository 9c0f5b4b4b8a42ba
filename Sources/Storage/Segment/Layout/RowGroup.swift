/// Rows of a segment that share dictionaries, statistics and a filter: at most about `SegmentFormat.groupSpans` spans,
/// and whole traces, but for a trace that alone has more.
package struct RowGroup: Hashable, Sendable {
    /// The group's rows, counted through the whole segment.
    package var rows: Range<Int>
    /// The group's blocks in the segment's list of blocks; those of rows come first.
    package var blocks: Range<Int>
    /// How many of the blocks hold rows, and how many such blocks of the segment come before them.
    package var rowBlockCount: Int
    package var firstRowBlock: Int
    package var earliestStart: UInt64
    package var latestStart: UInt64
    package var latestEnd: UInt64

    package var spanCount: Int { rows.count }
    /// The group's blocks of rows among all blocks of rows.
    package var rowBlocks: Range<Int> { firstRowBlock..<firstRowBlock + rowBlockCount }
}
