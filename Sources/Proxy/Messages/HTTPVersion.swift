/// What a peer speaks.
package enum HTTPVersion: Sendable {
    case http10, http11, http2

    /// As `network.protocol.version` has it.
    package var text: StaticString {
        switch self {
        case .http10: "1.0"
        case .http11: "1.1"
        case .http2: "2"
        }
    }
}
