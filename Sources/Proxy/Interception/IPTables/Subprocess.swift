#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#endif

/// Runs programs with `posix_spawn`: Foundation's `Process` would double the proxy's memory.
package struct Subprocess: CommandRunner {
    static let standardPath = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"
    /// Of each of the two outputs; what follows is thrown away.
    static let maximumOutputBytes = 16 << 20

    private let directories: [Substring]

    /// - Parameter path: Where programs are looked for first; those where system tools lie follow.
    package init(path: String? = getenv("PATH").map { String(cString: $0) }) {
        var seen: Set<Substring> = []
        directories = "\(path ?? ""):\(Self.standardPath)".split(separator: ":").filter { seen.insert($0).inserted }
    }

    package func find(_ program: String) -> String? {
        directories.map { "\($0)/\(program)" }.first { access($0, X_OK) == 0 }
    }

    package func run(
        _ path: String, _ arguments: [String], input: String
    ) throws(InterceptionError) -> CommandOutcome {
        let pipes = try Pipes()
        defer { pipes.close() }
        let child = try spawn(path, arguments, pipes)
        pipes.closeChildEnds()
        let (output, errors) = pipes.exchange(Array(input.utf8), maximumBytes: Self.maximumOutputBytes)
        var status: Int32 = 0
        while waitpid(child, &status, 0) < 0 {
            guard errno == EINTR else { throw InterceptionError("cannot wait for \(path): \(Self.reason(errno))") }
        }
        // wait(2): the low seven bits are the signal that ended it, else the next byte is its exit status.
        let signal = status & 0x7F
        return CommandOutcome(
            status: signal == 0 ? status >> 8 & 0xFF : -signal, output: String(decoding: output, as: UTF8.self),
            errors: String(decoding: errors, as: UTF8.self))
    }

    private func spawn(_ path: String, _ arguments: [String], _ pipes: Pipes) throws(InterceptionError) -> pid_t {
        var actions = posix_spawn_file_actions_t()
        var attributes = posix_spawnattr_t()
        posix_spawn_file_actions_init(&actions)
        posix_spawnattr_init(&attributes)
        defer {
            posix_spawn_file_actions_destroy(&actions)
            posix_spawnattr_destroy(&attributes)
        }
        for (file, end) in pipes.childEnds.enumerated() { posix_spawn_file_actions_adddup2(&actions, end, Int32(file)) }
        // The signals that the proxy ignores are the child's own business.
        var signals = sigset_t()
        sigemptyset(&signals)
        posix_spawnattr_setsigmask(&attributes, &signals)
        sigaddset(&signals, SIGPIPE)
        posix_spawnattr_setsigdefault(&attributes, &signals)
        posix_spawnattr_setflags(&attributes, Int16(POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF))
        let searchPath = directories.joined(separator: ":")
        let result = Self.withCStrings([path] + arguments) { argv in
            Self.withCStrings(["PATH=\(searchPath)", "LC_ALL=C"]) { environment in
                var child: pid_t = 0
                let error = posix_spawn(&child, path, &actions, &attributes, argv, environment)
                return (child, error)
            }
        }
        guard result.1 == 0 else { throw InterceptionError("cannot run \(path): \(Self.reason(result.1))") }
        return result.0
    }

    private static func withCStrings<R>(
        _ texts: [String], _ body: (UnsafeMutablePointer<UnsafeMutablePointer<CChar>?>) -> R
    ) -> R {
        var pointers: [UnsafeMutablePointer<CChar>?] = texts.map { strdup($0) } + [nil]
        defer { for pointer in pointers { free(pointer) } }
        return pointers.withUnsafeMutableBufferPointer { buffer in
            guard let base = buffer.baseAddress else { preconditionFailure("the list ends with a null pointer") }
            return body(base)
        }
    }

    static func reason(_ code: Int32) -> String { String(cString: strerror(code)) }
}
