import Foundation
import Synchronization

/// Ports that nobody listens on, for those who must know their port before they take it.
///
/// They lie below the range that the system gives to sockets that ask for none: nobody takes one meanwhile, and nobody
/// who connects to one that is closed gets it for its own end, and thereby itself for a peer.
public enum FreePort {
    public struct NoneFound: Error {}

    private static let given = Mutex<Set<Int>>([])

    private static let range: Range<Int> = {
        let path = "/proc/sys/net/ipv4/ip_local_port_range"
        let text = (try? String(contentsOfFile: path, encoding: .utf8)) ?? ""
        let first = text.split(whereSeparator: \.isWhitespace).first.flatMap { Int($0) } ?? 32_768
        // A system that leaves fewer than this below has them given away at any time: any will do.
        return first >= 20_000 ? 16_384..<first : 16_384..<32_768
    }()

    /// Never the same one twice in a process.
    public static func next() throws -> Int {
        try given.withLock { given in
            for _ in 0..<1_000 {
                let port = Int.random(in: range)
                if !given.contains(port), isFree(port) {
                    given.insert(port)
                    return port
                }
            }
            throw NoneFound()
        }
    }

    /// Whether a socket could have it, on all addresses.
    private static func isFree(_ port: Int) -> Bool {
        let file = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        guard file >= 0 else { return false }
        defer { close(file) }
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_port = in_port_t(port).bigEndian
        return withUnsafePointer(to: &address) {
            $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                bind(file, $0, socklen_t(MemoryLayout<sockaddr_in>.size)) == 0
            }
        }
    }
}
