import ArgumentParser
import CMalloc

/// The command for operators and auditors: a subcommand per role.
@main
struct Waybill: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "waybill",
        abstract: "The flight recorder of a service mesh: what happened to this payment?",
        version: "0.1.0",
        subcommands: [
            CollectorCommand.self, JourneyCommand.self, TraceCommand.self, SearchCommand.self, StoreCommand.self,
            LoadCommand.self,
            DemoCommand.self, BankServiceCommand.self,
        ])

    /// Usage errors end with status 2, as everywhere in this command; help and version with 0.
    static func main() async {
        // Threads that each keep what they freed for themselves made a collector half as large again.
        mallopt(M_ARENA_MAX, 1)
        do {
            var command = try parseAsRoot()
            if var command = command as? any AsyncParsableCommand {
                try await command.run()
            } else {
                try command.run()
            }
        } catch {
            if exitCode(for: error).isSuccess { exit(withError: error) }
            Failure.exit(.usage, sentence(fullMessage(for: error)))
        }
    }

    /// What is wrong, and where to read on: the first and the last line of the parser's page.
    private static func sentence(_ page: String) -> String {
        let lines = page.split(separator: "\n").map { $0.drop { $0 == " " } }
        guard let first = lines.first else { return page }
        let problem = first.hasPrefix("Error: ") ? first.dropFirst("Error: ".count) : first
        let end = problem.hasSuffix(".") ? "" : "."
        guard let last = lines.last, last.hasPrefix("See ") else { return problem + end }
        return "\(problem)\(end) \(last)"
    }
}
