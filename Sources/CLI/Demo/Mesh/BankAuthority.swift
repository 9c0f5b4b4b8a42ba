import Crypto
import Foundation
import Transport
import X509

/// The certificate authority of one run: it makes an SVID for every workload and is forgotten with the run.
struct BankAuthority {
    static let trustDomain = "bank.example"

    private let key = P256.Signing.PrivateKey()
    private let name: DistinguishedName
    private let directory: String
    private let notBefore: Date
    private let notAfter: Date

    /// Makes the authority and writes its certificate into `directory`.
    init(directory: String) throws {
        self.directory = directory
        name = try DistinguishedName {
            CommonName("Waybill demo authority")
        }
        // A minute back, for clocks that differ; a day is longer than any demonstration.
        notBefore = Date(timeIntervalSinceNow: -60)
        notAfter = Date(timeIntervalSinceNow: 86_400)
        let certificate = try Certificate(
            version: .v3, serialNumber: Certificate.SerialNumber(), publicKey: .init(key.publicKey),
            notValidBefore: notBefore, notValidAfter: notAfter, issuer: name, subject: name,
            signatureAlgorithm: .ecdsaWithSHA256,
            extensions: try Certificate.Extensions {
                Critical(BasicConstraints.isCertificateAuthority(maxPathLength: 0))
                Critical(KeyUsage(keyCertSign: true, cRLSign: true))
            }, issuerPrivateKey: .init(key))
        try Self.write(try certificate.serializeAsPEM().pemString, to: roots, mode: 0o644)
    }

    var roots: String { "\(directory)/roots.pem" }

    static func spiffeID(_ workload: String) -> String { "spiffe://\(trustDomain)/ns/core/sa/\(workload)" }

    /// Makes a certificate and key for a workload; the paths of its files.
    func issue(_ workload: String) throws -> TLSFiles {
        let leafKey = P256.Signing.PrivateKey()
        let certificate = try Certificate(
            version: .v3, serialNumber: Certificate.SerialNumber(), publicKey: .init(leafKey.publicKey),
            notValidBefore: notBefore, notValidAfter: notAfter, issuer: name,
            subject: try DistinguishedName { CommonName(workload) },
            signatureAlgorithm: .ecdsaWithSHA256,
            extensions: try Certificate.Extensions {
                Critical(BasicConstraints.notCertificateAuthority)
                Critical(KeyUsage(digitalSignature: true))
                try ExtendedKeyUsage([.serverAuth, .clientAuth])
                SubjectAlternativeNames([.uniformResourceIdentifier(Self.spiffeID(workload))])
            }, issuerPrivateKey: .init(key))
        let files = TLSFiles(
            certificateChain: "\(directory)/\(workload).pem", privateKey: "\(directory)/\(workload).key", roots: roots)
        try Self.write(try certificate.serializeAsPEM().pemString, to: files.certificateChain, mode: 0o644)
        try Self.write(leafKey.pemRepresentation, to: files.privateKey, mode: 0o600)
        return files
    }

    private static func write(_ text: String, to path: String, mode: Int) throws {
        guard
            FileManager.default.createFile(
                atPath: path, contents: Data(text.utf8), attributes: [.posixPermissions: mode])
        else { throw DemoError("\(path) cannot be written") }
    }
}
