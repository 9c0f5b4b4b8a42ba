/// What `waybill-proxy intercept up` asks of the kernel.
public struct InterceptionPlan: Sendable, Hashable {
    /// Where connections of the service go; they are left alone when nil.
    public var outboundPort: Int?
    /// Where connections to the service go; they are left alone when nil.
    public var inboundPort: Int?
    public var interception: Interception

    public init(outboundPort: Int?, inboundPort: Int?, interception: Interception) {
        self.outboundPort = outboundPort
        self.inboundPort = inboundPort
        self.interception = interception
    }

    /// The ports of a document's transparent listeners, and what it says of interception.
    public init(_ configuration: ProxyConfiguration) {
        self.init(
            outboundPort: configuration.outbound.flatMap { $0.transparent ? $0.address.port : nil },
            inboundPort: configuration.inbound.flatMap { $0.transparent ? $0.address.port : nil },
            interception: configuration.interception ?? Interception())
    }

    /// Why the plan cannot be carried out, in one sentence; `nil` when it can.
    public var fault: String? {
        if outboundPort == nil, inboundPort == nil {
            return "there is nothing to intercept: neither an outbound nor an inbound port is given"
        }
        if outboundPort == 0 || inboundPort == 0 {
            return "interception needs a fixed port: the transparent listener's port is 0, which the system picks anew"
        }
        if let outboundPort, outboundPort == inboundPort {
            return "outbound and inbound connections cannot both go to port \(outboundPort)"
        }
        if outboundPort != nil, interception.proxyUIDs.isEmpty, interception.proxyGIDs.isEmpty {
            return "whose connections are the proxy's own is not said, and they would come back to it for ever: "
                + "give --proxy-uid or --proxy-gid, or interception.proxyUIDs in the configuration"
        }
        return nil
    }
}
