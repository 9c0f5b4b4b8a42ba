import Mesh
import NIOCore

/// Fields by which proxies tell each other about the client, and which a client could write itself: those of callers
/// that are not trusted with them are taken off.
struct ForwardedFields {
    /// `nil`: everyone is trusted.
    private let trusted: [PrincipalPattern]?
    private let direction: Direction
    private let own: Principal

    /// What a trusted caller may say about the client behind it.
    private static let aboutClient: [StaticString] = [
        "forwarded", "x-real-ip", "x-forwarded-for", "x-forwarded-host", "x-forwarded-port", "x-forwarded-proto",
        "x-forwarded-prefix", "x-envoy-external-address",
    ]
    private static let ownPrefix = Array("x-waybill-".utf8)

    init(_ listener: Listener, direction: Direction, own: Principal) {
        trusted = listener.trustForwardedFrom ?? (direction == .inbound ? [] : nil)
        self.direction = direction
        self.own = own
    }

    /// Takes off what the caller must not say, and says who the caller is.
    func edit(_ edits: inout HeadEdits, _ downstream: any Downstream) {
        let principal = downstream.principal
        let isTrusted = trusted.map { $0.contains { $0.matches(principal.text) } } ?? true
        let head = downstream.head
        head.fields.withBytes(0..<head.fields.bytes.readableBytes) { raw in
            for field in head.fields.fields where field.name == .other {
                let name = UnsafeRawBufferPointer(rebasing: raw[field.nameRange])
                if isForbidden(name, isTrusted: isTrusted) { edits.remove(name.map { lowered($0) }) }
            }
        }
        guard direction == .inbound else { return }
        if !principal.bytes.isEmpty {
            // Envoy's form, so that a service that reads it from Envoy reads it from here (SANITIZE_SET).
            edits.add("x-forwarded-client-cert") { output in
                output.writeStaticString("By=")
                output.writeBytes(own.bytes)
                output.writeStaticString(";URI=")
                output.writeBytes(principal.bytes)
            }
        }
        if !isTrusted {
            edits.add("x-forwarded-proto") { $0.writeStaticString(downstream.isSecure ? "https" : "http") }
        }
    }

    private func isForbidden(_ name: UnsafeRawBufferPointer, isTrusted: Bool) -> Bool {
        guard name.count >= 9 else { return false }
        let first = lowered(name[0])
        guard first == UInt8(ascii: "x") || first == UInt8(ascii: "f") else { return false }
        // Who the caller is, the handshake says; of what the service behind says outbound, the callee's proxy decides.
        if equalsIgnoringCase(name, "x-forwarded-client-cert") { return direction == .inbound }
        if name.count > Self.ownPrefix.count, zip(name, Self.ownPrefix).allSatisfy({ lowered($0) == $1 }) {
            return direction == .inbound
        }
        return !isTrusted && Self.aboutClient.contains { equalsIgnoringCase(name, $0) }
    }
}
