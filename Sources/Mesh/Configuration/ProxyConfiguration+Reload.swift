extension ProxyConfiguration {
    /// Refuses what a running proxy cannot take over: who it is, where it listens and where its telemetry goes are
    /// bound to sockets, sequences and spools that outlive a configuration.
    public func checkReload(from old: ProxyConfiguration) throws(ConfigurationError) {
        if service != old.service { throw Self.fixed("service") }
        if admin != old.admin { throw Self.fixed("admin") }
        if telemetry != old.telemetry { throw Self.fixed("telemetry") }
        if accessLog != old.accessLog { throw Self.fixed("accessLog") }
        if identity?.spiffeID != old.identity?.spiffeID { throw Self.fixed("identity.spiffeID") }
        if (inbound == nil) != (old.inbound == nil) { throw Self.fixed("inbound") }
        if (outbound == nil) != (old.outbound == nil) { throw Self.fixed("outbound") }
        if listeners.count != old.listeners.count { throw Self.fixed("listeners") }
        for (place, before) in zip(allListeners, old.allListeners) {
            let (listener, last) = (place.listener, before.listener)
            if listener.name != last.name { throw Self.fixed("\(place.path).name") }
            if listener.direction != last.direction { throw Self.fixed("\(place.path).direction") }
            if listener.address != last.address { throw Self.fixed("\(place.path).address") }
            if listener.capture != last.capture { throw Self.fixed("\(place.path).transparent") }
            switch (listener.traffic, last.traffic) {
            case (.http, .http): break
            case (.stream(let stream), .stream(let lastStream)):
                // Streams have no requests between which something could change.
                if stream != lastStream { throw Self.fixed(place.path) }
            default: throw Self.fixed("\(place.path).protocol")
            }
        }
    }

    private static func fixed(_ path: String) -> ConfigurationError {
        ConfigurationError(path: path, message: "cannot change while the proxy runs; start it anew")
    }
}
