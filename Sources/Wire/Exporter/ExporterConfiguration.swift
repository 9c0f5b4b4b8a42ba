import NIOCore

extension Exporter {
    /// Where a collector listens for the wire protocol.
    public struct Endpoint: Sendable, Hashable {
        public var host: String
        public var port: Int

        public init(host: String, port: Int) {
            self.host = host
            self.port = port
        }
    }

    public struct Configuration: Sendable {
        /// One or two; with two, a batch counts as acknowledged when both have it.
        public var endpoints: [Endpoint]
        /// The exporter's own name for its instance (host, pod, process): 1 to 256 bytes of UTF-8.
        public var instance: String
        /// Memory of batches that wait, and again as much of those on their way to the spool; 256 bytes more for each
        /// batch, spooled ones too.
        public var queueLimitBytes = 16 << 20
        /// `nil`: no spool; payment batches are then held like ordinary ones.
        public var spoolDirectory: String?
        public var spoolLimitBytes = 256 << 20
        /// Made anew for each connection; `nil`: plain TCP.
        public var makeTLSHandlers: (@Sendable () throws -> [any ChannelHandler])?
        /// Words for what those handlers fail with; `nil` for errors that they know nothing of.
        public var describeTLSFailure: @Sendable (any Error) -> String? = { _ in nil }
        public var compression = true
        public var reconnectMinimumMilliseconds: Int64 = 100
        public var reconnectMaximumMilliseconds: Int64 = 10_000
        public var connectTimeoutMilliseconds: Int64 = 5_000
        /// A PING goes out after this long without a frame sent; the session ends when nothing at all has come back
        /// for three times as long.
        public var keepaliveMilliseconds: Int64 = 15_000
        /// Batches at most on the way to one endpoint, whatever its credits.
        public var maximumBatchesInFlight = 1_024

        public init(endpoints: [Endpoint], instance: String) {
            self.endpoints = endpoints
            self.instance = instance
        }
    }
}
