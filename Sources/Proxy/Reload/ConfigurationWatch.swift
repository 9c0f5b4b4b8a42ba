import Files
import Logging
import Mesh
import NIOCore
import Synchronization
import Transport

/// Looks at the configuration file and the files of certificates every now and then, and hands on what has changed; tells
/// of certificates, revocation lists and collectors that are not as they should be.
final class ConfigurationWatch: Sendable {
    private struct State {
        var configuration: FileStamps
        /// The last files that were looked at, taken over or not: broken ones are told of once.
        var credentials: FileStamps
        var identity: MeshIdentity?
        /// Unix seconds from which on a certificate is valid that was refused for not being so yet: an authority's clock may
        /// be ahead, and the files do not change any more.
        var validFrom: Int64?
        /// Revocation lists that were past their time at the last look.
        var expiredLists = 0
        /// The end of the last certificate of which it was told that it is over.
        var endedCertificate: Int64?
        var collectors: CollectorReport
    }

    private let source: ConfigurationSource?
    private let server: ProxyServer
    private let state: Mutex<State>
    private let lookout = Lookout()

    init(source: ConfigurationSource?, server: ProxyServer) {
        self.source = source
        self.server = server
        let setup = server.setup
        state = Mutex(
            State(
                configuration: source?.first ?? FileStamps([]), credentials: setup.credentials.files,
                identity: setup.configuration.identity, collectors: CollectorReport(log: setup.log)))
    }

    func start(on eventLoop: any EventLoop) { lookout.start(on: eventLoop) { self.look() } }

    func stop() async throws { try await lookout.stop() }

    /// Reads everything anew, changed or not.
    func reload() -> EventLoopFuture<ReloadOutcome> {
        lookout.run(on: server.anyEventLoop) { self.readConfiguration() }
    }

    private func look() {
        if let source {
            let stamps = FileStamps([source.path])
            if state.withLock({ $0.configuration != stamps }) { _ = readConfiguration() }
        }
        let identity = server.setup.configuration.identity
        let stamps = FileStamps(Credentials.paths(identity))
        let now = Clock.wallSeconds()
        let isDue = state.withLock { state in
            guard state.identity == identity else { return false }
            return state.credentials != stamps || state.validFrom.map { $0 <= now } ?? false
        }
        if isDue { readCredentials(identity) }
        lookAtLists()
        lookAtCertificate()
        if let statistics = server.setup.sink?.statistics {
            state.withLock { $0.collectors.look(statistics, now: .now()) }
        }
    }

    /// Peers refuse what is past its end, and the log of each of them says so; here is who can mend it.
    private func lookAtCertificate() {
        let setup = server.setup
        guard let end = setup.credentials.notAfter, end < Clock.wallSeconds(),
            let path = setup.configuration.identity?.certificateChain
        else { return }
        let isNews = state.withLock { state in
            defer { state.endedCertificate = end }
            return state.endedCertificate != end
        }
        guard isNews else { return }
        setup.log.error(
            "the certificate in \(path) ended at \(Instant(seconds: end).text), and peers refuse it: issue a new one")
    }

    /// A list that is not replaced in time goes on serving: to cut off everyone would be a worse failure than to learn
    /// late of one. It is told aloud instead.
    private func lookAtLists() {
        let lists = server.setup.credentials.revoked
        let expired = lists.expired(at: Clock.wallSeconds())
        server.reloads.expiredRevocationLists.set(expired)
        let before = state.withLock { state in
            defer { state.expiredLists = expired }
            return state.expiredLists
        }
        guard expired > before else { return }
        server.setup.log.error(
            "\(expired) of \(lists.lists) revocation lists are past their nextUpdate and go on serving; get new ones")
    }

    private func readConfiguration() -> ReloadOutcome {
        guard let source else { return .refused("the proxy was not started from a configuration file") }
        let stamps = FileStamps([source.path])
        state.withLock { $0.configuration = stamps }
        do {
            let configuration = try source.read()
            let credentials = try server.take(configuration)
            state.withLock {
                $0.credentials = credentials.files
                $0.identity = configuration.identity
            }
            server.reloads.configurationsApplied.increment()
            server.setup.log.notice("the configuration in \(source.path) is taken over")
            return .applied
        } catch {
            server.reloads.configurationsRefused.increment()
            server.setup.log.error("the configuration is refused and the old one goes on serving: \(error)")
            return .refused("\(error)")
        }
    }

    private func readCredentials(_ identity: MeshIdentity?) {
        let stamps = FileStamps(Credentials.paths(identity))
        state.withLock {
            $0.credentials = stamps
            $0.validFrom = nil
        }
        do {
            let credentials = try Credentials(identity, replacing: server.setup.credentials)
            try server.take(credentials)
            server.reloads.credentialsApplied.increment()
            server.setup.log.notice("certificates, keys and roots are read anew")
        } catch {
            // A certificate may be there before its key is: the next look finds both.
            let leaf = identity.flatMap { try? TLS.leaf(ofChain: $0.certificateChain) }
            if let start = leaf?.notBefore, start > Clock.wallSeconds() {
                state.withLock { $0.validFrom = start }
            }
            server.reloads.credentialsRefused.increment()
            server.setup.log.error("new certificates are refused and the old ones go on serving: \(error)")
        }
    }
}

/// What became of a configuration that was read anew.
package enum ReloadOutcome: Sendable, Hashable {
    case applied
    /// Why, with the field's path.
    case refused(String)
}
