import Mesh
import NIOCore
import Transport

/// Listening sockets, opened at the start and when a new configuration wants others.
extension ProxyServer {
    /// - Parameter accepting: Whether connections are accepted at once; workers must know the listener by then.
    func open(_ listener: DeclaredListener, _ key: Int, accepting: Bool = true) async throws -> ListenerSocket {
        let hosts =
            listener.capture == .entry
            ? EntryAddresses.hosts(listener.address.host) : [listener.address.host]
        var channels: [any Channel] = []
        do {
            for host in hosts {
                let port = channels.first?.localAddress?.port ?? listener.address.port
                channels.append(try await bind(listener, key, host: host, port: port, accepting: accepting))
            }
        } catch {
            for channel in channels { channel.close(promise: nil) }
            throw error
        }
        return ListenerSocket(key: key, listener: listener, channels: channels)
    }

    private func bind(
        _ listener: DeclaredListener, _ key: Int, host: String, port: Int, accepting: Bool
    ) async throws -> any Channel {
        let workers = workers
        let pipeline = ListenerPipeline(key: key)
        return try await ServerListener.bind(
            listener.name, host: host, port: port, onlyIPv6: listener.capture == .entry && host.contains(":"),
            accepting: accepting, group: group
        ) { channel in
            channel.eventLoop.makeCompletedFuture {
                guard let worker = workers[ObjectIdentifier(channel.eventLoop)]?.value else {
                    channel.close(promise: nil)
                    return
                }
                try pipeline.add(to: channel, worker)
            }
        }
    }

    /// The sockets that a configuration needs: those that are there already and new ones, which do not accept yet. Not
    /// on an event loop.
    ///
    /// - Throws: When one cannot be had; then none is left open.
    func sockets(for configuration: ProxyConfiguration) throws -> (kept: [ListenerSocket], opened: [ListenerSocket]) {
        var old = state.withLock { $0.listeners }
        var kept: [ListenerSocket] = []
        var missing: [DeclaredListener] = []
        let wanted = configuration.allListeners.map(\.listener).filter { $0.capture != .originalDestination }
        // By name first, so that two listeners that change places keep their own sockets where they can.
        for isNamed in [true, false] {
            for listener in wanted where !kept.contains(where: { $0.listener.name == listener.name }) {
                let index = old.firstIndex { $0.serves(listener) && (!isNamed || $0.listener.name == listener.name) }
                if let index {
                    var socket = old.remove(at: index)
                    socket.listener = listener
                    kept.append(socket)
                } else if !isNamed {
                    missing.append(listener)
                }
            }
        }
        var opened: [ListenerSocket] = []
        do {
            for listener in missing { opened.append(try openAndWait(listener)) }
        } catch {
            for socket in opened { socket.close() }
            throw error
        }
        return (kept, opened)
    }

    private func openAndWait(_ listener: DeclaredListener) throws -> ListenerSocket {
        let key = state.withLock { state in
            defer { state.nextListenerKey += 1 }
            return state.nextListenerKey
        }
        let promise = group.any().makePromise(of: ListenerSocket.self)
        promise.completeWithTask { try await self.open(listener, key, accepting: false) }
        return try promise.futureResult.wait()
    }
}
