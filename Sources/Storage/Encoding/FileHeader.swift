/// What every file of the log and the manifest, and the store's identity file, start with (80 bytes, little-endian):
///
///     magic (8) · version (4) · CRC-32 of these twelve (4) · store id (16) · epoch (8) · file number (8)
///     · number of the file before (8) · where that one ends (8) · how much of it was durable (8) · zero (4)
///     · CRC-32 of all before (4)
///
/// The first sixteen bytes stay the same in every version, so that a newer version can always be told from damage.
struct FileHeader: Sendable, Hashable {
    static let byteCount = 80

    /// Eight ASCII characters.
    enum Magic: String, Sendable {
        case identity = "WBSTORE\n"
        case log = "WBLOG\r\n\u{1A}"
        case manifest = "WBMANIF\n"
        case hold = "WBHOLD\r\n"
        case backup = "WBBACKUP"

        /// What is written; older ones are read.
        var version: UInt32 {
            switch self {
            case .manifest: 4
            case .log: 2
            case .identity, .hold, .backup: 1
            }
        }
    }

    var storeID: StoreID
    var epoch: UInt64
    var number: UInt64 = 0
    /// The file that was written before this one, and how many of its bytes count. What lies after them was given up.
    var previousNumber: UInt64 = 0
    var previousEnd: UInt64 = 0
    /// So many of its bytes were durable for certain: damage among them is damage, not a write cut short.
    var previousDurable: UInt64 = 0
    /// Of the file it was read from.
    var version: UInt32 = 0

    /// What the start of a file says.
    enum Reading {
        case header(FileHeader)
        case newer(UInt32)
        case damaged
    }

    func bytes(_ magic: Magic) -> [UInt8] {
        var writer = PackedWriter(capacity: FileHeader.byteCount)
        for byte in magic.rawValue.utf8 { writer.append(byte) }
        writer.append(magic.version)
        writer.append(Frame.checksum(writer.bytes))
        for byte in storeID.bytes { writer.append(byte) }
        for word in [epoch, number, previousNumber, previousEnd, previousDurable] { writer.append(word) }
        writer.append(UInt32(0))
        writer.append(Frame.checksum(writer.bytes))
        return Array(writer.bytes)
    }

    static func read(_ bytes: UnsafeRawBufferPointer, _ magic: Magic) -> Reading {
        guard bytes.count >= 16, bytes.prefix(8).elementsEqual(magic.rawValue.utf8) else { return .damaged }
        let version = UInt32(littleEndian: bytes.loadUnaligned(fromByteOffset: 8, as: UInt32.self))
        guard isSound(bytes, 12) else { return .damaged }
        if version > magic.version { return .newer(version) }
        guard bytes.count >= byteCount, isSound(bytes, byteCount - 4), let id = StoreID(bytes[16..<32]) else {
            return .damaged
        }
        func word(_ offset: Int) -> UInt64 {
            UInt64(littleEndian: bytes.loadUnaligned(fromByteOffset: offset, as: UInt64.self))
        }
        return .header(
            FileHeader(
                storeID: id, epoch: word(32), number: word(40), previousNumber: word(48), previousEnd: word(56),
                previousDurable: word(64), version: version))
    }

    /// Whether the CRC-32 at `offset` is that of all before it.
    private static func isSound(_ bytes: UnsafeRawBufferPointer, _ offset: Int) -> Bool {
        let crc = UInt32(littleEndian: bytes.loadUnaligned(fromByteOffset: offset, as: UInt32.self))
        return Frame.checksum(UnsafeRawBufferPointer(rebasing: bytes[..<offset])) == crc
    }
}
