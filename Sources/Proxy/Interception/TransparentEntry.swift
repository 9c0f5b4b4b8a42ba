import Mesh

/// A listener that the kernel hands connections to, as one worker uses it: which listener takes which of them.
final class TransparentEntry {
    private struct Key: Hashable {
        /// `nil` stands for all.
        var address: IPAddress?
        var port: Int
    }

    /// Positions in `Worker.listeners`.
    private let listeners: [Key: Int]
    /// Takes what no listener is declared for.
    let undeclared: ListenerState

    init(_ index: Int, _ places: [ListenerPlace], undeclared: ListenerState) {
        self.undeclared = undeclared
        let entry = places[index].listener
        var listeners: [Key: Int] = [:]
        if case .http(let http) = entry.traffic {
            for port in http.originalPorts { listeners[Key(address: nil, port: port)] = index }
        }
        for (position, place) in places.enumerated() {
            let listener = place.listener
            guard listener.capture == .originalDestination, listener.direction == entry.direction,
                let address = IPAddress(listener.address.host)
            else { continue }
            let key = Key(address: address.isUnspecified ? nil : address, port: listener.address.port)
            listeners[key] = position
        }
        self.listeners = listeners
    }

    /// The listener that is declared for the destination, by address first; `nil` when there is none.
    func listener(for original: OriginalDestination) -> Int? {
        if original.isListener { return nil }
        return listeners[Key(address: original.address, port: original.port)]
            ?? listeners[Key(address: nil, port: original.port)]
    }
}
