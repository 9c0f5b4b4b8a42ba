/// The part of SQLite's file format that an index run uses: index b-trees (what `WITHOUT ROWID` tables are) of records
/// whose columns are integers, texts and blobs. Source: https://sqlite.org/fileformat2.html, §1.6 and §2.1.
///
/// A run is written once, in key order, and then read: pages are laid down here, full and in order, instead of by
/// SQLite, which leaves them partly empty, rewrites them on the way and costs many times more a row. SQLite reads the
/// files all the same.
enum PageFormat {
    static let pageBytes = 4096
    /// The first byte of a page: a leaf or an interior page of an index, a leaf of a table.
    static let indexLeaf: UInt8 = 10
    static let indexInterior: UInt8 = 2
    static let tableLeaf: UInt8 = 13

    /// Of a longer record only a part stays in its cell; the rest is in a chain of overflow pages.
    static let maximumLocalBytes = (pageBytes - 12) * 64 / 255 - 23
    private static let minimumLocalBytes = (pageBytes - 12) * 32 / 255 - 23
    /// What one overflow page holds behind the number of the next.
    static let overflowBytes = pageBytes - 4
    /// Ours, not SQLite's: no record is longer.
    static let maximumRecordBytes = 1 << 20
    /// SQLite's bound on the way from the root to a leaf.
    static let maximumDepth = 20

    /// How much of a record of `count` bytes is in its cell.
    static func localBytes(_ count: Int) -> Int {
        if count <= maximumLocalBytes { return count }
        let kept = minimumLocalBytes + (count - minimumLocalBytes) % overflowBytes
        return kept <= maximumLocalBytes ? kept : minimumLocalBytes
    }

    /// Where the cell pointers of a page start.
    static func headerBytes(isLeaf: Bool) -> Int { isLeaf ? 8 : 12 }

    /// The big-endian number with seven bits a byte at `offset`, and where the next byte is; `nil` outside `bytes`. A
    /// ninth byte, which brings eight bits, is beyond all that a run counts.
    @inline(__always)
    static func varint(_ bytes: UnsafeRawBufferPointer, _ offset: Int) -> (value: Int, next: Int)? {
        guard offset < bytes.count else { return nil }
        let first = bytes[offset]
        if first < 0x80 { return (Int(first), offset &+ 1) }
        return longVarint(bytes, offset)
    }

    @inline(never)
    private static func longVarint(_ bytes: UnsafeRawBufferPointer, _ offset: Int) -> (value: Int, next: Int)? {
        var value = 0
        for index in offset..<min(offset + 8, bytes.count) {
            value = value << 7 | Int(bytes[index] & 0x7F)
            if bytes[index] < 0x80 { return (value, index + 1) }
        }
        return nil
    }

    /// Writes `value`, below 2^28, at `target`; returns how many bytes it took.
    @inline(__always)
    static func put(varint value: Int, _ target: UnsafeMutableRawPointer) -> Int {
        if value < 0x80 {
            target.storeBytes(of: UInt8(truncatingIfNeeded: value), as: UInt8.self)
            return 1
        }
        let count = varintBytes(value)
        for index in 0..<count {
            let bits = UInt8(truncatingIfNeeded: value >> ((count - 1 - index) * 7)) & 0x7F
            target.storeBytes(of: index + 1 < count ? bits | 0x80 : bits, toByteOffset: index, as: UInt8.self)
        }
        return count
    }

    /// The bytes that `value`, below 2^28, takes.
    @inline(__always)
    static func varintBytes(_ value: Int) -> Int {
        assert(value >= 0 && value < 1 << 28)
        return value < 1 << 7 ? 1 : value < 1 << 14 ? 2 : value < 1 << 21 ? 3 : 4
    }
}
