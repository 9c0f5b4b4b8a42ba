import ArgumentParser
import Storage
import Telemetry

/// `waybill store restore BACKUP --data DIR`: a new data directory from a backup, and the proof that it is right.
struct StoreRestoreCommand: StoreSubcommand {
    static let configuration = CommandConfiguration(
        commandName: "restore",
        abstract: "Make a data directory from a backup, and prove that it is what was backed up.",
        discussion: """
            Compares every file with the backup's catalog, opens the store, and reads every span of it. Where a file of \
            the backup is damaged nothing usable is made, unless --accept-damage is given. The restored store begins a \
            new epoch. Exit status: 0 proven, 1 not.
            """)

    @Argument(help: ArgumentHelp("The backup.", valueName: "backup"))
    var backup: String
    @Flag(help: "Restore what is whole of a damaged backup.")
    var acceptDamage = false
    @OptionGroup var options: StoreOptions

    func answer() throws(StoreError) -> StoreAnswer {
        let bar = options.progress()
        defer { bar.end() }
        let report = try StoreRestore.run(
            from: StorePath.clean(backup), to: options.directory, acceptingDamage: acceptDamage
        ) { bar.show($0) }
        return StoreAnswer(options, isYes: report.isWhole, json: JSON(report, options.directory)) { width in
            page(report, width: width)
        }
    }

    private func page(_ report: RestoreReport, width: Int) -> [StyledLine] {
        let directory = options.directory
        var lines: [StyledLine] = []
        if report.check == nil {
            lines += TextWrap.paragraph(
                "",
                "Not restored: the backup is damaged. \(directory) is no store; remove it. "
                    + "--accept-damage restores what is whole.", width: width, style: .boldBad)
            return lines + FindingLines.lines(report.findings, width: width)
        }
        lines.append(
            report.isProven
                ? StyledLine("Restored to \(directory), and proven.", .good)
                : StyledLine("Restored to \(directory), and not what was backed up.", .boldBad))
        lines += proof(report).flatMap { TextWrap.paragraph("  ", $0, width: width) }
        lines += report.differences.flatMap {
            TextWrap.paragraph("  different: ", FindingLines.sentence($0), width: width, markStyle: .boldBad)
        }
        lines += FindingLines.lines(report.findings, width: width)
        for damage in report.catalog.damages {
            lines += TextWrap.paragraph(
                "  damaged before the backup: ", "\(damage.path): \(damage.problem)", width: width, markStyle: .boldBad)
        }
        if let check = report.check { lines += FindingLines.lines(check.findings, width: width) }
        return lines
    }

    /// What was done, each a sentence.
    private func proof(_ report: RestoreReport) -> [String] {
        let catalog = report.catalog
        let time = Timestamp(nanoseconds: catalog.createdNanoseconds).formatted(decimals: 0)
        var proof = [
            "Store \(catalog.storeID), backed up at \(time) in epoch \(catalog.epoch); this is epoch \(report.epoch).",
            "\(report.restoredFiles) files with \(ByteText.short(report.restoredBytes)) were compared with their SHA-256.",
        ]
        if let sealed = report.openedSealedSpans, let live = report.openedLiveSpans {
            proof.append(
                "The store opened with \(ByteText.grouped(sealed)) sealed spans and \(ByteText.grouped(live)) from its log."
            )
        }
        if let check = report.check, report.differences.isEmpty {
            proof.append(
                "\(ByteText.grouped(check.sealedSpans)) spans were read, and add up to the backup's content sum.")
        }
        return proof
    }

    struct JSON: Encodable {
        var data: String
        var storeId: String
        var epoch: UInt64
        var backedUpAt: Timestamp
        var isProven: Bool
        var isWhole: Bool
        var restoredFiles: Int
        var restoredBytes: UInt64
        var openedSealedSpans: UInt64?
        var openedLiveSpans: UInt64?
        var differences: [String]
        var findings: [StoreJSON.Finding]
        var damagedBeforeBackup: [String: String]
        var check: StoreCheckCommand.JSON?

        init(_ report: RestoreReport, _ directory: String) {
            data = directory
            storeId = report.catalog.storeID.description
            epoch = report.epoch
            backedUpAt = Timestamp(nanoseconds: report.catalog.createdNanoseconds)
            isProven = report.isProven
            isWhole = report.isWhole
            restoredFiles = report.restoredFiles
            restoredBytes = report.restoredBytes
            openedSealedSpans = report.openedSealedSpans
            openedLiveSpans = report.openedLiveSpans
            differences = report.differences
            findings = report.findings.map(StoreJSON.Finding.init)
            damagedBeforeBackup = Dictionary(report.catalog.damages.map { ($0.path, $0.problem) }) { first, _ in first }
            check = report.check.map(StoreCheckCommand.JSON.init)
        }
    }
}
