import ArgumentParser
import Storage

/// `waybill store check`: reads everything and finds what is not as it was stored.
struct StoreCheckCommand: StoreSubcommand {
    static let configuration = CommandConfiguration(
        commandName: "check",
        abstract: "Read every byte of a data directory and find what is damaged.",
        discussion: """
            Checks every checksum, that all spans add up to what was stored, and that the index says of the segments \
            what they say themselves. Writes nothing; a collector may be running. Exit status: 0 sound, 1 damaged.
            """)

    @OptionGroup var options: StoreOptions

    func answer() throws(StoreError) -> StoreAnswer {
        let bar = options.progress()
        defer { bar.end() }
        let report = try StoreCheck.run(directory: options.directory) { bar.show($0) }
        return StoreAnswer(options, isYes: report.isSound, json: JSON(report)) { width in
            StoreCheckCommand.page(report, width: width)
        }
    }

    static func page(_ report: StoreCheckReport, width: Int) -> [StyledLine] {
        var lines: [StyledLine] = []
        let damages = report.findings.count { $0.kind.isDamage }
        if damages == 0 {
            lines.append(StyledLine("Sound.", .good))
        } else {
            lines.append(StyledLine("\(ByteText.count(damages, "damage")) found.", .boldBad))
        }
        lines += TextWrap.paragraph(
            "",
            "Read \(ByteText.short(report.bytes)) in \(ByteText.count(report.files, "file")): "
                + "\(ByteText.count(report.segments, "segment")), the sound ones with "
                + "\(ByteText.grouped(report.sealedSpans)) spans, \(ByteText.count(report.indexRuns, "index run")), "
                + "\(ByteText.count(report.logFiles, "log file")) with \(ByteText.grouped(report.logSpans)) spans, "
                + "\(ByteText.count(report.holds, "hold")) (\(report.activeHolds) in force).", width: width)
        return lines + FindingLines.lines(report.findings, width: width)
    }

    struct JSON: Encodable {
        var storeId: String
        var epoch: UInt64
        var isSound: Bool
        var files: Int
        var bytes: UInt64
        var segments: Int
        var sealedSpans: UInt64
        var indexRuns: Int
        var logFiles: Int
        var logRecords: Int
        var logSpans: UInt64
        var holds: Int
        var activeHolds: Int
        var findings: [StoreJSON.Finding]

        init(_ report: StoreCheckReport) {
            storeId = report.storeID.description
            epoch = report.epoch
            isSound = report.isSound
            files = report.files
            bytes = report.bytes
            segments = report.segments
            sealedSpans = report.sealedSpans
            indexRuns = report.indexRuns
            logFiles = report.logFiles
            logRecords = report.logRecords
            logSpans = report.logSpans
            holds = report.holds
            activeHolds = report.activeHolds
            findings = report.findings.map(StoreJSON.Finding.init)
        }
    }
}
