/// What a search had to look at: shows how well it was pruned.
public struct SearchFigures: Sendable, Hashable {
    /// Segments that lie in the window, and those of them that were opened.
    public var segments = 0
    public var openedSegments = 0
    /// Row groups of opened segments in the window; those ruled out by times, statistics and filters; those ruled out by
    /// their dictionaries.
    public var groups = 0
    public var groupsRuledOut = 0
    public var groupsWithoutMatch = 0
    /// Blocks of rows that were decoded.
    public var blocks = 0
    /// Rows of sealed blocks and live batches that were looked at.
    public var rows = 0
    public var liveRows = 0
    /// Bytes of segments that were needed, as they lie on the disk.
    public var bytes = 0

    public init() {}

    mutating func add(_ other: SearchFigures) {
        segments += other.segments
        openedSegments += other.openedSegments
        groups += other.groups
        groupsRuledOut += other.groupsRuledOut
        groupsWithoutMatch += other.groupsWithoutMatch
        blocks += other.blocks
        rows += other.rows
        liveRows += other.liveRows
        bytes += other.bytes
    }
}
