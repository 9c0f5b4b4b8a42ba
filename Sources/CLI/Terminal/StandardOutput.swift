import Foundation

/// Writes whole answers; a reader that goes away early (`| head`) is no error.
enum StandardOutput {
    static func write(_ text: String) { write(Array(text.utf8)) }

    static func write(_ bytes: [UInt8]) {
        signal(SIGPIPE, SIG_IGN)
        bytes.withUnsafeBytes { buffer in
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
                    return
                }
            }
        }
    }
}
