import Files
import NIOSSL
import Telemetry
import Transport

/// What proves who the collector is and says whom it trusts, as its files hold it at one moment. Never changed: files
/// that change make a new one.
final class Credentials: Sendable {
    /// For the wire listener.
    let wire: NIOSSLContext
    /// For the OTLP/gRPC listener.
    let grpc: NIOSSLContext
    let leaf: LeafCertificate
    let anchors: TrustAnchors
    let files: TLSFiles
    /// The files as they were before they were read.
    let stamps: FileStamps

    /// Throws when a file is none of its kind, or when they do not fit together. The certificate may be over.
    init(_ files: TLSFiles) throws {
        self.files = files
        stamps = Self.stamps(of: files)
        leaf = try TLS.leaf(ofChain: files.certificateChain)
        wire = try TLS.serverContext(files)
        grpc = try TLS.serverContext(files, protocols: ["h2"])
        anchors = try TrustAnchors(inFile: files.roots)
    }

    static func stamps(of files: TLSFiles) -> FileStamps {
        FileStamps([files.certificateChain, files.privateKey, files.roots])
    }

    /// Why they do not take the place of `old`; `nil` when they do. With a certificate that is not valid, or that says
    /// somebody else than the exporters know, every handshake would fail, one after the other.
    ///
    /// - Parameter now: Unix seconds.
    func fault(replacing old: Credentials, now: Int64) -> String? {
        if let before = old.leaf.spiffeID, leaf.spiffeID != before {
            let whose = leaf.spiffeID.map { "is that of \($0)" } ?? "names no workload"
            return "the certificate in \(files.certificateChain) \(whose); the one that serves is that of \(before), "
                + "and only a new start changes who the collector is"
        }
        // Of one that serves already, roots at least may be renewed.
        return leaf == old.leaf ? nil : untimely(now)
    }

    /// Why peers refuse the certificate at that time, in Unix seconds; `nil` while they take it.
    func untimely(_ now: Int64) -> String? {
        if now < leaf.notBefore {
            return "the certificate in \(files.certificateChain) is valid from \(Self.text(leaf.notBefore)) on: "
                + "wait for it, or set this machine's clock"
        }
        if now > leaf.notAfter {
            return "the certificate in \(files.certificateChain) ended at \(end): issue a new one"
        }
        return nil
    }

    /// When the certificate ends.
    var end: String { Self.text(leaf.notAfter) }

    private static func text(_ seconds: Int64) -> String {
        let (nanoseconds, overflow) = UInt64(max(0, seconds)).multipliedReportingOverflow(by: 1_000_000_000)
        return Timestamp(nanoseconds: overflow ? .max : nanoseconds).formatted(decimals: 0)
    }
}
