/// A field that tells about the client or the caller.
enum ForwardedField {
    /// `x-forwarded-client-cert`: who the caller is.
    case certificate
    /// Ours: what one proxy says to another, or to its service.
    case identity
    /// `x-forwarded-for`.
    case addresses
    /// `x-forwarded-proto`.
    case scheme
    /// Any other of the client behind the caller.
    case client

    private static let ownPrefix: StaticString = "x-waybill-"
    private static let envoyPrefix: StaticString = "x-envoy-"
    private static let others: [StaticString] = [
        "x-real-ip", "x-forwarded-host", "x-forwarded-port", "x-forwarded-prefix", "x-forwarded-by",
        "x-forwarded-scheme", "x-forwarded-ssl", "x-forwarded-server", "x-original-url", "x-original-host",
        "x-original-forwarded-for", "x-rewrite-url", "x-client-ip", "x-cluster-client-ip",
    ]

    /// `nil` for a field that tells nothing of the kind. An underscore counts as a hyphen: a service that reads fields
    /// as CGI has them (RFC 3875 §4.1.18) cannot tell the two apart.
    init?(_ name: UnsafeRawBufferPointer) {
        guard name.count >= 9 else { return nil }
        switch lowered(name[0]) {
        case UInt8(ascii: "x"): break
        case UInt8(ascii: "f") where Self.spells(name, "forwarded"),
            UInt8(ascii: "t") where Self.spells(name, "true-client-ip"),
            UInt8(ascii: "c") where Self.spells(name, "cf-connecting-ip"):
            self = .client
            return
        default: return nil
        }
        if Self.spells(name, "x-forwarded-for") {
            self = .addresses
        } else if Self.spells(name, "x-forwarded-proto") {
            self = .scheme
        } else if Self.spells(name, "x-forwarded-client-cert") {
            self = .certificate
        } else if Self.starts(name, Self.ownPrefix) {
            self = .identity
        } else if Self.starts(name, Self.envoyPrefix) || Self.others.contains(where: { Self.spells(name, $0) }) {
            self = .client
        } else {
            return nil
        }
    }

    private static func spells(_ name: UnsafeRawBufferPointer, _ known: StaticString) -> Bool {
        name.count == known.utf8CodeUnitCount && starts(name, known)
    }

    private static func starts(_ name: UnsafeRawBufferPointer, _ known: StaticString) -> Bool {
        let count = known.utf8CodeUnitCount
        guard name.count >= count else { return false }
        for index in 0..<count {
            let byte = name[index] == UInt8(ascii: "_") ? UInt8(ascii: "-") : lowered(name[index])
            if byte != known.utf8Start[index] { return false }
        }
        return true
    }
}
