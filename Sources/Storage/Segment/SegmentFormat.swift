/// The numbers of segment format version 1; `Schemas/segment.md` describes the bytes.
package enum SegmentFormat {
    static let magic: [UInt8] = Array("WAYBLSEG".utf8)
    static let endMagic: [UInt8] = Array("WAYBLEND".utf8)
    package static let version: UInt32 = 1
    /// Magic, version, CRC-32 of these, header length, store id, epoch, segment number, day.
    static let fixedHeaderBytes = 56
    /// Footer offset (8), footer length (4), footer CRC-32 (4), footer SHA-256 (32), end magic (8).
    static let trailerBytes = 56
    /// Kind, method, plain length and stored length of the compressed part.
    static let blockHeaderBytes = 10

    /// A tenant or a retention class is a short name.
    static let maximumNameBytes = 255
    /// Spans of one segment: rows are 32-bit and a reader's tables must stay small.
    package static let maximumSpans = 1 << 22
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
