import ArgumentParser
import Foundation
import Storage

/// Which data directory, and how the answer is shown.
struct StoreOptions: ParsableArguments {
    @Option(help: ArgumentHelp("The data directory (or WAYBILL_DATA).", valueName: "dir"))
    var data: String?
    @Flag(help: "Print JSON.")
    var json = false
    @OptionGroup var page: PageOptions

    func validate() throws {
        guard known != nil else {
            throw ValidationError("Which data directory? Name it with --data DIR.")
        }
    }

    private var known: String? {
        guard var path = data ?? ProcessInfo.processInfo.environment["WAYBILL_DATA"], !path.isEmpty else { return nil }
        while path.count > 1, path.hasSuffix("/") { path.removeLast() }
        return path
    }

    /// Without a slash at the end. Only after `validate`.
    var directory: String { known ?? "" }

    /// A bar on a terminal, unless JSON is asked for.
    func progress() -> StoreProgressBar { StoreProgressBar(isShown: !json) }
}
