import Foundation
import Synchronization

/// A program that the demonstration started: its output goes to a file, and it ends with the demonstration.
final class ChildProcess: Sendable {
    let name: String
    let logPath: String
    private let identifier: pid_t
    /// The wait status, once there is one.
    private let ended = Mutex<Int32?>(nil)

    /// Starts `program`. It gets a process group of its own, so that Ctrl-C reaches only the demonstration, which then
    /// ends its children in order.
    init(_ name: String, program: String, arguments: [String], logPath: String) throws(DemoError) {
        self.name = name
        self.logPath = logPath
        identifier = try Self.spawn(name, program, arguments, output: logPath)
    }

    /// Runs `program` to its end with this process's own output; its exit status.
    static func run(_ name: String, program: String, arguments: [String]) async throws -> Int32 {
        let identifier = try spawn(name, program, arguments, output: nil)
        var status: Int32 = 0
        while waitpid(identifier, &status, WNOHANG) == 0 {
            do {
                try await Task.sleep(for: .milliseconds(5))
            } catch {
                kill(identifier, SIGTERM)
                waitpid(identifier, &status, 0)
                throw error
            }
        }
        return exitCode(status)
    }

    var isRunning: Bool {
        ended.withLock { ended in
            if ended != nil { return false }
            var status: Int32 = 0
            guard waitpid(identifier, &status, WNOHANG) == identifier else { return true }
            ended = status
            return false
        }
    }

    func terminate() { if isRunning { kill(identifier, SIGTERM) } }

    /// Waits for the end; after `seconds` it is forced.
    func waitForEnd(seconds: Double) async {
        let deadline = ContinuousClock.now + .seconds(seconds)
        while isRunning {
            if ContinuousClock.now > deadline { kill(identifier, SIGKILL) }
            // Not `Task.sleep`: ending goes on after the demonstration has been cancelled.
            await withCheckedContinuation { continuation in
                DispatchQueue.global().asyncAfter(deadline: .now() + .milliseconds(10)) { continuation.resume() }
            }
        }
    }

    /// The addresses that the program prints as `listening NAME HOST:PORT`, once it has printed `ready`.
    func waitUntilReady(seconds: Double = 30) async throws -> [String: String] {
        let deadline = ContinuousClock.now + .seconds(seconds)
        while true {
            let running = isRunning
            let lines = logLines()
            if lines.contains("ready") {
                var addresses: [String: String] = [:]
                for line in lines {
                    let words = line.split(separator: " ")
                    if words.count == 3, words[0] == "listening" { addresses[String(words[1])] = String(words[2]) }
                }
                return addresses
            }
            guard running else { throw failure("did not start") }
            guard ContinuousClock.now < deadline else { throw failure("was not ready within \(Int(seconds)) s") }
            try await Task.sleep(for: .milliseconds(20))
        }
    }

    func failure(_ what: String) -> DemoError {
        let last = logLines().last { !$0.isEmpty } ?? "nothing was written"
        return DemoError("\(name) \(what): \(last) (\(logPath))")
    }

    private func logLines() -> [String] {
        guard let text = try? String(contentsOfFile: logPath, encoding: .utf8) else { return [] }
        // A line still being written is not taken for a whole one.
        return text.split(separator: "\n", omittingEmptySubsequences: false).dropLast().map(String.init)
    }

    private static func exitCode(_ status: Int32) -> Int32 {
        status & 0x7F == 0 ? status >> 8 & 0xFF : 128 + status & 0x7F
    }

    private static func spawn(
        _ name: String, _ program: String, _ arguments: [String], output: String?
    ) throws(DemoError) -> pid_t {
        var actions = posix_spawn_file_actions_t()
        posix_spawn_file_actions_init(&actions)
        defer { posix_spawn_file_actions_destroy(&actions) }
        posix_spawn_file_actions_addopen(&actions, STDIN_FILENO, "/dev/null", O_RDONLY, 0)
        if let output {
            posix_spawn_file_actions_addopen(&actions, STDOUT_FILENO, output, O_WRONLY | O_CREAT | O_TRUNC, 0o644)
            posix_spawn_file_actions_adddup2(&actions, STDOUT_FILENO, STDERR_FILENO)
        }
        var attributes = posix_spawnattr_t()
        posix_spawnattr_init(&attributes)
        defer { posix_spawnattr_destroy(&attributes) }
        // Signals that this process ignores or blocks must reach the children.
        var all = sigset_t()
        sigfillset(&all)
        var none = sigset_t()
        sigemptyset(&none)
        posix_spawnattr_setsigdefault(&attributes, &all)
        posix_spawnattr_setsigmask(&attributes, &none)
        posix_spawnattr_setpgroup(&attributes, 0)
        let flags = POSIX_SPAWN_SETSIGDEF | POSIX_SPAWN_SETSIGMASK | (output == nil ? 0 : POSIX_SPAWN_SETPGROUP)
        posix_spawnattr_setflags(&attributes, Int16(flags))

        var words: [UnsafeMutablePointer<CChar>?] = ([program] + arguments).map { strdup($0) }
        words.append(nil)
        defer { for word in words { free(word) } }
        var identifier: pid_t = 0
        let code = posix_spawn(&identifier, program, &actions, &attributes, words, environ)
        guard code == 0 else {
            throw DemoError("\(name) cannot be started from \(program): \(String(cString: strerror(code)))")
        }
        return identifier
    }
}
