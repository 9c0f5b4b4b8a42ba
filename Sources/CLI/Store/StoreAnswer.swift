import ArgumentParser
import Foundation
import Storage

/// What a command says, and whether the answer is yes.
package struct StoreAnswer: Sendable {
    package var text: String
    package var isYes: Bool

    init(_ text: String, isYes: Bool = true) {
        self.text = text
        self.isYes = isYes
    }

    /// `json` where that is asked for, else the page.
    init(_ options: StoreOptions, isYes: Bool = true, json: some Encodable, page: (Int) -> [StyledLine]) {
        let text =
            options.json
            ? StoreJSON.text(json) : page(options.page.columns).text(colored: options.page.color.isColoredHere)
        self.init(text, isYes: isYes)
    }
}

/// A command on a data directory: it answers, and the answer is printed in one place.
protocol StoreSubcommand: ParsableCommand {
    func answer() throws(StoreError) -> StoreAnswer
}

extension StoreSubcommand {
    func run() throws {
        do throws(StoreError) {
            let answer = try answer()
            StandardOutput.write(answer.text)
            if !answer.isYes { Foundation.exit(Failure.Status.negative.rawValue) }
        } catch { Failure.exit(error.status, error.sentence) }
    }
}

extension StoreError {
    /// The command line's mistake, a no, or something that could not run.
    var status: Failure.Status {
        switch code {
        case .corrupt: .negative
        case .limit, .notThisStore: .usage
        default: .unreachable
        }
    }

    /// What is wrong, with the file's name in front.
    var sentence: String {
        let text = path.map { "\($0): \(message)" } ?? message.prefix(1).uppercased() + message.dropFirst()
        return text.hasSuffix(".") ? text : text + "."
    }
}
