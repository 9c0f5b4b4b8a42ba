import ArgumentParser
import Foundation
import Telemetry

/// `waybill journey ID`: what happened to this transaction?
struct JourneyCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "journey",
        abstract: "Show what happened to one transaction.",
        usage: "waybill journey <id> [<options>]",
        discussion: """
            The journey as a tree of hops: who called whom, how it ended, which attempt it was, when and for how long. \
            What is missing is named. Marks: ✗ failed, ! refused, ↻ failed and tried again, ? not known; hollow bars \
            are inferred.

            Exit status: 0 found, 1 no such transaction, 2 usage, 3 collector not reached.
            """)

    @Argument(help: ArgumentHelp("The transaction's business id: a payment id, a UETR, ….", valueName: "id"))
    var id: String
    @Option(help: ArgumentHelp("The kind of id, where one value names several things.", valueName: "kind"))
    var kind: String?
    @Flag(help: "Print the query API's JSON.")
    var json = false
    @OptionGroup var address: CollectorAddress
    @OptionGroup var page: PageOptions

    func validate() throws {
        guard !id.isEmpty else { throw ValidationError("The transaction id is empty.") }
    }

    func run() async throws {
        var path = "/api/v1/journeys/" + CollectorQuery.escape(id)
        if let kind { path += "?kind=" + CollectorQuery.escape(kind) }
        let body = await CollectorQuery.get(address, path: path, accept: "application/json")
        if json {
            StandardOutput.write(body + (body.last == UInt8(ascii: "\n") ? [] : [UInt8(ascii: "\n")]))
            return
        }
        let journey: Journey
        do {
            journey = try JSONDecoder().decode(Journey.self, from: Data(body))
        } catch {
            Failure.exit(
                .unreachable, "The collector at \(address.url) answered something that is not a journey: \(error).")
        }
        let now = Timestamp(nanoseconds: UInt64(max(0, Date().timeIntervalSince1970) * 1e9))
        let lines = JourneyPage(journey, width: page.columns, now: now).lines()
        StandardOutput.write(lines.text(colored: page.color.isColoredHere))
    }
}
