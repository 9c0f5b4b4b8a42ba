import Foundation
import Testing

/// A small authority of `bank.example`, made with `openssl`, and what it issues.
struct TestCertificates {
    let directory: TemporaryDirectory
    let roots: String

    init(_ directory: TemporaryDirectory) async throws {
        self.directory = directory
        roots = directory.file("roots.pem")
        try await Self.openssl([
            "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-days", "1",
            "-subj",
            "/CN=roots", "-addext", "basicConstraints=critical,CA:TRUE", "-addext", "keyUsage=critical,keyCertSign",
            "-keyout", directory.file("roots.key"), "-out", roots,
        ])
    }

    /// A certificate and its key for one name of SPIFFE, and one of the network's.
    func issue(_ name: String, spiffe: String, host: String = "localhost") async throws -> (chain: String, key: String)
    {
        let (chain, key) = (directory.file("\(name).pem"), directory.file("\(name).key"))
        let (request, extensions) = (directory.file("\(name).csr"), directory.file("\(name).ext"))
        try await Self.openssl([
            "req", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-subj", "/CN=\(name)",
            "-keyout", key, "-out", request,
        ])
        try """
        subjectAltName=URI:\(spiffe),DNS:\(host)
        basicConstraints=critical,CA:FALSE
        keyUsage=critical,digitalSignature
        extendedKeyUsage=serverAuth,clientAuth
        """.write(toFile: extensions, atomically: true, encoding: .utf8)
        try await Self.openssl([
            "x509", "-req", "-in", request, "-CA", roots, "-CAkey", directory.file("roots.key"), "-days", "1",
            "-extfile", extensions, "-out", chain,
        ])
        return (chain, key)
    }

    private static func openssl(_ arguments: [String]) async throws {
        let program = try #require(Programs.tool("openssl"))
        let result = try await ChildProcess.run(program, arguments)
        try #require(result.status == 0, "openssl \(arguments[0]): \(result.errors)")
    }
}
