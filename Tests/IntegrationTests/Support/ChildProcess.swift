import Foundation
import Synchronization
import Testing

/// A program that a test started: its output so far, and its end. It does not outlive the value.
final class ChildProcess: Sendable {
    private struct State {
        var output = ""
        var errors = ""
        /// Pipes that may still bring something.
        var openPipes = 2
    }

    private let process: Process
    private let state = Mutex(State())

    init(_ program: String, _ arguments: [String], environment: [String: String] = [:]) throws {
        process = Process()
        process.executableURL = URL(fileURLWithPath: program)
        process.arguments = arguments
        var variables = ProcessInfo.processInfo.environment.filter { !$0.key.hasPrefix("WAYBILL_") }
        variables.merge(environment) { $1 }
        process.environment = variables
        process.standardInput = FileHandle.nullDevice
        let output = Pipe()
        let errors = Pipe()
        process.standardOutput = output
        process.standardError = errors
        try Self.withoutBlockedSignals { try process.run() }
        collect(output.fileHandleForReading) { $0.output += $1 }
        collect(errors.fileHandleForReading) { $0.errors += $1 }
    }

    deinit { if process.isRunning { kill(process.processIdentifier, SIGKILL) } }

    /// The threads of Swift's concurrency block signals, and a child inherits the mask of the thread that starts it.
    private static func withoutBlockedSignals(_ body: () throws -> Void) rethrows {
        var none = sigset_t()
        var before = sigset_t()
        sigemptyset(&none)
        pthread_sigmask(SIG_SETMASK, &none, &before)
        defer { pthread_sigmask(SIG_SETMASK, &before, nil) }
        try body()
    }

    private func collect(_ handle: FileHandle, _ add: @escaping @Sendable (inout State, String) -> Void) {
        let descriptor = handle.fileDescriptor
        Thread.detachNewThread { [weak self] in
            var buffer = [UInt8](repeating: 0, count: 65_536)
            while true {
                let count = read(descriptor, &buffer, buffer.count)
                if count <= 0 { break }
                let text = String(decoding: buffer[..<count], as: UTF8.self)
                self?.state.withLock { add(&$0, text) }
            }
            try? handle.close()
            self?.state.withLock { $0.openPipes -= 1 }
        }
    }

    var output: String { state.withLock { $0.output } }
    var errors: String { state.withLock { $0.errors } }
    var isRunning: Bool { process.isRunning }
    var identifier: Int32 { process.processIdentifier }

    func send(_ signal: Int32) { kill(process.processIdentifier, signal) }

    /// Waits for the end.
    ///
    /// - Returns: the exit status, or the signal's number negated.
    @discardableResult
    func end(within seconds: Double = 60) async throws -> Int32 {
        try await Patience.until("\(process.executableURL?.lastPathComponent ?? "") ends", within: seconds) {
            !self.process.isRunning
        }
        // The pipes may hold the last lines a moment longer, and a child of its own may keep them open.
        for _ in 0..<500 where state.withLock({ $0.openPipes > 0 }) {
            try await Task.sleep(for: .milliseconds(10))
        }
        return process.terminationReason == .exit ? process.terminationStatus : -process.terminationStatus
    }

    func kill9() async throws {
        send(SIGKILL)
        try await end()
    }

    /// Runs a program to its end.
    static func run(
        _ program: String, _ arguments: [String], environment: [String: String] = [:], within seconds: Double = 60
    ) async throws -> (status: Int32, output: String, errors: String) {
        let child = try ChildProcess(program, arguments, environment: environment)
        let status = try await child.end(within: seconds)
        return (status, child.output, child.errors)
    }
}

/// Waiting for what another process does.
enum Patience {
    struct Exhausted: Error, CustomStringConvertible {
        var description: String
    }

    static func until(
        _ what: String, within seconds: Double = 30, _ isSo: () async throws -> Bool
    ) async throws {
        let clock = ContinuousClock()
        let deadline = clock.now + .milliseconds(Int64(seconds * 1000))
        while try await !isSo() {
            guard clock.now < deadline else {
                throw Exhausted(description: "waited \(seconds) s in vain until \(what)")
            }
            try await Task.sleep(for: .milliseconds(20))
        }
    }
}
