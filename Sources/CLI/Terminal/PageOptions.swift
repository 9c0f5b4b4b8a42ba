import ArgumentParser

/// How an answer is shown.
struct PageOptions: ParsableArguments {
    @Option(help: ArgumentHelp("Columns to use (default: the terminal's, else 80).", valueName: "n"))
    var width: Int?
    @Option(help: ArgumentHelp("Colour: auto, always or never; auto honours NO_COLOR.", valueName: "when"))
    var color = ColorChoice.auto

    func validate() throws {
        guard let width else { return }
        guard TerminalSize.range.contains(width) else {
            let range = TerminalSize.range
            throw ValidationError(
                "--width \(width): expected \(range.lowerBound) to \(range.upperBound) columns.")
        }
    }

    var columns: Int { width ?? TerminalSize.columns }
}
