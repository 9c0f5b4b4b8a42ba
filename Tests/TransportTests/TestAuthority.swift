import Crypto
import Foundation
import Transport
import X509

/// Makes certificates of every kind a peer might show, in a directory that goes with it.
final class TestAuthority {
    enum Leaf {
        case workload(String)
        case uris([String])
        /// A workload's name on a certificate that may sign others.
        case authority(String)
        case signingKeyUsage(String)
        case expired(String)
    }

    let directory: String
    private let key = P256.Signing.PrivateKey()
    private let name: DistinguishedName

    init() throws {
        directory =
            FileManager.default.temporaryDirectory.appendingPathComponent("waybill-tls-\(UUID().uuidString)").path
        try FileManager.default.createDirectory(atPath: directory, withIntermediateDirectories: true)
        name = try DistinguishedName { CommonName("test authority") }
        let certificate = try Certificate(
            version: .v3, serialNumber: .init(), publicKey: .init(key.publicKey),
            notValidBefore: Date(timeIntervalSinceNow: -7200), notValidAfter: Date(timeIntervalSinceNow: 3600),
            issuer: name,
            subject: name, signatureAlgorithm: .ecdsaWithSHA256,
            extensions: try Certificate.Extensions {
                Critical(BasicConstraints.isCertificateAuthority(maxPathLength: nil))
                Critical(KeyUsage(keyCertSign: true, cRLSign: true))
            }, issuerPrivateKey: .init(key))
        try certificate.serializeAsPEM().pemString.write(toFile: roots, atomically: false, encoding: .utf8)
    }

    deinit { try? FileManager.default.removeItem(atPath: directory) }

    var roots: String { "\(directory)/roots.pem" }

    func issue(_ leaf: Leaf) throws -> TLSFiles {
        let leafKey = P256.Signing.PrivateKey()
        var names: [String] = []
        var isAuthority = false
        var signs = false
        var end = Date(timeIntervalSinceNow: 3600)
        switch leaf {
        case .workload(let id): names = [id]
        case .uris(let uris): names = uris
        case .authority(let id): (names, isAuthority) = ([id], true)
        case .signingKeyUsage(let id): (names, signs) = ([id], true)
        case .expired(let id): (names, end) = ([id], Date(timeIntervalSinceNow: -60))
        }
        let certificate = try Certificate(
            version: .v3, serialNumber: .init(), publicKey: .init(leafKey.publicKey),
            notValidBefore: Date(timeIntervalSinceNow: -3600), notValidAfter: end, issuer: name,
            // As SPIRE issues them: no subject, a critical alternative name.
            subject: DistinguishedName(), signatureAlgorithm: .ecdsaWithSHA256,
            extensions: try Certificate.Extensions {
                if isAuthority {
                    Critical(BasicConstraints.isCertificateAuthority(maxPathLength: nil))
                } else {
                    Critical(BasicConstraints.notCertificateAuthority)
                }
                Critical(KeyUsage(digitalSignature: true, keyCertSign: signs))
                try ExtendedKeyUsage([.serverAuth, .clientAuth])
                if !names.isEmpty {
                    Critical(SubjectAlternativeNames(names.map { .uniformResourceIdentifier($0) }))
                }
            }, issuerPrivateKey: .init(key))
        let base = "\(directory)/\(UUID().uuidString)"
        try certificate.serializeAsPEM().pemString.write(toFile: "\(base).pem", atomically: false, encoding: .utf8)
        try leafKey.pemRepresentation.write(toFile: "\(base).key", atomically: false, encoding: .utf8)
        return TLSFiles(certificateChain: "\(base).pem", privateKey: "\(base).key", roots: roots)
    }
}
