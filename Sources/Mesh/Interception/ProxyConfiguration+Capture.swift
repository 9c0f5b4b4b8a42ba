extension ProxyConfiguration {
    /// Checks that a transparent listener is where the kernel's redirection arrives, and that each original destination
    /// has one listener.
    func checkCapture(of place: ListenerPlace) throws(ConfigurationError) {
        let listener = place.listener
        let path = "\(place.path).address"
        guard let host = IPAddress(listener.address.host) else {
            throw ConfigurationError(
                path: path, message: "a transparent listener needs an IP address, not \(listener.address.host)")
        }
        switch (listener.capture, listener.direction) {
        case (.explicit, _): break
        case (.entry, .inbound):
            guard host.isUnspecified else {
                throw ConfigurationError(
                    path: path,
                    message: "intercepted connections arrive at the address of the interface that they came by: a "
                        + "transparent inbound listener needs 0.0.0.0 or [::]")
            }
        case (.entry, .outbound):
            guard host.isLoopback else {
                throw ConfigurationError(
                    path: path,
                    message: "intercepted connections of the service arrive on loopback: a transparent outbound "
                        + "listener needs 127.0.0.1 or [::1]")
            }
        case (.originalDestination, _): try checkOriginalDestination(of: place, path)
        }
    }

    private func checkOriginalDestination(of place: ListenerPlace, _ path: String) throws(ConfigurationError) {
        let (direction, address) = (place.listener.direction, place.listener.address)
        let entry = direction == .inbound ? inbound : outbound
        guard let entry, entry.transparent else {
            throw ConfigurationError(
                path: "\(place.path).transparent", message: "needs \(direction.rawValue) with \"transparent\": true")
        }
        guard address.port > 0 else {
            throw ConfigurationError(
                path: path, message: "is the original destination of connections, which has a port from 1 to 65535")
        }
        if IPAddress(address.host)?.isUnspecified == true, entry.originalPorts.contains(address.port) {
            throw ConfigurationError(
                path: path, message: "\(address.port) is one of \(direction.rawValue).originalPorts already")
        }
        let isTaken = listeners.contains { other in
            other.name != place.listener.name && other.capture == .originalDestination
                && other.direction == direction && other.address.port == address.port
                && Self.sameDestination(other.address.host, address.host)
        }
        guard !isTaken else {
            throw ConfigurationError(path: path, message: "\(address) is another listener's already")
        }
    }

    /// 0.0.0.0 and [::] both stand for every address.
    private static func sameDestination(_ first: String, _ second: String) -> Bool {
        guard let first = IPAddress(first), let second = IPAddress(second) else { return false }
        return first == second || first.isUnspecified && second.isUnspecified
    }
}
