import Foundation

/// An authority that the `openssl` command keeps in a directory of its own, and its revocation lists.
final class ListAuthority {
    struct Failed: Error {
        var command: String
        var reason: String
    }

    enum Key: String, CaseIterable {
        case p256 = "ec -pkeyopt ec_paramgen_curve:P-256"
        case p384 = "ec -pkeyopt ec_paramgen_curve:P-384"
        case p521 = "ec -pkeyopt ec_paramgen_curve:P-521"
        case rsa = "rsa:2048"
        case ed25519 = "ed25519"
    }

    let directory: String

    /// - Parameters:
    ///   - signer: Who has signed it; itself where nil.
    ///   - extensions: Of its certificate, when another has signed it.
    init(
        _ name: String = "bank", _ key: Key = .p256, signedBy signer: ListAuthority? = nil,
        extensions: String = "basicConstraints=critical,CA:TRUE\nkeyUsage=critical,keyCertSign,cRLSign"
    ) throws {
        directory = FileManager.default.temporaryDirectory.appendingPathComponent("waybill-\(UUID().uuidString)").path
        try FileManager.default.createDirectory(atPath: directory, withIntermediateDirectories: true)
        let request = "-newkey \(key.rawValue) -nodes -subj /O=\(name) -keyout \(directory)/ca.key"
        if let signer {
            try openssl("req -new \(request) -out \(directory)/ca.csr")
            try sign("ca", by: signer, extensions: extensions)
        } else {
            try openssl("req -x509 -days 2 \(request) -out \(directory)/ca.pem")
        }
        try write("", "index.txt")
    }

    deinit { try? FileManager.default.removeItem(atPath: directory) }

    private func sign(_ file: String, by signer: ListAuthority, extensions: String) throws {
        try write(extensions, "\(file).ext")
        try openssl(
            "x509 -req -days 2 -in \(directory)/\(file).csr -CA \(signer.directory)/ca.pem "
                + "-CAkey \(signer.directory)/ca.key -CAcreateserial -extfile \(directory)/\(file).ext "
                + "-out \(directory)/\(file).pem")
    }

    private func write(_ text: String, _ file: String) throws {
        try text.write(toFile: "\(directory)/\(file)", atomically: true, encoding: .utf8)
    }

    @discardableResult
    func openssl(_ arguments: String) throws -> [UInt8] {
        let process = Process()
        let (output, errors) = (Pipe(), Pipe())
        process.executableURL = URL(fileURLWithPath: "/usr/bin/openssl")
        process.arguments = arguments.split(separator: " ").map(String.init)
        process.standardOutput = output
        process.standardError = errors
        try process.run()
        let bytes = output.fileHandleForReading.readDataToEndOfFile()
        let reason = String(decoding: errors.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
        process.waitUntilExit()
        guard process.terminationStatus == 0 else { throw Failed(command: arguments, reason: reason) }
        return Array(bytes)
    }

    /// In DER.
    func certificate() throws -> [UInt8] { try openssl("x509 -in \(directory)/ca.pem -outform DER") }

    /// The path of a workload's certificate.
    func workload(_ name: String) throws -> String {
        let base = "\(directory)/\(name)"
        try openssl(
            "req -new -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -subj /O=bank -keyout \(base).key "
                + "-out \(base).csr")
        try sign(name, by: self, extensions: "subjectAltName=URI:spiffe://bank.test/\(name)")
        return "\(base).pem"
    }

    /// `openssl ca -gencrl`, in DER.
    ///
    /// - Parameters:
    ///   - revoked: Paths of certificates.
    ///   - times: Such as `-crldays 1`.
    ///   - extensions: Lines of a section of OpenSSL's configuration.
    func list(
        _ revoked: [String] = [], times: String = "-crldays 1", digest: String = "default", extensions: String? = nil
    ) throws -> [UInt8] {
        try write("", "index.txt")
        try write("01\n", "crlnumber")
        try write(
            """
            [ca]
            default_ca = test
            [test]
            database = \(directory)/index.txt
            crlnumber = \(directory)/crlnumber
            default_md = \(digest)
            \(extensions == nil ? "" : "crl_extensions = list")
            [list]
            \(extensions ?? "")
            """, "ca.conf")
        let authority =
            "-config \(directory)/ca.conf -cert \(directory)/ca.pem -keyfile \(directory)/ca.key"
        for certificate in revoked {
            try openssl("ca \(authority) -revoke \(certificate) -crl_reason keyCompromise")
        }
        try openssl("ca \(authority) -gencrl \(times) -out \(directory)/list.pem")
        return try openssl("crl -in \(directory)/list.pem -outform DER")
    }
}
