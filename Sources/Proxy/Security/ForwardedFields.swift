import Mesh
import NIOCore

/// Fields by which proxies tell each other about the client, and which a client could write itself: those of callers
/// that are not trusted with them are taken off, and what this proxy knows is set.
struct ForwardedFields {
    /// `nil`: everyone is trusted.
    private let trusted: [PrincipalPattern]?
    private let direction: Direction
    /// How an element of `x-forwarded-client-cert` starts: `By=…;`.
    private let by: [UInt8]
    private let hops: Int
    /// `nil`: what the caller says.
    private let details: ForwardClientCertDetails?

    init(_ listener: Listener, direction: Direction, own: Principal) {
        trusted = listener.trustForwardedFrom ?? (direction == .inbound ? [] : nil)
        self.direction = direction
        by = Array("By=\(own.text);".utf8)
        hops = listener.xffNumTrustedHops
        details = listener.forwardClientCertDetails ?? (direction == .inbound ? .sanitizeSet : nil)
    }

    private func isTrusted(_ downstream: any Downstream) -> Bool {
        trusted.map { $0.contains { $0.matches(downstream.principal.text) } } ?? true
    }

    /// Takes off what the caller must not say, and says who the caller is.
    func edit(_ edits: inout HeadEdits, _ downstream: any Downstream) {
        let isTrusted = isTrusted(downstream)
        let fields = downstream.head.fields
        var addresses = ForwardedValues()
        var certificates = ForwardedValues()
        var saysProtocol = false
        fields.withAllBytes { raw in
            for field in fields.fields where field.name == .other {
                let name = UnsafeRawBufferPointer(rebasing: raw[field.nameRange])
                guard let kind = ForwardedField(name) else { continue }
                switch kind {
                case .certificate:
                    if keepsCertificates(isTrusted) {
                        if details == .appendForward { certificates.add(field) }
                    } else {
                        edits.remove(name.map { lowered($0) })
                    }
                case .identity: if direction == .inbound { edits.remove(name.map { lowered($0) }) }
                case .addresses where isTrusted: if direction == .inbound { addresses.add(field) }
                case .scheme where isTrusted: saysProtocol = true
                case .addresses, .scheme, .client: if !isTrusted { edits.remove(name.map { lowered($0) }) }
                }
            }
            setCertificate(&edits, downstream, certificates, raw)
            guard direction == .inbound else { return }
            addresses.write("x-forwarded-for", in: raw, to: &edits, then: downstream.peerAddress)
            if !saysProtocol {
                edits.add("x-forwarded-proto") { $0.writeStaticString(downstream.isSecure ? "https" : "http") }
            }
        }
    }

    private func keepsCertificates(_ isTrusted: Bool) -> Bool {
        switch details {
        case nil: true
        case .forwardOnly, .appendForward: isTrusted
        case .sanitize, .sanitizeSet: false
        }
    }

    private func setCertificate(
        _ edits: inout HeadEdits, _ downstream: any Downstream, _ said: ForwardedValues, _ raw: UnsafeRawBufferPointer
    ) {
        guard details == .sanitizeSet || details == .appendForward else { return }
        let caller = downstream.principal.forwarded
        said.write("x-forwarded-client-cert", in: raw, to: &edits, then: caller.isEmpty ? [] : by, caller)
    }

    // MARK: Who the client is

    /// The address of the client that the request began with, as far as trusted hops vouch for it; of the caller else.
    func clientAddress(of downstream: any Downstream) -> [UInt8] {
        guard hops > 0, downstream.hasSoundHead, isTrusted(downstream) else { return downstream.peerAddress }
        let fields = downstream.head.fields
        let entry: [UInt8]? = fields.withAllBytes { raw in
            var left = hops
            for field in fields.fields.reversed() where field.name == .other {
                let name = UnsafeRawBufferPointer(rebasing: raw[field.nameRange])
                guard ForwardedField(name) == .addresses else { continue }
                let entries = UnsafeRawBufferPointer(rebasing: raw[field.valueRange])
                    .split(separator: UInt8(ascii: ","), omittingEmptySubsequences: false)
                if left > entries.count {
                    left -= entries.count
                    continue
                }
                return trimmed(entries[entries.count - left])
            }
            return nil
        }
        guard let entry, PeerAddress.isPlausible(entry) else { return downstream.peerAddress }
        return entry
    }

    private func trimmed(_ entry: Slice<UnsafeRawBufferPointer>) -> [UInt8] {
        let isSpace = { (byte: UInt8) in byte == 0x20 || byte == 0x09 }
        return Array(entry.drop(while: isSpace).reversed().drop(while: isSpace).reversed())
    }
}
