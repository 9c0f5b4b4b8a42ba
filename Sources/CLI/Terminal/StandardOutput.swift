import Foundation

/// Writes whole answers; a reader that goes away early (`| head`) is no error.
enum StandardOutput {
    @discardableResult
    static func write(_ text: String) -> Bool { write(Array(text.utf8)) }

    /// Whether anybody still reads.
    @discardableResult
    static func write(_ bytes: [UInt8]) -> Bool {
        signal(SIGPIPE, SIG_IGN)
        return bytes.withUnsafeBytes { buffer in
            var offset = 0
            while offset < buffer.count {
                let written = Foundation.write(STDOUT_FILENO, buffer.baseAddress! + offset, buffer.count - offset)
                if written > 0 {
                    offset += written
                } else if errno != EINTR {
                    if errno != EPIPE {
                        Failure.exit(
                            .unreachable, "The output could not be written: \(String(cString: strerror(errno))).")
                    }
                    return false
                }
            }
            return true
        }
    }
}
