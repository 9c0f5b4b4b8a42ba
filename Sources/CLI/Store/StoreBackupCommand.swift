import ArgumentParser
import Storage

/// `waybill store backup DIR`: a consistent copy of a store that may be in use.
struct StoreBackupCommand: StoreSubcommand {
    static let configuration = CommandConfiguration(
        commandName: "backup",
        abstract: "Copy a store, also while a collector runs on it.",
        discussion: """
            The copy is of one moment and has everything acknowledged before the command began. It is a backup when its \
            file BACKUP is there, which is written last. With --onto, what an earlier backup has already is shared with \
            it by hard links. Exit status: 0 all is in it, 1 the store is damaged and the rest is in it.
            """)

    @Argument(help: ArgumentHelp("Where to: a directory that is empty or not there.", valueName: "backup"))
    var destination: String
    @Option(help: ArgumentHelp("An earlier backup on the same file system, to share files with.", valueName: "backup"))
    var onto: String?
    @Flag(help: "Read what is shared with the earlier backup and compare it, instead of trusting it.")
    var verify = false
    @OptionGroup var options: StoreOptions

    func answer() throws(StoreError) -> StoreAnswer {
        let bar = options.progress()
        defer { bar.end() }
        let report = try StoreBackup.run(
            data: options.directory, to: StorePath.clean(destination), onto: onto.map(StorePath.clean),
            verifying: verify
        ) { bar.show($0) }
        return StoreAnswer(options, isYes: report.isWhole, json: JSON(report, destination)) { width in
            page(report, width: width)
        }
    }

    private func page(_ report: BackupReport, width: Int) -> [StyledLine] {
        let catalog = report.catalog
        var lines = [
            report.isWhole
                ? StyledLine("Backed up to \(destination).", .good)
                : StyledLine("Backed up to \(destination), but the store is damaged.", .boldBad)
        ]
        lines += TextWrap.paragraph(
            "",
            "\(ByteText.grouped(catalog.sealedSpans)) spans in \(catalog.segments) segments, "
                + "\(ByteText.grouped(catalog.logSpans)) in the log. Copied \(report.copiedFiles) files with "
                + "\(ByteText.short(report.copiedBytes))"
                + (report.linkedFiles == 0
                    ? "."
                    : ", shared \(report.linkedFiles) with \(ByteText.short(report.linkedBytes))"
                        + (verify ? ", compared." : ", not read again.")),
            width: width)
        lines += FindingLines.lines(report.findings, width: width)
        if let leftover = report.leftover {
            lines += TextWrap.paragraph(
                "Note: ", "\(leftover.sentence) The next backup removes it.", width: width, markStyle: .warning)
        }
        return lines
    }

    struct JSON: Encodable {
        var backup: String
        var storeId: String
        var epoch: UInt64
        var isWhole: Bool
        var segments: UInt64
        var sealedSpans: UInt64
        var logSpans: UInt64
        var copiedFiles: Int
        var copiedBytes: UInt64
        var sharedFiles: Int
        var sharedBytes: UInt64
        var findings: [StoreJSON.Finding]
        var leftover: String?

        init(_ report: BackupReport, _ destination: String) {
            backup = destination
            storeId = report.catalog.storeID.description
            epoch = report.catalog.epoch
            isWhole = report.isWhole
            segments = report.catalog.segments
            sealedSpans = report.catalog.sealedSpans
            logSpans = report.catalog.logSpans
            copiedFiles = report.copiedFiles
            copiedBytes = report.copiedBytes
            sharedFiles = report.linkedFiles
            sharedBytes = report.linkedBytes
            findings = report.findings.map(StoreJSON.Finding.init)
            leftover = report.leftover?.sentence
        }
    }
}

/// Paths as people type them.
enum StorePath {
    /// Without slashes at the end.
    static func clean(_ path: String) -> String {
        var path = path
        while path.count > 1, path.hasSuffix("/") { path.removeLast() }
        return path
    }
}
