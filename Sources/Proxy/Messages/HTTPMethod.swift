/// The methods of RFC 9110 and PATCH; any other token is `other`.
package enum HTTPMethod: Sendable {
    case get, head, post, put, delete, options, trace, patch, connect, other

    static func of(_ bytes: UnsafeRawBufferPointer) -> HTTPMethod {
        switch bytes.count {
        case 3:
            if matches(bytes, "GET") { return .get }
            if matches(bytes, "PUT") { return .put }
        case 4:
            if matches(bytes, "POST") { return .post }
            if matches(bytes, "HEAD") { return .head }
        case 5:
            if matches(bytes, "PATCH") { return .patch }
            if matches(bytes, "TRACE") { return .trace }
        case 6: if matches(bytes, "DELETE") { return .delete }
        case 7:
            if matches(bytes, "OPTIONS") { return .options }
            if matches(bytes, "CONNECT") { return .connect }
        default: break
        }
        return .other
    }

    /// Methods are case-sensitive (RFC 9110 §9.1).
    private static func matches(_ bytes: UnsafeRawBufferPointer, _ name: StaticString) -> Bool {
        for index in 0..<bytes.count where bytes[index] != name.utf8Start[index] { return false }
        return true
    }

    /// `nil` for `other`.
    package var name: String? {
        switch self {
        case .get: "GET"
        case .head: "HEAD"
        case .post: "POST"
        case .put: "PUT"
        case .delete: "DELETE"
        case .options: "OPTIONS"
        case .trace: "TRACE"
        case .patch: "PATCH"
        case .connect: "CONNECT"
        case .other: nil
        }
    }
}
