import Foundation
import NIOCore
import Synchronization

/// Prints a stream's lines as they come.
final class SearchPrinter: Sendable {
    private struct State {
        var output: SearchOutput
        var unfinished: [UInt8] = []
        var end: SearchLine.End?
    }

    /// Of one line.
    private static let maximumLineBytes = 64 << 20

    private let isJSON: Bool
    private let collector: String
    private let state: Mutex<State>

    init(_ output: SearchOutput, isJSON: Bool, collector: String) {
        self.isJSON = isJSON
        self.collector = collector
        state = Mutex(State(output: output))
    }

    /// Blocks while what reads standard output does not.
    func take(_ bytes: ByteBuffer) {
        let text = state.withLock { state in
            var text: [UInt8] = []
            for byte in bytes.readableBytesView {
                state.unfinished.append(byte)
                guard byte == UInt8(ascii: "\n") else { continue }
                let line = state.unfinished
                state.unfinished.removeAll(keepingCapacity: true)
                if isJSON { text += line }
                let shown = show(line, &state)
                if !isJSON { text += Array(shown.utf8) }
            }
            guard state.unfinished.count <= Self.maximumLineBytes else { notASearch("a line without an end") }
            return text
        }
        // Nobody reads on: what is left is not searched.
        if !StandardOutput.write(text) { Foundation.exit(0) }
    }

    private func show(_ line: [UInt8], _ state: inout State) -> String {
        do {
            switch try SearchLine(line) {
            case .trace(let trace): return state.output.trace(trace)
            case .end(let end):
                state.end = end
                state.output.include(end)
                return ""
            }
        } catch { notASearch("\(error)") }
    }

    private func notASearch(_ reason: String) -> Never {
        Failure.exit(.unreachable, "The collector at \(collector) answered something that is no search: \(reason).")
    }

    /// How the stream ended; `nil` when it just stopped. The next one begins anew.
    func takeEnd() -> SearchLine.End? {
        state.withLock { state in
            defer { state.end = nil }
            return state.unfinished.isEmpty ? state.end : nil
        }
    }

    var output: SearchOutput { state.withLock { $0.output } }
}
