/// What a server takes at most from one HTTP/1.1 client.
public struct HTTPLimits: Sendable, Hashable {
    /// Request line and header fields together.
    public var maximumHeaderBytes = 65_536
    public var maximumHeaderCount = 100
    public var maximumURIBytes = 8_192
    /// Longer bodies are refused with 413.
    public var maximumBodyBytes = 1 << 30
    /// From the first byte of a request to the end of its header; then 408.
    public var headerTimeoutMilliseconds = 10_000
    /// Between requests on a kept connection; then it is closed.
    public var idleTimeoutMilliseconds = 60_000
    /// Between two pieces of a body that the server is ready to read; then 408.
    public var bodyTimeoutMilliseconds = 30_000

    public init() {}
}
