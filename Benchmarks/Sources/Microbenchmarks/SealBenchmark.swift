import Files
import Glibc
import Storage
import Telemetry

/// Sealing: sort, encode, compress, hash and index one segment.
enum SealBenchmark {
    static func run(_ corpus: Corpus) throws {
        let directory = "\(temporaryDirectory())/waybill-bench-\(getpid())"
        let files = RealFileSystem()
        try files.makeDirectories(directory)
        defer { removeAll(in: directory, files) }
        guard let storeID = StoreID([UInt8](repeating: 7, count: 16)) else { return }
        let info = SegmentHeaderInfo(
            storeID: storeID, epoch: 1, tenant: "default", retentionClass: "standard", day: 20_600, segmentNumber: 1)
        let provenance = Provenance(
            door: .wire, principal: "spiffe://bank/proxy", instance: "bench", incarnation: 1, sequence: 1,
            receivedNanoseconds: corpus.batches.last?.endNanoseconds.max() ?? 0)
        let input = SegmentInput(
            parts: corpus.batches.enumerated().map { index, batch in
                var provenance = provenance
                provenance.sequence = UInt64(index + 1)
                return (batch, provenance)
            })
        var segmentBytes = 0
        var indexBytes = 0
        var round = 0
        let nanoseconds = try CPUTime.best(of: 3, each: corpus.spans) {
            round += 1
            let path = "\(directory)/\(round).segment"
            let summary = try SegmentWriter.write(input, info: info, path: path, files: files, rules: .standard)
            segmentBytes = summary.fileBytes
            let index = IndexInput(segmentNumber: 1, traces: summary.traces, transactions: summary.transactions)
            indexBytes = try IndexRun.write([index], storeID: storeID, epoch: 1, path: path + ".index", files: files)
        }
        let perSpan = Double(segmentBytes + indexBytes) / Double(corpus.spans)
        Table.row("seal and index \(corpus.spans) spans", nanoseconds, "ns a span", budget: nil)
        Table.row("segment", Double(segmentBytes) / Double(corpus.spans), "bytes a span", budget: nil)
        Table.row("index", Double(indexBytes) / Double(corpus.spans), "bytes a span", budget: nil)
        Table.row(
            "together, of uncompressed OTLP", perSpan / WireBenchmark.referenceBytes * 100, "%", budget: 6)
    }

    private static func temporaryDirectory() -> String { getenv("TMPDIR").map { String(cString: $0) } ?? "/tmp" }

    private static func removeAll(in directory: String, _ files: RealFileSystem) {
        do {
            for name in try files.list(directory) { try files.remove("\(directory)/\(name)") }
        } catch {
            print("left behind in \(directory): \(error)")
        }
        rmdir(directory)
    }
}
