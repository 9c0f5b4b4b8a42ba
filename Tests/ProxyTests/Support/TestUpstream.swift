import Foundation
import Glibc
import Synchronization

/// A server whose connections are handled by a closure, each on a thread of its own.
final class TestUpstream: Sendable {
    let port: Int
    private let listener: Int32
    private let isListening = Mutex(true)
    private let accepted = Mutex<[RawSocket]>([])

    /// `handle` gets a connection and its number, from 1; it returns when it is done with it.
    ///
    /// - Parameter wanted: Its port; a free one where zero.
    init(port wanted: Int = 0, _ handle: @escaping @Sendable (RawSocket, Int) throws -> Void) throws {
        let file = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        var on: Int32 = 1
        setsockopt(file, SOL_SOCKET, SO_REUSEADDR, &on, socklen_t(MemoryLayout<Int32>.size))
        var address = RawSocket.loopback(wanted)
        var length = socklen_t(MemoryLayout<sockaddr_in>.size)
        let bound = withUnsafeMutablePointer(to: &address) {
            $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                bind(file, $0, length) == 0 && listen(file, 128) == 0 && getsockname(file, $0, &length) == 0
            }
        }
        guard bound else { throw RawSocket.Closed() }
        listener = file
        port = Int(UInt16(bigEndian: address.sin_port))
        Thread.detachNewThread { [self] in
            while true {
                let connection = accept(file, nil, nil)
                if connection < 0 { return close() }
                let socket = RawSocket(file: connection)
                let number = accepted.withLock { sockets in
                    sockets.append(socket)
                    return sockets.count
                }
                Thread.detachNewThread {
                    // A closed connection ends its handler: most tests break some on purpose.
                    try? handle(socket, number)
                    socket.close()
                }
            }
        }
    }

    /// Answers every request by `answer`, which also gets the connection's number, and keeps connections alive.
    static func answering(
        _ answer: @escaping @Sendable (RawMessage, Int) throws -> String
    ) throws -> TestUpstream {
        try TestUpstream { socket, number in
            while true { try socket.write(answer(try socket.readMessage(), number)) }
        }
    }

    var connections: Int { accepted.withLock { $0.count } }

    /// By the thread that accepts alone: else it could go on with the number that another socket has by then.
    private func close() {
        isListening.withLock { $0 = false }
        Glibc.close(listener)
    }

    func stop() {
        isListening.withLock { if $0 { shutdown(listener, Int32(SHUT_RDWR)) } }
        for socket in accepted.withLock({ $0 }) { socket.finishSending() }
    }

    /// A response with a length.
    static func response(_ status: String = "200 OK", _ body: String = "", _ fields: String = "") -> String {
        "HTTP/1.1 \(status)\r\ncontent-length: \(body.utf8.count)\r\n\(fields)\r\n\(body)"
    }
}
