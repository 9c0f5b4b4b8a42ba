import Files
import Logging
import NIOCore
import Synchronization
import Transport

/// Looks at the files of certificate, key and roots every now and then, and takes over what has changed; ends the
/// connections of peers that are not trusted any more.
final class CredentialWatch: Sendable {
    private struct State {
        /// The last files that were looked at, taken over or not: broken ones are told of once.
        var stamps: FileStamps
        /// Unix seconds from which on a certificate is valid that was refused for not being so yet: an authority's clock
        /// may be ahead, and the files do not change any more.
        var validFrom: Int64?
        /// What was told last of the certificate that serves.
        var told: String?
    }

    private let security: ListenerSecurity
    private let connections: ConnectionSet
    private let metrics: CredentialMetrics
    private let log: Logger
    private let state: Mutex<State>
    private let lookout = Lookout()

    init(_ security: ListenerSecurity, connections: ConnectionSet, metrics: CredentialMetrics, log: Logger) {
        self.security = security
        self.connections = connections
        self.metrics = metrics
        self.log = log
        state = Mutex(State(stamps: security.credentials.stamps))
        metrics.show(security.credentials, loadedAt: Self.now())
    }

    func start(on eventLoop: any EventLoop) { lookout.start(on: eventLoop) { self.look() } }

    func stop() async throws { try await lookout.stop() }

    /// Reads the files anew, changed or not.
    func reload(on eventLoop: any EventLoop) -> EventLoopFuture<Void> {
        lookout.run(on: eventLoop) {
            self.read()
            self.lookAtPeers()
        }
    }

    private func look() {
        let (stamps, now) = (Credentials.stamps(of: security.credentials.files), Self.now())
        let isDue = state.withLock { $0.stamps != stamps || $0.validFrom.map { $0 <= now } ?? false }
        if isDue { read() }
        lookAtCertificate()
        lookAtPeers()
    }

    private func read() {
        let (old, now) = (security.credentials, Self.now())
        let stamps = Credentials.stamps(of: old.files)
        state.withLock {
            $0.stamps = stamps
            $0.validFrom = nil
        }
        let outcome = Self.read(replacing: old, now: now)
        // Written meanwhile, they may be mixed: the next look finds them whole.
        guard Credentials.stamps(of: old.files) == stamps else { return }
        switch outcome {
        case .success(let new):
            security.credentials = new
            metrics.show(new, loadedAt: now)
            metrics.applied.increment()
            metrics.isRefusing.set(0)
            let holder = new.leaf.spiffeID.map { " of \($0)" } ?? ""
            log.notice(
                "certificate, key and roots are read anew: the certificate\(holder) ends at \(new.end)",
                metadata: ["roots": "\(new.anchors.count)"])
        case .failure(let refusal):
            state.withLock { $0.validFrom = refusal.validFrom }
            metrics.refused.increment()
            metrics.isRefusing.set(1)
            log.error("new certificates are refused and the old ones go on serving: \(refusal.reason)")
        }
    }

    private struct Refusal: Error {
        var reason: String
        var validFrom: Int64?
    }

    private static func read(replacing old: Credentials, now: Int64) -> Result<Credentials, Refusal> {
        do {
            let new = try Credentials(old.files)
            guard let fault = new.fault(replacing: old, now: now) else { return .success(new) }
            return .failure(Refusal(reason: fault, validFrom: new.leaf.notBefore > now ? new.leaf.notBefore : nil))
        } catch {
            return .failure(Refusal(reason: "\(error)"))
        }
    }

    /// Peers refuse what is not valid, and the log of each of them says so; here is who can mend it.
    private func lookAtCertificate() {
        let fault = security.credentials.untimely(Self.now())
        let isNews = state.withLock { state in
            defer { state.told = fault }
            return state.told != fault
        }
        if isNews, let fault { log.error("exporters refuse the collector: \(fault)") }
    }

    private func lookAtPeers() {
        let ended = connections.endUntrusted(by: security.credentials.anchors, now: Self.now())
        if ended.expired > 0 {
            metrics.connectionsExpired.increment(by: ended.expired)
            log.warning(
                "connections are ended: their peers' certificates are over", metadata: ["count": "\(ended.expired)"])
        }
        if ended.untrusted > 0 {
            metrics.connectionsUntrusted.increment(by: ended.untrusted)
            log.notice(
                "connections are ended: their peers were trusted for roots that are gone, and may come again for others",
                metadata: ["count": "\(ended.untrusted)"])
        }
    }

    private static func now() -> Int64 { Int64(Collector.clock() / 1_000_000_000) }
}
