/// One entry of the history of holds: one file, written once.
///
/// The file is a `FileHeader` with the record's number, and one `Frame`: type 1 for a hold that was placed, 2 for a
/// release. Texts have a 32-bit length.
enum HoldRecord: Sendable, Hashable {
    case placed(Hold)
    case released(id: String, Hold.Release)

    static let maximumFileBytes = 16 << 10
    static let maximumReasonBytes = 1000
    static let maximumNameBytes = 200
    static let maximumKeyBytes = 1000
    static let maximumValueBytes = 4096
    private static let placedType: UInt8 = 1
    private static let releasedType: UInt8 = 2

    /// The whole file.
    func bytes(_ identity: StoreIdentity, number: UInt64) throws(StoreError) -> [UInt8] {
        var output = PackedWriter()
        var scratch = PackedWriter()
        let header = FileHeader(storeID: identity.storeID, epoch: identity.epoch, number: number)
        for byte in header.bytes(.hold) { output.append(byte) }
        let type = if case .placed = self { HoldRecord.placedType } else { HoldRecord.releasedType }
        try Frame.append(type: type, durableBefore: 0, to: &output, scratch: &scratch) { append(to: &$0) }
        return Array(output.bytes)
    }

    private func append(to writer: inout PackedWriter) {
        switch self {
        case .placed(let hold):
            writer.append(text: hold.id)
            writer.append(text: hold.reason)
            writer.append(text: hold.placedBy)
            writer.append(hold.placedNanoseconds)
            switch hold.subject {
            case .transaction(let value, let kind):
                writer.append(UInt8(1))
                writer.append(text: value)
                writer.append(UInt8(kind == nil ? 0 : 1))
                if let kind { writer.append(text: kind) }
            case .attribute(let key, let value):
                writer.append(UInt8(2))
                writer.append(text: key)
                writer.append(text: value)
            case .time(let from, let to):
                writer.append(UInt8(3))
                writer.append(from)
                writer.append(to)
            }
        case .released(let id, let release):
            writer.append(text: id)
            writer.append(text: release.reason)
            writer.append(text: release.releasedBy)
            writer.append(release.releasedNanoseconds)
        }
    }

    /// Reads a file that should be record `number` of the store.
    static func decode(
        _ bytes: [UInt8], _ identity: StoreIdentity, number: UInt64, path: String
    ) throws(StoreError) -> HoldRecord {
        func damaged(_ what: String) -> StoreError {
            StoreError(
                .corrupt,
                "the hold file is damaged: \(what); no data may be removed until it is back from a backup", path: path)
        }
        switch bytes.withUnsafeBytes({ FileHeader.read($0, .hold) }) {
        case .newer(let version): throw .newer(version, path: path)
        case .damaged: throw damaged("its header at offset 0 does not match its checksum")
        case .header(let header):
            guard header.storeID == identity.storeID, header.epoch <= identity.epoch else { throw .foreign(path: path) }
            guard header.number == number else {
                throw damaged("its header at offset 0 is that of number \(header.number)")
            }
        }
        let start = FileHeader.byteCount
        guard let frame = bytes.withUnsafeBytes({ Frame.find($0, at: start) }), frame.end == bytes.count else {
            throw damaged("its record at offset \(start) does not match its checksum")
        }
        do throws(StoreError) {
            return try Frame.decode(frame, of: bytes) { reader throws(StoreError) in
                switch frame.type {
                case placedType: .placed(try placed(&reader))
                case releasedType: try released(&reader)
                default: throw reader.damaged("a record of unknown type \(frame.type)")
                }
            }
        } catch { throw damaged("its record at offset \(start) has \(error.message)") }
    }

    private static func placed(_ reader: inout PackedReader) throws(StoreError) -> Hold {
        let id = try id(&reader)
        let reason = try text(&reader, maximumReasonBytes)
        let placedBy = try text(&reader, maximumNameBytes)
        let time: UInt64 = try reader.integer()
        let subject: Hold.Subject
        switch try reader.integer(UInt8.self) {
        case 1:
            let value = try text(&reader, maximumValueBytes)
            let hasKind = try reader.integer(UInt8.self) != 0
            subject = .transaction(value: value, kind: hasKind ? try text(&reader, maximumKeyBytes) : nil)
        case 2:
            subject = .attribute(
                key: try text(&reader, maximumKeyBytes), value: try text(&reader, maximumValueBytes))
        case 3:
            let from: UInt64 = try reader.integer()
            let to: UInt64 = try reader.integer()
            guard from <= to else { throw reader.damaged("a window that ends before it starts") }
            subject = .time(from: from, to: to)
        case let number: throw reader.damaged("a subject of unknown kind \(number)")
        }
        return Hold(id: id, subject: subject, reason: reason, placedBy: placedBy, placedNanoseconds: time)
    }

    private static func released(_ reader: inout PackedReader) throws(StoreError) -> HoldRecord {
        let id = try id(&reader)
        let reason = try text(&reader, maximumReasonBytes)
        let releasedBy = try text(&reader, maximumNameBytes)
        let time: UInt64 = try reader.integer()
        return .released(id: id, Hold.Release(reason: reason, releasedBy: releasedBy, releasedNanoseconds: time))
    }

    private static func id(_ reader: inout PackedReader) throws(StoreError) -> String {
        let id = try reader.text()
        guard HoldID.isValid(id) else { throw reader.damaged("a text that is no hold's id") }
        return id
    }

    private static func text(_ reader: inout PackedReader, _ limit: Int) throws(StoreError) -> String {
        let text = try reader.text()
        guard text.utf8.count <= limit else { throw reader.damaged("a text of more than \(limit) bytes") }
        return text
    }
}
