import Foundation

/// Ends the command with one clear sentence on standard error and the exit status that says what kind of no it is.
enum Failure {
    enum Status: Int32 {
        /// The answer is no: not found, does not verify.
        case negative = 1
        /// The command line or a configuration is wrong.
        case usage = 2
        /// Something could not be reached or could not run.
        case unreachable = 3
    }

    static func exit(_ status: Status, _ sentence: String) -> Never {
        FileHandle.standardError.write(Data((TerminalText.clean(sentence) + "\n").utf8))
        Foundation.exit(status.rawValue)
    }
}
