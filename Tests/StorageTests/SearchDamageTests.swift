import Files
import Foundation
import Storage
import Telemetry
import Testing

/// A damaged segment costs a search that segment's spans, and the answer names it.
@Suite struct SearchDamageTests {
    @Test func damageIsNamedAndTheRestIsFound() throws {
        let directory = try TemporaryDirectory()
        let store = try Store.open(directory: directory.path, files: RealFileSystem())
        defer { _ = try? store.close() }
        for number in 1...3 as ClosedRange<UInt64> {
            let spans = (0..<50 as Range<UInt64>).map {
                StoreSamples.payment(
                    trace: StoreSamples.trace(number), span: number * 100 + $0, transaction: "T\(number)")
            }
            try store.appendAndWait(
                Submission(spans: SpanBatch(spans), provenance: StoreSamples.provenance(number)))
            try store.seal()
        }
        let paths = try FileManager.default.subpathsOfDirectory(atPath: directory.path)
            .filter { $0.hasSuffix(".seg") || $0.contains("segment") }
            .map { directory.path + "/" + $0 }
            .filter {
                (try? FileHandle(forReadingFrom: URL(fileURLWithPath: $0)).read(upToCount: 8)) == Data("WAYBLSEG".utf8)
            }
            .sorted()
        #expect(paths.count == 3)
        let damaged = try #require(paths.dropFirst().first)
        let handle = try FileHandle(forUpdating: URL(fileURLWithPath: damaged))
        // The first block of rows comes after the header.
        try handle.seek(toOffset: 140)
        let byte = try #require(try handle.read(upToCount: 1)?.first)
        try handle.seek(toOffset: 140)
        try handle.write(contentsOf: Data([byte ^ 0x40]))
        try handle.close()
        let answer = try store.search(SpanQuery(.compare(.service, .equal, .string("pay")), limit: 200))
        #expect(Set(answer.matches.map(\.traceID)) == [StoreSamples.trace(1), StoreSamples.trace(3)])
        #expect(answer.matches.count == 100 && answer.isPartial)
        guard case .unreadable(_, let reason)? = answer.gaps.first else {
            Issue.record("the damage is not named: \(answer.gaps)")
            return
        }
        #expect(answer.gaps.count == 1 && reason.contains(damaged), "\(reason)")
    }
}
