extension Listener {
    /// Reads `inbound` or `outbound`, which may be where the kernel hands connections over.
    init(
        entry reader: inout ObjectReader, _ direction: TrafficDirection, defaultPort: Int
    ) throws(ConfigurationError) {
        let isTransparent = try reader.flag("transparent") ?? false
        let ports = try reader.ports("originalPorts")
        guard ports.isEmpty || isTransparent else {
            throw reader.error("originalPorts", "needs \"transparent\": true")
        }
        try self.init(
            &reader, defaultHost: isTransparent && direction == .inbound ? "0.0.0.0" : "127.0.0.1",
            defaultPort: defaultPort, defaultSecurity: direction.defaultSecurity)
        transparent = isTransparent
        originalPorts = ports
    }
}
