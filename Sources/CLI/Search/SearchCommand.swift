import ArgumentParser
import Collector
import Foundation
import Telemetry
import TraceQL

/// `waybill search QUERY`: which traces match?
struct SearchCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "search",
        abstract: "Find traces with a TraceQL query, the newest first.",
        usage: "waybill search <query> [<options>]",
        discussion: """
            For example: waybill search '{ resource.service.name = "ledger" && status = error }' --from 1h

            Each trace is shown with the time it started (UTC), how long it took, how many of its spans match of how \
            many, how many failed, its id, and its first service and operation. They appear as they are found. Times are RFC 3339, days, or so long \
            ago, as in 90s, 15m, 1h, 7d.

            Exit status: 0 found, 1 nothing matches, 2 usage, 3 collector not reached.
            """)

    @Argument(help: ArgumentHelp("The query, in quotes; { } matches every trace.", valueName: "query"))
    var query: String
    @Option(help: ArgumentHelp("Spans that started at this time or later.", valueName: "time"))
    var from: String?
    @Option(help: ArgumentHelp("Spans that started at this time or earlier.", valueName: "time"))
    var to: String?
    @Option(help: ArgumentHelp("Traces (1 to 1000).", valueName: "n"))
    var limit = 20
    @Option(help: ArgumentHelp("Go on where an earlier answer ended.", valueName: "cursor"))
    var cursor: String?
    @Flag(help: "Everything that matches, however much it is.")
    var all = false
    @Flag(help: "Print the query API's JSON, a line a trace and a last one about the search.")
    var json = false
    @OptionGroup var address: CollectorAddress
    @OptionGroup var page: PageOptions

    func validate() throws {
        guard 1...TraceSearchRequest.maximumLimit ~= limit else {
            throw ValidationError(
                "--limit \(limit): expected a number from 1 to \(TraceSearchRequest.maximumLimit).")
        }
        let now = UInt64(max(0, Date().timeIntervalSince1970) * 1e9)
        if let from { _ = try SearchTime.parse(from, now: now, isEnd: false, option: "--from") }
        if let to { _ = try SearchTime.parse(to, now: now, isEnd: true, option: "--to") }
    }

    func run() async throws {
        let query = readQuery()
        let now = UInt64(max(0, Date().timeIntervalSince1970) * 1e9)
        var parameters = ["q=" + CollectorQuery.escape(query.description), "spans=1", "stream=true"]
        if !all { parameters.append("limit=\(limit)") }
        if let from {
            parameters.append("from=\(try SearchTime.parse(from, now: now, isEnd: false, option: "--from"))")
        }
        if let to { parameters.append("to=\(try SearchTime.parse(to, now: now, isEnd: true, option: "--to"))") }
        let path = "/api/v1/search?" + parameters.joined(separator: "&")
        let printer = SearchPrinter(
            SearchOutput(query, width: page.columns, isColored: page.color.isColoredHere, from: from, to: to),
            isJSON: json, collector: address.url)
        var next = cursor
        while true {
            await CollectorQuery.stream(
                address, path: next.map { path + "&cursor=" + CollectorQuery.escape($0) } ?? path,
                accept: "application/x-ndjson"
            ) { printer.take($0) }
            guard let end = printer.takeEnd() else {
                Failure.exit(
                    .unreachable,
                    "The answer of the collector at \(address.url) ended early: what is shown may not be all.")
            }
            if let error = end.error { Failure.exit(.unreachable, error.message) }
            // A search that ran out of its budget may go on where it came to; one that came nowhere may not.
            guard all, let following = end.cursor, following != next else { break }
            next = following
        }
        let output = printer.output
        if !json { StandardOutput.write(output.end(isAll: all)) }
        if output.found == 0 { Foundation.exit(Failure.Status.negative.rawValue) }
    }

    /// The query, or a page that shows where it is wrong.
    private func readQuery() -> TraceQuery {
        do throws(TraceQLError) {
            let query = try TraceQuery.checked(self.query)
            if let metrics = query.metrics {
                Failure.exit(
                    .usage,
                    "\(metrics.function.name)(…) counts spans over time, and search shows traces: leave it out.")
            }
            return query
        } catch {
            let excerpt = error.excerpt(of: self.query, width: page.columns - 2) { DisplayWidth.of($0) }
            let message = TextWrap.paragraph("", TerminalText.clean(error.message), width: page.columns)
            let place = ["", "  " + excerpt.line, "  " + excerpt.caret].map { StyledLine(TerminalText.clean($0)) }
            FileHandle.standardError.write(Data((message + place).text(colored: false).utf8))
            Foundation.exit(Failure.Status.usage.rawValue)
        }
    }
}
