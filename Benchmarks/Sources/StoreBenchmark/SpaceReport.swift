import Files
import Storage

/// Bytes a span: index, segments, and of these the columns that cost the most.
enum SpaceReport {
    private static let shownColumns = 16
    /// Segments whose columns are added up, spread over all.
    private static let sampledSegments = 24

    static func run(_ directory: String, _ statistics: StoreStatistics) throws {
        let spans = Double(max(1, statistics.sealedSpans))
        Figures.line("segments", Double(statistics.segmentBytes) / spans, "bytes a span")
        Figures.line("index", Double(statistics.indexBytes) / spans, "bytes a span")
        Figures.line(
            "together, of 504 bytes as uncompressed OTLP",
            Double(statistics.segmentBytes + statistics.indexBytes) / spans / 504 * 100, "%")
        let snapshot = try StoreSnapshot.read(directory: directory)
        let step = max(1, snapshot.segments.count / sampledSegments)
        var costs: [String: Int] = [:]
        var sampled = 0
        for index in stride(from: 0, to: snapshot.segments.count, by: step) {
            let entry = snapshot.segments[index]
            let reader = try SegmentReader(
                path: directory + "/" + entry.path, files: RealFileSystem(), expecting: snapshot.storeID)
            for (column, bytes) in try reader.columnCosts() { costs[column, default: 0] += bytes }
            sampled += reader.spanCount
        }
        print("columns that cost the most, before LZ4:")
        for (column, bytes) in costs.sorted(by: { $0.value > $1.value }).prefix(shownColumns) {
            Figures.line("  " + column, Double(bytes) / Double(max(1, sampled)), "bytes a span")
        }
    }
}
