import ArgumentParser
import Storage

/// `waybill store stats`: what a data directory holds and what it costs.
struct StoreStatsCommand: StoreSubcommand {
    static let configuration = CommandConfiguration(
        commandName: "stats",
        abstract: "Show what a data directory holds and what it costs.",
        discussion: "Reads the manifest and the sizes of files; a collector may be running.")

    @Flag(help: "Also every day of every class.")
    var days = false
    @OptionGroup var options: StoreOptions

    func answer() throws(StoreError) -> StoreAnswer {
        let summary = try StoreSummary.read(directory: options.directory)
        return StoreAnswer(options, json: StatsJSON(summary)) { width in
            StatsPage(summary, showsDays: days, width: width).lines()
        }
    }
}
