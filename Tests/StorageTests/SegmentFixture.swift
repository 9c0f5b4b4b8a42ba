import Files
import Foundation
import Storage
import Telemetry

/// A directory of a test's own, gone with it, and short ways to write and open segments there.
final class SegmentFixture {
    let directory: String
    let files = RealFileSystem()
    let storeID: StoreID
    private var next = 0

    /// From `WAYBILL_SEED` when set.
    static let seed: UInt64 =
        ProcessInfo.processInfo.environment["WAYBILL_SEED"].flatMap { UInt64($0) } ?? UInt64.random(in: 0 ... .max)
    static let soak = ProcessInfo.processInfo.environment["WAYBILL_SOAK"] == "1" ? 20 : 1

    init() throws {
        directory = NSTemporaryDirectory() + "waybill-segment-" + UUID().uuidString
        guard let id = StoreID([UInt8](0..<16)) else { throw StoreError(.failed, "no store id") }
        storeID = id
        try files.makeDirectories(directory)
    }

    deinit {
        // The system clears its temporary directory; a failure here must not hide the test's own.
        _ = try? FileManager.default.removeItem(atPath: directory)
    }

    func path(_ name: String) -> String { directory + "/" + name }

    func newPath() -> String {
        next += 1
        return path("\(next)")
    }

    func info(_ number: UInt64 = 1) -> SegmentHeaderInfo {
        SegmentHeaderInfo(
            storeID: storeID, epoch: 3, tenant: "default", retentionClass: "standard", day: 20_780,
            segmentNumber: number)
    }

    func write(
        _ parts: [(batch: SpanBatch, provenance: Provenance)], path: String? = nil, files: (any FileSystem)? = nil,
        effort: SegmentEffort = .fast, groupSpans: Int = SegmentFormat.groupSpans
    ) throws -> SegmentSummary {
        try SegmentWriter.write(
            SegmentInput(parts: parts), info: info(), path: path ?? newPath(), files: files ?? self.files,
            rules: .standard, effort: effort, groupSpans: groupSpans)
    }

    func open(_ path: String, cache: SegmentCache = SegmentCache()) throws -> SegmentReader {
        try SegmentReader(path: path, files: files, expecting: storeID, cache: cache)
    }

    func bytes(_ path: String) throws -> [UInt8] { try files.readAll(path, limit: 1 << 30) }

    func store(_ bytes: [UInt8]) throws -> String {
        let path = newPath()
        let file = try files.create(path)
        try file.append(bytes)
        try file.close()
        return path
    }

    static func provenance(_ sequence: UInt64, sender: String = "a") -> Provenance {
        Provenance(
            door: .wire, principal: "spiffe://bank/\(sender)", instance: sender, incarnation: 9, sequence: sequence,
            receivedNanoseconds: 1_790_000_000_000_000_000 + sequence)
    }
}
