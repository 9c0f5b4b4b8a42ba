import Foundation
import Glibc
import Mesh

/// A certificate authority and workloads of the trust domain `bank.test`, made by the `openssl` command in a directory
/// of their own.
final class TestCertificates: Sendable {
    struct Failed: Error { var command: String }

    let directory: String

    init() throws {
        directory = FileManager.default.temporaryDirectory.appendingPathComponent("waybill-\(UUID().uuidString)").path
        try FileManager.default.createDirectory(atPath: directory, withIntermediateDirectories: true)
        try openssl(
            "req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -days 2 -subj /O=bank "
                + "-keyout \(directory)/ca.key -out \(directory)/ca.pem")
    }

    deinit { try? FileManager.default.removeItem(atPath: directory) }

    @discardableResult
    private func openssl(_ arguments: String) throws -> String {
        let process = Process()
        let output = Pipe()
        process.executableURL = URL(fileURLWithPath: "/usr/bin/openssl")
        process.arguments = arguments.split(separator: " ").map(String.init)
        process.standardError = FileHandle.nullDevice
        process.standardOutput = output
        try process.run()
        let bytes = output.fileHandleForReading.readDataToEndOfFile()
        process.waitUntilExit()
        guard process.terminationStatus == 0 else { throw Failed(command: arguments) }
        return String(decoding: bytes, as: UTF8.self)
    }

    /// SHA-256 of a workload's certificate in lower-case hexadecimal digits.
    func fingerprint(_ name: String) throws -> String {
        let text = try openssl("x509 -in \(directory)/\(name).pem -noout -fingerprint -sha256")
        return text.drop { $0 != "=" }.dropFirst().filter(\.isHexDigit).lowercased()
    }

    /// A revocation list of the authority that names these certificates.
    ///
    /// - Parameter times: When it was made and is to be replaced, as `openssl ca` has it.
    func revocationList(_ revoked: [MeshIdentity], times: String = "") throws -> String {
        let file = "\(directory)/revoked.pem"
        let authority = try database()
        for identity in revoked { try openssl("ca \(authority) -revoke \(identity.certificateChain)") }
        try openssl("ca \(authority) -gencrl \(times) -out \(file).new")
        _ = rename("\(file).new", file)
        return file
    }

    /// An empty one of what the authority has issued; the arguments that `openssl ca` finds it by.
    private func database() throws -> String {
        let settings = "\(directory)/ca.conf"
        try "".write(toFile: "\(directory)/index.txt", atomically: true, encoding: .utf8)
        try """
        [ca]
        default_ca = test
        [test]
        database = \(directory)/index.txt
        new_certs_dir = \(directory)
        rand_serial = yes
        default_md = sha256
        default_crl_days = 1
        policy = any
        [any]
        organizationName = optional
        """.write(toFile: settings, atomically: true, encoding: .utf8)
        return "-config \(settings) -cert \(directory)/ca.pem -keyfile \(directory)/ca.key"
    }

    /// An authority that the first one has signed.
    func authority(_ name: String) throws {
        let base = "\(directory)/\(name)"
        try "basicConstraints=critical,CA:TRUE\nkeyUsage=critical,keyCertSign,cRLSign\n"
            .write(toFile: "\(base).ext", atomically: true, encoding: .utf8)
        try openssl(
            "req -new -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -subj /O=\(name) "
                + "-keyout \(base).key -out \(base).csr")
        try openssl(
            "x509 -req -days 2 -in \(base).csr -CA \(directory)/ca.pem -CAkey \(directory)/ca.key -CAcreateserial "
                + "-extfile \(base).ext -out \(base).pem")
    }

    /// A workload's identity, its certificate signed by the authority, or by one that it has signed.
    ///
    /// - Parameters:
    ///   - days: From now to the certificate's end; negative for one that is over.
    ///   - seconds: The same, for one that ends soon and that the first authority signs; then `days` says nothing.
    ///   - start: From now to the certificate's beginning, for one that the first authority signs.
    func identity(
        _ name: String, signedBy authority: String = "ca", days: Int = 2, endingInSeconds seconds: Double? = nil,
        startingInSeconds start: Double? = nil
    ) throws -> MeshIdentity {
        let base = "\(directory)/\(name)"
        let spiffeID = "spiffe://bank.test/\(name)"
        try """
        subjectAltName=critical,URI:\(spiffeID)
        basicConstraints=critical,CA:FALSE
        keyUsage=critical,digitalSignature
        extendedKeyUsage=serverAuth,clientAuth
        """.write(toFile: "\(base).ext", atomically: true, encoding: .utf8)
        try openssl(
            "req -new -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -subj /O=bank "
                + "-keyout \(base).key -out \(base).csr")
        if seconds != nil || start != nil {
            let form = DateFormatter()
            form.timeZone = TimeZone(identifier: "UTC")
            form.dateFormat = "yyMMddHHmmss'Z'"
            let from = start.map { "-startdate \(form.string(from: Date() + $0)) " } ?? ""
            let to = seconds.map { "-enddate \(form.string(from: Date() + $0)) " } ?? "-days \(days) "
            try openssl(
                "ca \(try database()) -batch -notext \(from)\(to)-in \(base).csr -extfile \(base).ext -out \(base).pem")
        } else {
            try openssl(
                "x509 -req -days \(days) -in \(base).csr -CA \(directory)/\(authority).pem "
                    + "-CAkey \(directory)/\(authority).key -CAcreateserial -extfile \(base).ext -out \(base).pem")
        }
        if authority != "ca" {
            let chain = try ["\(base).pem", "\(directory)/\(authority).pem"].map {
                try String(contentsOfFile: $0, encoding: .utf8)
            }
            try chain.joined().write(toFile: "\(base).pem", atomically: true, encoding: .utf8)
        }
        return MeshIdentity(
            spiffeID: spiffeID, certificateChain: "\(base).pem", privateKey: "\(base).key",
            roots: "\(directory)/ca.pem")
    }

    /// What `openssl s_client` prints when it sends `text`; it may fail.
    func speak(_ text: String, _ arguments: String) throws -> String {
        let process = Process()
        let (input, output) = (Pipe(), Pipe())
        process.executableURL = URL(fileURLWithPath: "/usr/bin/openssl")
        process.arguments = ["s_client"] + arguments.split(separator: " ").map(String.init)
        process.standardInput = input
        process.standardError = FileHandle.nullDevice
        process.standardOutput = output
        try process.run()
        input.fileHandleForWriting.write(Data(text.utf8))
        let bytes = output.fileHandleForReading.readDataToEndOfFile()
        process.waitUntilExit()
        return String(decoding: bytes, as: UTF8.self)
    }
}
