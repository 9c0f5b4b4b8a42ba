/// The numbers of the segment format; `Schemas/segment.md` describes the bytes.
package enum SegmentFormat {
    static let magic: [UInt8] = Array("WAYBLSEG".utf8)
    static let endMagic: [UInt8] = Array("WAYBLEND".utf8)
    /// What is written. Version 1, one group without statistics, filter and catalog, is read.
    package static let version: UInt32 = 2
    /// Magic, version, CRC-32 of these, header length, store id, epoch, segment number, day.
    static let fixedHeaderBytes = 56
    /// Footer offset (8), footer length (4), footer CRC-32 (4), footer SHA-256 (32), end magic (8).
    static let trailerBytes = 56
    /// Kind, method, plain length and stored length of the compressed part.
    static let blockHeaderBytes = 10

    /// A tenant or a retention class is a short name.
    static let maximumNameBytes = 255
    /// Spans that go into one row group: what a reader's and a writer's tables are made for.
    package static let groupSpans = 1 << 17
    /// A group has more than `groupSpans` only where a cut would part spans with equal start and id.
    static let maximumGroupSpans = 1 << 22
    /// Spans of one segment: rows are 32-bit numbers.
    package static let maximumSpans = 1 << 30
    static let maximumGroups = 1 << 16
    /// Bytes that are written before they are made durable, where nobody waits for the file.
    static let syncBytes = 16 << 20
    /// Rows of one block; a trace with more is cut into pieces.
    static let blockRows = 4096
    /// A block, stored or plain: bounds what a damaged length can make a reader allocate.
    static let maximumBlockBytes = 1 << 30
    static let maximumFooterBytes = 64 << 20
    /// Attributes of one list beyond these are stored without looking at earlier rows of the trace.
    static let predictedAttributes = 64
    /// Entries of a column's own dictionary.
    static let maximumColumnDictionary = 1 << 16
}
