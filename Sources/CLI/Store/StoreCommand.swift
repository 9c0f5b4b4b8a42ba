import ArgumentParser

/// `waybill store`: what operators do with a data directory.
package struct StoreCommand: ParsableCommand {
    package static let configuration = CommandConfiguration(
        commandName: "store",
        abstract: "Look after a data directory: sizes, checks, backups, legal holds.",
        discussion: """
            All but compact and restore also work while a collector runs on the directory. Exit status: 0 success, \
            1 something is damaged or not found, 2 usage, 3 could not run.
            """,
        subcommands: [
            StoreStatsCommand.self, StoreCheckCommand.self, StoreCompactCommand.self, StoreBackupCommand.self,
            StoreRestoreCommand.self, StoreHoldCommand.self, StoreReleaseCommand.self,
        ])

    package init() {}

    /// Runs the subcommand that `arguments` name, and returns what it would print.
    package static func answer(_ arguments: [String]) throws -> StoreAnswer {
        guard let command = try parseAsRoot(arguments) as? any StoreSubcommand else {
            throw ValidationError("Name a subcommand: stats, check, compact, backup, restore, hold or release.")
        }
        return try command.answer()
    }
}
