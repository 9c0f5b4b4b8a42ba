import Mesh
import NIOCore
import Transport

/// Taking over what was read anew.
extension ProxyServer {
    package func reload() async throws -> ReloadOutcome {
        guard let watch = state.withLock({ $0.watch }) else { return .refused("the proxy is not running") }
        do {
            try setup.accessLog?.reopen()
        } catch {
            setup.log.error("the access log goes on in the file that was open, and nothing is read anew: \(error)")
            return .refused("\(error)")
        }
        return try await watch.reload().get()
    }

    /// Takes over a configuration; nothing has changed when it throws. Not on an event loop.
    func take(_ configuration: ProxyConfiguration) throws -> Credentials {
        try configuration.checkReload(from: setup.configuration)
        try Self.checkDocument(configuration)
        let credentials = try Credentials(configuration.identity, replacing: setup.credentials)
        let (kept, opened) = try sockets(for: configuration)
        let sockets = configuration.allListeners.compactMap { place in
            (kept + opened).first { $0.listener.name == place.listener.name }
        }
        // Listeners of intercepted connections have no socket of their own.
        let keys = configuration.allListeners.enumerated().map { index, place in
            sockets.first { $0.listener.name == place.listener.name }?.key ?? -1 - index
        }
        do {
            try take(
                try ProxySetup(
                    setup, configuration: configuration, credentials: credentials, listenerKeys: keys))
        } catch {
            for socket in opened { socket.close() }
            throw error
        }
        let gone = state.withLock { state in
            defer { state.listeners = sockets }
            return state.listeners.filter { old in !sockets.contains { $0.key == old.key } }
        }
        for socket in gone {
            setup.log.notice("the listener \(socket.listener.name) at \(socket.listener.address) is closed")
            socket.close()
        }
        for socket in opened {
            setup.log.notice("the listener \(socket.listener.name) is opened at \(socket.boundAddress)")
            for channel in socket.channels { try channel.setOption(.autoRead, value: true).wait() }
        }
        return credentials
    }

    /// Takes over certificates, roots and revocation lists. Not on an event loop.
    func take(_ credentials: Credentials) throws {
        let now = setup
        try take(
            try ProxySetup(
                now, configuration: now.configuration, credentials: credentials, listenerKeys: now.listenerKeys))
    }

    private func take(_ next: ProxySetup) throws {
        state.withLock { $0.setup = next }
        currentCredentials.value = next.credentials
        reloads.show(next.credentials)
        if let reason = next.credentials.listsRefused {
            reloads.listsRefused.increment()
            next.log.error("new revocation lists are refused and the old ones go on serving: \(reason)")
        }
        for eventLoop in group.makeIterator() {
            guard let worker = workers[ObjectIdentifier(eventLoop)] else { continue }
            try eventLoop.submit { worker.value.adopt(next) }.wait()
        }
    }
}
