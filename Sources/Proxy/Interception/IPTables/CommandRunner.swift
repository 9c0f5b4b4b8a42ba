/// What a program that has ended left behind.
package struct CommandOutcome: Sendable {
    package var status: Int32
    package var output: String
    package var errors: String

    package init(status: Int32, output: String = "", errors: String = "") {
        self.status = status
        self.output = output
        self.errors = errors
    }
}

/// Finds programs and runs them to their end.
package protocol CommandRunner {
    func find(_ program: String) -> String?
    func run(_ path: String, _ arguments: [String], input: String) throws(InterceptionError) -> CommandOutcome
}

/// Why interception cannot be set up, removed or shown: one sentence.
package struct InterceptionError: Error, CustomStringConvertible {
    package var description: String

    package init(_ description: String) { self.description = description }
}
