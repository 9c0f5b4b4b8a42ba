import NIOSSL

/// What a TLS handshake failed for, in words that hold on both sides of it.
///
/// BoringSSL tells a library, a reason and the line of its own source; people need the reason.
public enum HandshakeFailure {
    /// `nil` for errors that are none of a TLS handshake.
    public static func clause(_ error: any Error) -> String? {
        if let error = error as? PeerError { return error.description }
        guard let error = error as? NIOSSLError, case .handshakeFailed(let failure) = error else { return nil }
        switch failure {
        case .sslError(let stack), .unknownError(let stack):
            guard let last = stack.last else { return "no reason is known" }
            if last == .eofDuringHandshake || last == .eofDuringAdditionalCertficiateChainValidation {
                return "the other side closed the connection"
            }
            return words(for: reason(in: last.description))
        case .syscallError, .zeroReturn: return "the other side closed the connection"
        default: return "\(failure)"
        }
    }

    /// `WRONG_VERSION_NUMBER` of `error:100000f7:SSL routines:OPENSSL_internal:WRONG_VERSION_NUMBER at …/tls_record.cc:131`.
    static func reason(in description: String) -> String {
        var words = description.split(separator: ":").map(String.init)
        if let place = words.firstIndex(where: { $0.contains(" at ") }) {
            words[place] = String(words[place].prefix { $0 != " " })
            return words[place]
        }
        return words.last ?? description
    }

    private static func words(for reason: String) -> String {
        switch reason {
        case "HTTP_REQUEST", "HTTPS_PROXY_REQUEST": "the other side spoke HTTP without TLS"
        case "WRONG_VERSION_NUMBER": "the other side spoke something else than TLS"
        case "PEER_DID_NOT_RETURN_A_CERTIFICATE": "the other side showed no certificate"
        case "CERTIFICATE_VERIFY_FAILED":
            "the other side's certificate has ended, is not valid yet, or does not lead to a root known here"
        case "SSLV3_ALERT_CERTIFICATE_EXPIRED": "the other side says that this side's certificate has ended"
        case "SSLV3_ALERT_CERTIFICATE_REVOKED": "the other side says that this side's certificate is revoked"
        case "TLSV1_ALERT_UNKNOWN_CA": "the other side does not know the root of this side's certificate"
        case "TLSV1_ALERT_CERTIFICATE_REQUIRED": "the other side wants a certificate"
        case "SSLV3_ALERT_BAD_CERTIFICATE", "SSLV3_ALERT_CERTIFICATE_UNKNOWN", "SSLV3_ALERT_UNSUPPORTED_CERTIFICATE",
            "TLSV1_ALERT_ACCESS_DENIED":
            "the other side does not take this side's certificate"
        case "UNSUPPORTED_PROTOCOL", "TLSV1_ALERT_PROTOCOL_VERSION": "there is no version of TLS that both sides speak"
        case "NO_SHARED_CIPHER", "SSLV3_ALERT_HANDSHAKE_FAILURE": "there is nothing that both sides take: \(reason)"
        default: "TLS says \(reason)"
        }
    }
}
