import NIOCore
import NIOPosix
import Transport

/// Asks a proxy until it is ready: for the entry points of services that must not start before their proxy.
package enum ReadinessWait {
    package enum Outcome: Sendable, Hashable {
        case ready
        /// The proxy answered, last with this.
        case notReady(String)
        /// Nothing answered, last for this reason.
        case unreachable(String)
    }

    static let pause = TimeAmount.milliseconds(100)

    /// - Parameter admin: `host:port` of the proxy's admin listener.
    package static func wait(admin: String, timeoutSeconds: Int) async throws -> Outcome {
        let group = MultiThreadedEventLoopGroup(numberOfThreads: 1)
        var limits = HTTPClient.Limits()
        limits.connectTimeoutMilliseconds = 1_000
        limits.timeoutMilliseconds = 1_000
        limits.maximumResponseBytes = 65_536
        limits.maximumIdleConnections = 0
        let client = HTTPClient(group: group, limits: limits)
        let deadline = NIODeadline.now() + .seconds(Int64(timeoutSeconds))
        var outcome: Outcome
        while true {
            do {
                let answer = try await client.get("http://\(admin)/readyz")
                outcome = answer.status == 200 ? .ready : .notReady(sentence(answer))
            } catch {
                outcome = .unreachable(error.description)
            }
            if outcome == .ready || NIODeadline.now() + pause > deadline { break }
            try await Task.sleep(nanoseconds: UInt64(pause.nanoseconds))
        }
        client.closeIdle()
        try await group.shutdownGracefully()
        return outcome
    }

    private static func sentence(_ answer: HTTPClient.Response) -> String {
        let line = answer.text.prefix { $0 != "\n" }.prefix(500)
        return line.isEmpty ? "status \(answer.status)" : String(line)
    }
}
