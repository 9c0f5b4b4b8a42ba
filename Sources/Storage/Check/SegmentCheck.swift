import Files
import Telemetry

/// Checks one segment file: who it says it is, every block, and that its spans add up.
struct SegmentCheck {
    /// What a segment that could be opened is.
    struct Passed {
        var reader: SegmentReader
        /// `nil` when a block is damaged: then nothing can be said about the whole.
        var contentSum: ContentSum?
    }

    let identity: StoreIdentity
    let root: String
    let files: any FileSystem
    /// Without a cache to speak of: every block is read once.
    private let cache = SegmentCache(limitBytes: 8 << 20)
    /// How thorough: with `false` the spans are not decoded.
    var decodesSpans = true

    init(identity: StoreIdentity, root: String, files: any FileSystem) {
        self.identity = identity
        self.root = root
        self.files = files
    }

    /// Checks the segment that `entry` names. `report` is told of all that is wrong, `progress` of the bytes read.
    func check(
        _ entry: SegmentEntry, report: (StoreFinding) -> Void, progress: (Int) throws(StoreError) -> Void
    ) throws(StoreError) -> Passed? {
        let path = root + "/" + entry.path
        let reader: SegmentReader
        do throws(StoreError) {
            reader = try SegmentReader(path: path, files: files, expecting: identity.storeID, cache: cache)
        } catch {
            var finding = StoreFinding(error, path: entry.path)
            finding.loss = StoreFinding.Loss(spans: entry.spanCount)
            report(finding)
            return nil
        }
        if let problem = strangeness(reader, entry) {
            var finding = StoreFinding(.foreign, entry.path, problem)
            finding.loss = StoreFinding.Loss(spans: entry.spanCount)
            report(finding)
            return nil
        }
        let damaged = try damagedBlocks(reader, entry, progress)
        if !damaged.isEmpty {
            SegmentDamage(reader: reader, path: entry.path, damaged: damaged).findings.forEach(report)
            return Passed(reader: reader, contentSum: nil)
        }
        var sum = ContentSum()
        for block in reader.blocks where block.kind == .rows { sum += block.contentSum }
        if decodesSpans {
            do throws(StoreError) { try reader.verify() } catch {
                var finding = StoreFinding(error, path: entry.path)
                finding.loss = StoreFinding.Loss(spans: entry.spanCount)
                report(finding)
                return Passed(reader: reader, contentSum: nil)
            }
        }
        return Passed(reader: reader, contentSum: sum)
    }

    /// Why the file is not the one that the manifest means.
    private func strangeness(_ reader: SegmentReader, _ entry: SegmentEntry) -> String? {
        let info = reader.info
        if info.segmentNumber != entry.number {
            return "it is segment \(info.segmentNumber), and should be segment \(entry.number)"
        }
        if info.epoch > identity.epoch {
            return "it was written in epoch \(info.epoch) of the store, and this is epoch \(identity.epoch)"
        }
        let expected = StoreDirectory.segmentPath(
            tenant: info.tenant, retentionClass: info.retentionClass, day: info.day, number: info.segmentNumber)
        if expected != entry.path { return "its header says that it is \(expected)" }
        if UInt64(reader.spanCount) != entry.spanCount {
            return "it has \(reader.spanCount) spans, and the manifest says \(entry.spanCount)"
        }
        if UInt64(reader.fileBytes) != entry.fileBytes {
            return "it has \(reader.fileBytes) bytes, and the manifest says \(entry.fileBytes)"
        }
        return nil
    }

    /// The blocks whose bytes are not those that were written, by their place in the footer, and what is wrong.
    private func damagedBlocks(
        _ reader: SegmentReader, _ entry: SegmentEntry, _ progress: (Int) throws(StoreError) -> Void
    ) throws(StoreError) -> [(index: Int, kind: StoreFinding.Kind, problem: String)] {
        let path = root + "/" + entry.path
        let file: any File
        do throws(FileError) { file = try files.openForReading(path) } catch { throw StoreError(error) }
        var damaged: [(index: Int, kind: StoreFinding.Kind, problem: String)] = []
        for (index, block) in reader.blocks.enumerated() {
            do throws(StoreError) {
                let bytes = try SegmentFile.read(file, block.length, at: block.offset, path: path)
                let crc = bytes.withUnsafeBytes { Frame.checksum($0) }
                if crc != block.crc32 {
                    damaged.append((index, .damaged, "its checksum is \(crc), and the footer says \(block.crc32)"))
                } else if bytes.withUnsafeBytes({ ContentHash.digest($0) }) != block.sha256 {
                    damaged.append((index, .damaged, "its SHA-256 is not the footer's"))
                }
            } catch {
                damaged.append((index, StoreFinding(error, path: entry.path).kind, error.message))
            }
            try progress(block.length)
        }
        return damaged
    }
}
