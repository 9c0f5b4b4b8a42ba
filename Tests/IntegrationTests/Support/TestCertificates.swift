import Foundation
import Testing

/// Small authorities of `bank.example`, made with `openssl`, and what they issue.
struct TestCertificates {
    let directory: TemporaryDirectory
    /// Whom everyone trusts.
    let roots: String
    private static let first = "authority"

    init(_ directory: TemporaryDirectory) async throws {
        self.directory = directory
        roots = directory.file("roots.pem")
        try await makeAuthority(Self.first)
        try trust([Self.first])
    }

    /// A further authority, which nobody trusts yet.
    func makeAuthority(_ name: String) async throws {
        try await Self.openssl([
            "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-days", "1",
            "-subj",
            "/CN=\(name)", "-addext", "basicConstraints=critical,CA:TRUE", "-addext", "keyUsage=critical,keyCertSign",
            "-keyout", directory.file("\(name).key"), "-out", directory.file("\(name).pem"),
        ])
    }

    /// Puts these authorities, and no others, into the file of roots, all at once.
    func trust(_ authorities: [String]) throws {
        let texts = try authorities.map {
            try String(contentsOfFile: directory.file("\($0).pem"), encoding: .utf8)
        }
        try texts.joined().write(toFile: roots, atomically: true, encoding: .utf8)
    }

    /// A certificate and its key for one name of SPIFFE, and one of the network's.
    ///
    /// - Parameters:
    ///   - days: From now to the certificate's end; negative for one that is over.
    ///   - start: When it begins to be valid; now where it is `nil`.
    ///   - end: When it ends, in place of `days`.
    func issue(
        _ name: String, spiffe: String, host: String = "localhost", by authority: String = first, days: Int = 1,
        from start: Date? = nil, to end: Date? = nil
    ) async throws -> (chain: String, key: String) {
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
        let signer = (directory.file("\(authority).pem"), directory.file("\(authority).key"))
        guard start != nil || end != nil else {
            try await Self.openssl([
                "x509", "-req", "-in", request, "-CA", signer.0, "-CAkey", signer.1, "-days", "\(days)", "-extfile",
                extensions, "-out", chain,
            ])
            return (chain, key)
        }
        // `openssl x509` cannot say when.
        let settings = directory.file("ca.conf")
        try "".write(toFile: directory.file("index.txt"), atomically: true, encoding: .utf8)
        try """
        [ca]
        default_ca = test
        [test]
        database = \(directory.file("index.txt"))
        new_certs_dir = \(directory.path)
        rand_serial = yes
        default_md = sha256
        policy = any
        [any]
        commonName = optional
        """.write(toFile: settings, atomically: true, encoding: .utf8)
        let form = DateFormatter()
        form.timeZone = TimeZone(identifier: "UTC")
        form.dateFormat = "yyMMddHHmmss'Z'"
        let times =
            (start.map { ["-startdate", form.string(from: $0)] } ?? [])
            + (end.map { ["-enddate", form.string(from: $0)] } ?? ["-days", "\(days)"])
        try await Self.openssl(
            ["ca", "-config", settings, "-batch", "-notext", "-cert", signer.0, "-keyfile", signer.1] + times
                + ["-in", request, "-extfile", extensions, "-out", chain])
        return (chain, key)
    }

    private static func openssl(_ arguments: [String]) async throws {
        let program = try #require(Programs.tool("openssl"))
        let result = try await ChildProcess.run(program, arguments)
        try #require(result.status == 0, "openssl \(arguments[0]): \(result.errors)")
    }
}
