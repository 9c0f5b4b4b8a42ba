/// A listener of a document, whichever member of it declares it.
public struct ListenerPlace: Sendable, Hashable {
    /// `inbound`, `outbound` or `listeners[0]`, for errors.
    public var path: String
    public var listener: DeclaredListener

    public init(path: String, listener: DeclaredListener) {
        self.path = path
        self.listener = listener
    }
}

extension ProxyConfiguration {
    static let maximumListeners = 256

    /// `inbound`, `outbound` and those of `listeners`, in this order, each by its name.
    public var allListeners: [ListenerPlace] {
        var places: [ListenerPlace] = []
        if let inbound {
            places.append(
                ListenerPlace(
                    path: "inbound",
                    listener: DeclaredListener(
                        name: "inbound", direction: .inbound, traffic: .http(inbound),
                        capture: inbound.transparent ? .entry : .explicit)))
        }
        if let outbound {
            places.append(
                ListenerPlace(
                    path: "outbound",
                    listener: DeclaredListener(
                        name: "outbound", direction: .outbound, traffic: .http(outbound),
                        capture: outbound.transparent ? .entry : .explicit)))
        }
        for (index, listener) in listeners.enumerated() {
            places.append(ListenerPlace(path: "listeners[\(index)]", listener: listener))
        }
        return places
    }
}
