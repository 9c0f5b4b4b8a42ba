import Exposition
import Logging
import Mesh
import NIOCore
import NIOPosix
import Synchronization
import Telemetry

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#endif

/// Writes lines to a file or to standard output on a thread of its own. Never waits: what finds no room is dropped and
/// counted.
final class AccessLogWriter: Sendable {
    private struct State {
        var queued: [UInt8] = []
        var isWriting = false
        var hasFailed = false
    }

    private let destination: AccessLogDestination
    private let thread = NIOThreadPool(numberOfThreads: 1)
    private let file: Mutex<Int32>
    private let state = Mutex(State())
    private let lines: Counter
    private let dropped: Counter
    private let log: Logger

    init(_ destination: AccessLogDestination, registry: MetricRegistry, log: Logger) throws {
        self.destination = destination
        self.log = log
        file = Mutex(try Self.open(destination))
        lines = registry.counter("waybill_proxy_access_log_lines_total", help: "Lines taken for the access log.")
        dropped = registry.counter(
            "waybill_proxy_access_log_lines_dropped_total",
            help: "Lines of the access log that found no room in its queue, or could not be written.")
    }

    func start() { thread.start() }

    private static func open(_ destination: AccessLogDestination) throws -> Int32 {
        if destination.path == AccessLogDestination.standardOutput { return STDOUT_FILENO }
        #if canImport(Glibc)
            let file = Glibc.open(destination.path, O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC, 0o640)
        #else
            let file = Musl.open(destination.path, O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC, 0o640)
        #endif
        guard file >= 0 else {
            throw ConfigurationError(
                path: "accessLog.path", message: "cannot open \(destination.path): \(String(cString: strerror(errno)))")
        }
        return file
    }

    /// Takes whole lines.
    func append(_ bytes: [UInt8], lines count: Int) {
        let (taken, starts) = state.withLock { state in
            guard state.queued.count + bytes.count <= destination.queueLimitBytes else { return (false, false) }
            state.queued += bytes
            defer { state.isWriting = true }
            return (true, !state.isWriting)
        }
        if taken { lines.increment(by: count) } else { dropped.increment(by: count) }
        if starts { thread.submit { _ in self.write() } }
    }

    /// On the thread: everything that is queued.
    private func write() {
        while true {
            let bytes = state.withLock { state in
                let bytes = state.queued
                state.queued = []
                if bytes.isEmpty { state.isWriting = false }
                return bytes
            }
            if bytes.isEmpty { return }
            let written = file.withLock { Self.write(bytes, to: $0) }
            if written < bytes.count { failed(bytes[written...]) } else { state.withLock { $0.hasFailed = false } }
        }
    }

    /// How many bytes were written.
    private static func write(_ bytes: [UInt8], to file: Int32) -> Int {
        var offset = 0
        while offset < bytes.count {
            let count = bytes[offset...].withUnsafeBytes { piece in
                #if canImport(Glibc)
                    Glibc.write(file, piece.baseAddress, piece.count)
                #else
                    Musl.write(file, piece.baseAddress, piece.count)
                #endif
            }
            if count < 0 {
                if errno == EINTR { continue }
                return offset
            }
            offset += count
        }
        return offset
    }

    private func failed(_ lost: ArraySlice<UInt8>) {
        let reason = String(cString: strerror(errno))
        dropped.increment(by: lost.reduce(0) { $1 == 0x0A ? $0 + 1 : $0 })
        let isNew = state.withLock { state in
            defer { state.hasFailed = true }
            return !state.hasFailed
        }
        if isNew { log.error("the access log cannot be written to \(destination.path): \(reason)") }
    }

    /// Opens the file anew, after it was moved away.
    func reopen() throws {
        guard destination.path != AccessLogDestination.standardOutput else { return }
        let next = try Self.open(destination)
        file.withLock { file in
            close(file)
            file = next
        }
    }

    /// Writes what is left.
    func shutdown() async throws {
        try await thread.shutdownGracefully()
        write()
        // Lines that come later must not find their way into a file that has got the same number.
        file.withLock { file in
            if file != STDOUT_FILENO { close(file) }
            file = -1
        }
    }
}
