import Files
import Telemetry

/// The file `BACKUP`, written last: what a backup consists of, and what must come out of it again. A directory without
/// it is no backup.
///
/// A `FileHeader` of the store and the epoch that was backed up, and one `Frame` of type 1.
public struct BackupCatalog: Sendable {
    public static let fileName = "BACKUP"

    public struct File: Sendable, Hashable {
        /// Relative to the backup, as in the data directory.
        public var path: String
        public var bytes: UInt64
        /// 32 bytes.
        public var sha256: [UInt8]
    }

    /// What could not be backed up, or was damaged already.
    public struct Damage: Sendable, Hashable {
        public var path: String
        public var problem: String
    }

    public var storeID: StoreID
    public var epoch: UInt64
    /// The clock of the machine that made it, Unix nanoseconds.
    public var createdNanoseconds: UInt64
    /// By path.
    public var files: [File] = []
    public var damages: [Damage] = []
    /// Segments that are whole, and their distinct spans.
    public var segments: UInt64 = 0
    public var sealedSpans: UInt64 = 0
    package var contentSum = ContentSum()
    /// What the log has: acknowledged, and not sealed yet.
    public var logRecords: UInt64 = 0
    public var logSpans: UInt64 = 0

    public var bytes: UInt64 { files.reduce(0) { $0 + $1.bytes } }

    init(_ identity: StoreIdentity, createdNanoseconds: UInt64) {
        storeID = identity.storeID
        epoch = identity.epoch
        self.createdNanoseconds = createdNanoseconds
    }

    private static let recordType: UInt8 = 1
    private static let maximumFileBytes = 1 << 30
    private static let maximumPathBytes = 1024

    func encoded() throws(StoreError) -> [UInt8] {
        var output = PackedWriter()
        var scratch = PackedWriter()
        for byte in FileHeader(storeID: storeID, epoch: epoch).bytes(.backup) { output.append(byte) }
        try Frame.append(
            type: BackupCatalog.recordType, durableBefore: 0, to: &output, scratch: &scratch
        ) { writer in
            for number in [createdNanoseconds, segments, sealedSpans, logRecords, logSpans] { writer.append(number) }
            for word in [contentSum.word0, contentSum.word1, contentSum.word2, contentSum.word3] { writer.append(word) }
            writer.append(UInt32(files.count))
            for file in files {
                writer.append(text: file.path)
                writer.append(file.bytes)
                for byte in file.sha256 { writer.append(byte) }
            }
            writer.append(UInt32(damages.count))
            for damage in damages {
                writer.append(text: damage.path)
                writer.append(text: damage.problem)
            }
        }
        return Array(output.bytes)
    }

    /// Reads the catalog of the backup in `directory`.
    package static func read(_ directory: String, files: any FileSystem) throws(StoreError) -> BackupCatalog {
        let path = directory + "/" + fileName
        guard try StoreError.from({ () throws(FileError) in try files.exists(path) }) else {
            throw StoreError(
                .notThisStore, "it is no backup, or one that did not come to its end: it has no file named \(fileName)",
                path: directory)
        }
        let bytes = try StoreError.from { () throws(FileError) in try files.readAll(path, limit: maximumFileBytes) }
        let header: FileHeader
        switch bytes.withUnsafeBytes({ FileHeader.read($0, .backup) }) {
        case .newer(let version): throw .newer(version, known: FileHeader.Magic.backup.version, path: path)
        case .damaged: throw StoreError(.corrupt, "its header at offset 0 does not match its checksum", path: path)
        case .header(let found): header = found
        }
        let start = FileHeader.byteCount
        guard let frame = bytes.withUnsafeBytes({ Frame.find($0, at: start) }), frame.end == bytes.count,
            frame.type == recordType
        else { throw StoreError(.corrupt, "its record at offset \(start) does not match its checksum", path: path) }
        let identity = StoreIdentity(storeID: header.storeID, epoch: header.epoch)
        do throws(StoreError) {
            return try Frame.decode(frame, of: bytes) { reader throws(StoreError) in try catalog(&reader, identity) }
        } catch { throw StoreError(.corrupt, "its record at offset \(start) has \(error.message)", path: path) }
    }

    private static func catalog(
        _ reader: inout PackedReader, _ identity: StoreIdentity
    ) throws(StoreError) -> BackupCatalog {
        var catalog = BackupCatalog(identity, createdNanoseconds: try reader.integer())
        catalog.segments = try reader.integer()
        catalog.sealedSpans = try reader.integer()
        catalog.logRecords = try reader.integer()
        catalog.logSpans = try reader.integer()
        catalog.contentSum = ContentSum(
            word0: try reader.integer(), word1: try reader.integer(), word2: try reader.integer(),
            word3: try reader.integer())
        for _ in 0..<(try reader.elementCount()) {
            let path = try reader.text()
            guard isPath(path) else { throw reader.damaged("a path that is not one of a data directory") }
            catalog.files.append(
                File(path: path, bytes: try reader.integer(), sha256: Array(try reader.take(32))))
        }
        for _ in 0..<(try reader.elementCount()) {
            catalog.damages.append(Damage(path: try reader.text(), problem: try reader.text()))
        }
        return catalog
    }

    /// Relative, and without steps out of the directory.
    private static func isPath(_ path: String) -> Bool {
        1...maximumPathBytes ~= path.utf8.count
            && path.split(separator: "/", omittingEmptySubsequences: false).allSatisfy {
                !$0.isEmpty && $0 != "." && $0 != ".." && !$0.utf8.contains(0)
            }
    }
}
