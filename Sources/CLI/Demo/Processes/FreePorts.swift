import Foundation

/// Ports on loopback that nobody listens on. Proxies need theirs before they start: each one's configuration names the
/// others'. They are taken below the range from which the system gives ports to outgoing connections.
struct FreePorts {
    private static let range = 20_000..<32_000
    private static let maximumTries = 2_000
    private var given: Set<Int> = []

    mutating func next() throws(DemoError) -> Int {
        for _ in 0..<Self.maximumTries {
            let port = Int.random(in: Self.range)
            if !given.contains(port), Self.isFree(port) {
                given.insert(port)
                return port
            }
        }
        throw DemoError(
            "no free port was found on 127.0.0.1 between \(Self.range.lowerBound) and \(Self.range.upperBound)")
    }

    private static func isFree(_ port: Int) -> Bool {
        let descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        guard descriptor >= 0 else { return false }
        defer { close(descriptor) }
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_port = in_port_t(port).bigEndian
        address.sin_addr.s_addr = in_addr_t(0x7F00_0001).bigEndian
        return withUnsafePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                bind(descriptor, $0, socklen_t(MemoryLayout<sockaddr_in>.size)) == 0
            }
        }
    }
}
