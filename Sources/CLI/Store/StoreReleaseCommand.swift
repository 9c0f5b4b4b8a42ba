import ArgumentParser
import Files
import Storage

/// `waybill store release ID`: ends a legal hold.
struct StoreReleaseCommand: StoreSubcommand {
    static let configuration = CommandConfiguration(
        commandName: "release",
        abstract: "Release a legal hold: what it kept goes when its retention is over.",
        discussion: "Exit status: 0 released, 1 there is no such hold in force.")

    @Argument(help: ArgumentHelp("The hold's id.", valueName: "id"))
    var id: String
    @Option(help: ArgumentHelp("Why.", valueName: "text"))
    var reason: String
    @Option(help: ArgumentHelp("Who says so (default: the user).", valueName: "name"))
    var by: String?
    @OptionGroup var options: StoreOptions

    func answer() throws(StoreError) -> StoreAnswer {
        let holds = HoldDirectory(path: options.directory, files: RealFileSystem())
        switch try holds.release(id, reason: reason, by: by ?? StoreEnvironment.userName) {
        case .released(let hold):
            return StoreAnswer(options, json: StoreJSON.Hold(hold)) { width in
                [StyledLine("Released.", .good)] + HoldLines.lines(hold, width: width)
            }
        case .wasReleased(let hold):
            return StoreAnswer(options, isYes: false, json: StoreJSON.Hold(hold)) { width in
                [StyledLine("It was released before.", .warning)] + HoldLines.lines(hold, width: width)
            }
        case .unknown:
            return StoreAnswer(options, isYes: false, json: ["id": id]) { _ in
                [StyledLine("There is no hold \(id).", .warning)]
            }
        }
    }
}
