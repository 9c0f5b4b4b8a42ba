import Mesh

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

    /// Who takes a connection that the kernel handed over.
    func listener(_ entry: TransparentEntry, for original: OriginalDestination) -> ListenerState {
        entry.listener(for: original).map { listeners[$0] } ?? entry.undeclared
    }
}
