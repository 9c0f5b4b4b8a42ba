extension ProxyConfiguration {
    /// Refuses what a running proxy cannot take over: who it is, where it is administered and where its telemetry goes
    /// are bound to sequences, spools and those who watch it, which outlive a configuration.
    public func checkReload(from old: ProxyConfiguration) throws(ConfigurationError) {
        if service != old.service { throw Self.fixed("service") }
        if admin != old.admin { throw Self.fixed("admin") }
        if telemetry != old.telemetry { throw Self.fixed("telemetry") }
        if accessLog != old.accessLog { throw Self.fixed("accessLog") }
        if identity?.spiffeID != old.identity?.spiffeID { throw Self.fixed("identity.spiffeID") }
        // The rules of the kernel that hand connections over are not the proxy's to change.
        for (path, now, before) in [("inbound", inbound, old.inbound), ("outbound", outbound, old.outbound)] {
            guard now?.transparent == true || before?.transparent == true else { continue }
            if now?.transparent != before?.transparent { throw Self.fixed("\(path).transparent") }
            if now?.address != before?.address { throw Self.fixed("\(path).address") }
        }
        for (index, listener) in listeners.enumerated() {
            guard let before = old.listeners.first(where: { $0.name == listener.name }) else { continue }
            if listener.capture != before.capture { throw Self.fixed("listeners[\(index)].transparent") }
        }
    }

    private static func fixed(_ path: String) -> ConfigurationError {
        ConfigurationError(path: path, message: "cannot change while the proxy runs; start it anew")
    }
}
