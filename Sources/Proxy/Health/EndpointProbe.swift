/// One connection that asks one endpoint whether it works, and is closed after it.
protocol EndpointProbe: ByteConnection {
    /// Reports once whether the endpoint passed, and ends.
    func conclude(passed: Bool)
}
