import Mesh
import NIOCore

extension Worker {
    /// Prepares the transparent listeners for what the configuration says now; open connections stay.
    func prepareEntries() {
        let configuration = setup.configuration
        let places = configuration.allListeners
        for (index, place) in places.enumerated() where place.listener.capture == .entry {
            let listener = place.listener
            var limits = StreamLimits()
            if case .http(let http) = listener.traffic { limits.maximumConnections = http.limits.maximumConnections }
            let stream = DeclaredListener(
                name: listener.name, direction: listener.direction,
                traffic: .stream(
                    StreamListener(
                        address: listener.address, security: .plain, protocol: .tcp, limits: limits, routes: [])))
            let undeclared: ListenerState
            if let old = listeners[index].entry?.undeclared {
                undeclared = old
                undeclared.adopt(stream, rule: nil, worker: self, workers: setup.workers)
            } else {
                undeclared = ListenerState(
                    stream, rule: nil, peers: listeners[index].peers, worker: self, workers: setup.workers)
            }
            if case .stream(let table) = undeclared.traffic {
                table.undeclared = UndeclaredTraffic(
                    listener: listener.name, direction: listener.direction,
                    policy: (configuration.interception ?? Interception()).outboundTrafficPolicy, worker: self)
            }
            listeners[index].entry = TransparentEntry(index, places, undeclared: undeclared)
        }
    }

    /// Remembers the proxy's end of a connection to an endpoint, should interception bring it back: before a byte of it
    /// is sent, so that nothing that comes by it comes before it is known.
    func keepApart(_ channel: any Channel) {
        guard setup.configuration.outbound?.transparent == true, let address = channel.localAddress else { return }
        let own = setup.ownConnections
        own.insert(address)
        channel.closeFuture.whenComplete { _ in own.remove(address) }
    }

    /// Whether an intercepted connection of the service is one that the proxy has made itself.
    func isLoop(_ original: OriginalDestination?, _ direction: Direction) -> Bool {
        guard direction == .outbound, let client = original?.client else { return false }
        return setup.ownConnections.contains(client)
    }

    /// Who takes a connection that the kernel handed over.
    func listener(_ entry: TransparentEntry, for original: OriginalDestination) -> ListenerState {
        entry.listener(for: original).map { listeners[$0] } ?? entry.undeclared
    }
}
