#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#endif

/// The three pipes between this process and one that it starts.
final class Pipes {
    /// Read end and write end of standard input, output and error.
    private var ends: [(read: Int32, write: Int32)] = []

    init() throws(InterceptionError) {
        for _ in 0..<3 {
            var pair: [Int32] = [-1, -1]
            guard pipe(&pair) == 0 else {
                let reason = Subprocess.reason(errno)
                close()
                throw InterceptionError("cannot make a pipe: \(reason)")
            }
            // The child gets copies of its own ends, and neither of the others.
            for file in pair { _ = fcntl(file, F_SETFD, FD_CLOEXEC) }
            ends.append((pair[0], pair[1]))
        }
    }

    /// What the child has as its descriptors 0, 1 and 2.
    var childEnds: [Int32] { [ends[0].read, ends[1].write, ends[2].write] }

    func closeChildEnds() {
        Self.close(&ends[0].read)
        Self.close(&ends[1].write)
        Self.close(&ends[2].write)
    }

    func close() {
        for index in ends.indices {
            Self.close(&ends[index].read)
            Self.close(&ends[index].write)
        }
    }

    private static func close(_ file: inout Int32) {
        if file >= 0 { Glibc.close(file) }
        file = -1
    }

    /// Writes `input` and reads both outputs, all at once so that no side waits for the other, until the child has
    /// closed its ends. A child may end before it has read everything: the process must ignore SIGPIPE.
    func exchange(_ input: [UInt8], maximumBytes: Int) -> (output: [UInt8], errors: [UInt8]) {
        var rest = input[...]
        var outputs: [[UInt8]] = [[], []]
        _ = fcntl(ends[0].write, F_SETFL, O_NONBLOCK)
        if rest.isEmpty { Self.close(&ends[0].write) }
        while ends[0].write >= 0 || ends[1].read >= 0 || ends[2].read >= 0 {
            // poll(2) passes over negative descriptors.
            var files = [
                pollfd(fd: ends[0].write, events: Int16(POLLOUT), revents: 0),
                pollfd(fd: ends[1].read, events: Int16(POLLIN), revents: 0),
                pollfd(fd: ends[2].read, events: Int16(POLLIN), revents: 0),
            ]
            if poll(&files, nfds_t(files.count), -1) < 0 {
                if errno == EINTR { continue }
                preconditionFailure("poll(2) takes three descriptors")
            }
            if files[0].revents != 0 {
                let count = rest.withUnsafeBytes { write(ends[0].write, $0.baseAddress, $0.count) }
                if count > 0 { rest = rest.dropFirst(count) }
                // A child that takes no more has decided; its outputs and status tell.
                if rest.isEmpty || count < 0 && errno != EAGAIN && errno != EINTR { Self.close(&ends[0].write) }
            }
            for index in 1...2 where files[index].revents != 0 {
                read(index, &outputs[index - 1], maximumBytes)
            }
        }
        return (outputs[0], outputs[1])
    }

    private func read(_ index: Int, _ output: inout [UInt8], _ maximumBytes: Int) {
        var piece = [UInt8](repeating: 0, count: 65_536)
        let count = Glibc.read(ends[index].read, &piece, piece.count)
        if count > 0 {
            output += piece[0..<min(count, maximumBytes - output.count)]
        } else if count == 0 || errno != EINTR {
            Self.close(&ends[index].read)
        }
    }
}
