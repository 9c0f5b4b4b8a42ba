import ArgumentParser
import Files
import Storage
import Telemetry

/// `waybill store compact`: what a running collector does by itself, at once.
struct StoreCompactCommand: StoreSubcommand {
    static let configuration = CommandConfiguration(
        commandName: "compact",
        abstract: "Merge segments and index runs, and remove what is past its retention, while no collector runs.",
        discussion: """
            A running collector does this by itself. Give the collector's own --config (or WAYBILL_CONFIG), for its \
            transaction and retention rules hold here too; without one nothing is past its retention. Exit status: \
            0 done, 1 something could not be done, 3 the directory is in use.
            """)

    @Option(help: ArgumentHelp("The collector's YAML file, for its rules (or WAYBILL_CONFIG).", valueName: "file"))
    var config: String?
    @Flag(help: "Also days that are not over; and one index run for each tenant.")
    var everything = false
    @OptionGroup var options: StoreOptions

    func answer() throws(StoreError) -> StoreAnswer {
        // `open` would make a store where there is none.
        _ = try StoreIdentity.read(options.directory, files: RealFileSystem())
        let store: Store
        do throws(StoreError) {
            store = try Store.open(directory: options.directory, configuration: try storeConfiguration())
        } catch  where error.code == .inUse {
            throw StoreError(
                .inUse,
                "A collector is running on \(options.directory), and compacts by itself: there is nothing to do here")
        }
        let bar = options.progress()
        defer { bar.end() }
        let report = try store.maintain(now: Timestamp.now, everything: everything) { bar.show(Self.text($0)) }
        try store.close()
        return StoreAnswer(options, isYes: report.errors.isEmpty, json: JSON(report)) { width in
            page(report, width: width)
        }
    }

    private func storeConfiguration() throws(StoreError) -> Store.Configuration {
        var configuration = Store.Configuration()
        guard let path = config ?? StoreEnvironment.value("WAYBILL_CONFIG") else { return configuration }
        do throws(ConfigurationError) {
            let file = try CollectorFile.read(path)
            if let rules = file.transactionRules { configuration.transactionRules = rules }
            if let retention = file.retention {
                configuration.retention = retention.rules
                configuration.maximumBytes = retention.maximumBytes
            }
        } catch { throw StoreError(.limit, error.description) }
        return configuration
    }

    private static func text(_ step: UpkeepStep) -> String {
        switch step {
        case .expiring(let file): "removing \(file)"
        case .compacting(let tenant, let day, let segments, let spans):
            "merging \(segments) segments of \(tenant), \(day), \(ByteText.grouped(spans)) spans"
        case .mergingIndex(let tenant, let runs, let rows):
            "merging \(runs) index runs of \(tenant), \(ByteText.grouped(rows)) rows"
        }
    }

    private func page(_ report: UpkeepReport, width: Int) -> [StyledLine] {
        if report.didNothing { return [StyledLine("Nothing to do.", .good)] }
        var sentences = [
            "\(ByteText.count(report.compactions, "compaction")) merged "
                + "\(ByteText.count(report.segmentsRewritten, "segment")); "
                + "\(ByteText.grouped(report.duplicatesRemoved)) duplicate spans were left out.",
            "\(ByteText.count(report.indexMerges, "merge")) of index runs, "
                + "\(ByteText.count(report.runsRebuilt, "run")) made again.",
            "Read \(ByteText.short(report.bytesRead)), wrote \(ByteText.short(report.bytesWritten)).",
        ]
        if report.segmentsExpired > 0 {
            let expired = report.spansExpired.sorted { $0.key < $1.key }.map {
                "\(ByteText.grouped($0.value)) of \($0.key)"
            }
            sentences.append(
                "Past their retention: \(report.segmentsExpired) segments with spans: "
                    + "\(expired.joined(separator: ", ")); \(ByteText.grouped(report.spansKept)) were kept.")
        }
        var lines = sentences.flatMap { TextWrap.paragraph("", $0, width: width) }
        for error in report.errors {
            lines += TextWrap.paragraph(
                "Not done: ", FindingLines.sentence(error), width: width, markStyle: .boldBad)
        }
        return lines
    }

    struct JSON: Encodable {
        var compactions: Int
        var segmentsRewritten: Int
        var segmentsFinished: Int
        var duplicatesRemoved: UInt64
        var indexMerges: Int
        var runsRebuilt: Int
        var bytesRead: UInt64
        var bytesWritten: UInt64
        var segmentsExpired: Int
        var spansExpired: [String: UInt64]
        var spansKept: UInt64
        var errors: [String]

        init(_ report: UpkeepReport) {
            compactions = report.compactions
            segmentsRewritten = report.segmentsRewritten
            segmentsFinished = report.segmentsFinished
            duplicatesRemoved = report.duplicatesRemoved
            indexMerges = report.indexMerges
            runsRebuilt = report.runsRebuilt
            bytesRead = report.bytesRead
            bytesWritten = report.bytesWritten
            segmentsExpired = report.segmentsExpired
            spansExpired = report.spansExpired
            spansKept = report.spansKept
            errors = report.errors
        }
    }
}
