import ArgumentParser
import Files
import Storage
import Telemetry

/// `waybill store hold`: places a legal hold, or lists those that were placed.
struct StoreHoldCommand: StoreSubcommand {
    static let configuration = CommandConfiguration(
        commandName: "hold",
        abstract: "Place a legal hold, or list them.",
        discussion: """
            What a hold covers is kept, whatever its retention, until `waybill store release`. Name one of --transaction, \
            --attribute and --from with --to; times are like 2026-11-23T09:30:00Z or 2026-11-23. With --list, all holds \
            that were ever placed are shown.
            """)

    @Option(help: ArgumentHelp("Hold the traces of this transaction.", valueName: "id"))
    var transaction: String?
    @Option(help: ArgumentHelp("Only where the id is of this kind.", valueName: "kind"))
    var kind: String?
    @Option(help: ArgumentHelp("Hold the traces that have this attribute.", valueName: "key=value"))
    var attribute: String?
    @Option(help: ArgumentHelp("Hold the traces with a span from this time on …", valueName: "time"))
    var from: String?
    @Option(help: ArgumentHelp("… to this time.", valueName: "time"))
    var to: String?
    @Option(help: ArgumentHelp("Why: a case number, an order.", valueName: "text"))
    var reason: String?
    @Option(help: ArgumentHelp("Who says so (default: the user).", valueName: "name"))
    var by: String?
    @Flag(help: "List the holds.")
    var list = false
    @OptionGroup var options: StoreOptions

    func validate() throws {
        let named = [transaction != nil, attribute != nil, from != nil || to != nil].count { $0 }
        if list {
            guard named == 0, reason == nil else { throw ValidationError("--list goes with no other option.") }
            return
        }
        guard named == 1 else {
            throw ValidationError("Hold what? Name one of --transaction, --attribute, and --from with --to.")
        }
        guard kind == nil || transaction != nil else { throw ValidationError("--kind goes with --transaction.") }
        guard reason?.isEmpty == false else { throw ValidationError("Why? Give a --reason.") }
        _ = try subject()
    }

    private func subject() throws -> Hold.Subject {
        if let transaction { return .transaction(value: transaction, kind: kind) }
        if let attribute {
            let sides = attribute.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false).map(String.init)
            guard sides.count == 2, !sides[0].isEmpty else {
                throw ValidationError("--attribute \(attribute): expected KEY=VALUE.")
            }
            return .attribute(key: sides[0], value: sides[1])
        }
        guard let from, let to else { throw ValidationError("A time needs both --from and --to.") }
        let start = try HoldTime.parse(from, isEnd: false, option: "--from")
        let end = try HoldTime.parse(to, isEnd: true, option: "--to")
        guard start <= end else { throw ValidationError("--to \(to) is before --from \(from).") }
        return .time(from: start, to: end)
    }

    func answer() throws(StoreError) -> StoreAnswer {
        let holds = HoldDirectory(path: options.directory, files: RealFileSystem())
        if list {
            let all = try holds.all()
            return StoreAnswer(options, json: all.map(StoreJSON.Hold.init)) { width in
                all.isEmpty
                    ? [StyledLine("No hold was ever placed.")] : all.flatMap { HoldLines.lines($0, width: width) }
            }
        }
        let subject: Hold.Subject
        do { subject = try self.subject() } catch { throw StoreError(.limit, "\(error)") }
        let hold = try holds.place(subject, reason: reason ?? "", by: by ?? StoreEnvironment.userName)
        return StoreAnswer(options, json: StoreJSON.Hold(hold)) { width in
            [StyledLine("Placed.", .good)] + HoldLines.lines(hold, width: width)
        }
    }
}
