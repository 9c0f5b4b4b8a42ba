import NIOSSL

/// Who may sign revocation lists: the roots of trust, and the authorities between them and the workloads.
struct ListSigners {
    private struct Signer {
        var subject: [UInt8]
        var publicKey: [UInt8]
        var signsLists: Bool
    }

    static let maximumIntermediates = 64

    private var signers: [Signer] = []

    /// - Parameters:
    ///   - roots: DER certificates; trusted as they are.
    ///   - intermediates: DER certificates; each counts when a root, or one that counts, has signed it.
    init(roots: [[UInt8]], intermediates: [[UInt8]]) {
        for root in roots {
            if let fields = CertificateFields(root) { add(fields) }
        }
        var open = intermediates.prefix(Self.maximumIntermediates).compactMap { CertificateFields($0) }
        open.removeAll { !$0.isAuthority || $0.signsCertificates == false }
        var found = true
        while found {
            found = false
            for index in open.indices.reversed() where isSound(open[index]) {
                add(open.remove(at: index))
                found = true
            }
        }
    }

    private mutating func add(_ fields: CertificateFields) {
        signers.append(
            Signer(
                subject: Array(fields.subject), publicKey: Array(fields.publicKey),
                signsLists: fields.signsRevocationLists ?? true))
    }

    private func isSound(_ certificate: CertificateFields) -> Bool {
        guard let algorithm = SignatureAlgorithm(certificate.algorithm) else { return false }
        return signers.contains {
            $0.subject.elementsEqual(certificate.issuer)
                && BoringSSL.isSound(
                    certificate.signature, over: certificate.signed, algorithm, key: $0.publicKey[...])
        }
    }

    /// Nothing when one of the signers has made the list; else why not, to follow the list's name in a sentence.
    func fault(of list: SignedRevocationList) -> String? {
        let named = signers.filter { $0.subject.elementsEqual(list.issuer) }
        let name = DistinguishedName.text(list.issuer)
        guard !named.isEmpty else {
            return "is from \(name), which is neither a root nor an authority that a root has signed"
        }
        let allowed = named.filter(\.signsLists)
        guard !allowed.isEmpty else { return "is from \(name), whose key may not sign revocation lists" }
        let isSound = allowed.contains {
            BoringSSL.isSound(list.signature, over: list.signed, list.algorithm, key: $0.publicKey[...])
        }
        return isSound ? nil : "was not signed by \(name): it has been tampered with, or is another authority's"
    }
}
