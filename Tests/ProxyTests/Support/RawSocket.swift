import Glibc
import Synchronization

/// A blocking socket that speaks bytes, so that tests can say exactly what is sent and see exactly what comes.
final class RawSocket: @unchecked Sendable {
    struct Closed: Error {}
    struct TimedOut: Error {}

    private let file: Int32
    /// Whether `file` is still the socket's: another may have the number once it is closed.
    private let isOpen = Mutex(true)
    private var buffer: [UInt8] = []

    init(file: Int32, timeoutSeconds: Int = 20) {
        self.file = file
        var limit = timeval(tv_sec: timeoutSeconds, tv_usec: 0)
        setsockopt(file, SOL_SOCKET, SO_RCVTIMEO, &limit, socklen_t(MemoryLayout<timeval>.size))
        setsockopt(file, SOL_SOCKET, SO_SNDTIMEO, &limit, socklen_t(MemoryLayout<timeval>.size))
        var on: Int32 = 1
        setsockopt(file, Int32(IPPROTO_TCP), TCP_NODELAY, &on, socklen_t(MemoryLayout<Int32>.size))
    }

    deinit { close() }

    /// - Parameter source: The last byte of the loopback address that it comes from.
    static func connect(_ port: Int, from source: UInt32 = 1) throws -> RawSocket {
        let file = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        guard file >= 0 else { throw Closed() }
        if source != 1 {
            var own = loopback(0)
            own.sin_addr.s_addr = (UInt32(0x7F00_0000) | source).bigEndian
            let bound = withUnsafePointer(to: &own) {
                $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                    bind(file, $0, socklen_t(MemoryLayout<sockaddr_in>.size))
                }
            }
            guard bound == 0 else { throw Closed() }
        }
        var address = loopback(port)
        let result = withUnsafePointer(to: &address) {
            $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                Glibc.connect(file, $0, socklen_t(MemoryLayout<sockaddr_in>.size))
            }
        }
        guard result == 0 else {
            Glibc.close(file)
            throw Closed()
        }
        return RawSocket(file: file)
    }

    static func loopback(_ port: Int) -> sockaddr_in {
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_port = UInt16(port).bigEndian
        address.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
        return address
    }

    func close() {
        isOpen.withLock {
            if $0 { Glibc.close(file) }
            $0 = false
        }
    }

    /// Closes with a reset: everything unsent is thrown away.
    func reset() {
        var linger = Glibc.linger(l_onoff: 1, l_linger: 0)
        setsockopt(file, SOL_SOCKET, SO_LINGER, &linger, socklen_t(MemoryLayout<Glibc.linger>.size))
        close()
    }

    func finishSending() { isOpen.withLock { if $0 { shutdown(file, Int32(SHUT_WR)) } } }

    func write(_ text: String) throws { try write(Array(text.utf8)) }

    func write(_ bytes: [UInt8]) throws {
        var rest = bytes[...]
        while !rest.isEmpty {
            let count = rest.withUnsafeBytes { send(file, $0.baseAddress, $0.count, Int32(MSG_NOSIGNAL)) }
            guard count > 0 else { throw Closed() }
            rest = rest.dropFirst(count)
        }
    }

    private func fill() throws {
        var piece = [UInt8](repeating: 0, count: 65_536)
        let count = recv(file, &piece, piece.count, 0)
        if count < 0, errno == EAGAIN { throw TimedOut() }
        guard count > 0 else { throw Closed() }
        buffer.append(contentsOf: piece[0..<count])
    }

    /// Everything until the other end closes.
    func readToEnd() throws -> [UInt8] {
        while true {
            do { try fill() } catch is Closed {
                defer { buffer = [] }
                return buffer
            }
        }
    }

    func read(_ count: Int) throws -> [UInt8] {
        while buffer.count < count { try fill() }
        let bytes = Array(buffer[0..<count])
        buffer.removeFirst(count)
        return bytes
    }

    func readLine() throws -> String { String(decoding: try readLineBytes(), as: UTF8.self) }

    /// Without its line end.
    func readLineBytes() throws -> [UInt8] {
        while true {
            if let index = buffer.firstIndex(of: 0x0A) {
                var line = Array(buffer[0..<index])
                buffer.removeFirst(index + 1)
                if line.last == 0x0D { line.removeLast() }
                return line
            }
            try fill()
        }
    }

    /// Whether the other end ends with a reset; everything before it is thrown away.
    func endsWithReset() throws -> Bool {
        var piece = [UInt8](repeating: 0, count: 65_536)
        while true {
            let count = recv(file, &piece, piece.count, 0)
            if count > 0 { continue }
            if count < 0, errno == EAGAIN { throw TimedOut() }
            return count < 0 && errno == ECONNRESET
        }
    }

    /// Whether the other end closes before it sends anything more.
    func isClosedByPeer() throws -> Bool {
        if !buffer.isEmpty { return false }
        do { try fill() } catch is Closed { return true }
        return false
    }
}
