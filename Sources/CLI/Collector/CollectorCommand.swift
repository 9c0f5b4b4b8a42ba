import ArgumentParser
import Collector
import Foundation
import Logging
import Telemetry
import Transport

/// `waybill collector`: receives, keeps and answers until it is told to stop.
struct CollectorCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "collector",
        abstract: "Receive spans, keep them, answer queries.",
        discussion: """
            Runs with nothing but --data. Every setting can also stand in a YAML file (--config) or in the environment \
            as WAYBILL_ and the flag's name in capitals (WAYBILL_DATA, WAYBILL_WIRE_LISTEN, …); flags override the \
            environment, which overrides the file. A listener that is not on loopback needs mutual TLS or tokens.
            The files of certificate, key and roots are watched, and read anew on SIGHUP; ones that cannot be taken \
            over are refused and the old ones go on serving.

            Limits stand in the file alone, under limits:, and refusals name them: \
            \(CollectorLimits.summary).
            """)

    @Option(help: ArgumentHelp("Where everything is kept; made when missing.", valueName: "dir"))
    var data: String?
    @Option(help: ArgumentHelp("YAML file with settings.", valueName: "file"))
    var config: String?
    @Option(help: ArgumentHelp("Wire protocol listener (default 127.0.0.1:4316).", valueName: "host:port"))
    var wireListen: String?
    @Option(
        name: .customLong("otlp-grpc-listen"),
        help: ArgumentHelp("OTLP/gRPC listener (default 127.0.0.1:4317).", valueName: "host:port"))
    var otlpGRPCListen: String?
    @Option(
        name: .customLong("otlp-http-listen"),
        help: ArgumentHelp("OTLP/HTTP listener (default 127.0.0.1:4318).", valueName: "host:port"))
    var otlpHTTPListen: String?
    @Option(
        name: .customLong("http-listen"),
        help: ArgumentHelp("Query API and /metrics listener (default 127.0.0.1:4319).", valueName: "host:port"))
    var httpListen: String?
    @Option(help: ArgumentHelp("PEM certificate chain of the wire listener (mutual TLS).", valueName: "file"))
    var tlsCertificate: String?
    @Option(help: ArgumentHelp("PEM private key.", valueName: "file"))
    var tlsKey: String?
    @Option(help: ArgumentHelp("PEM roots that exporters' certificates must chain to.", valueName: "file"))
    var tlsRoots: String?
    @Option(help: ArgumentHelp("SPIFFE trust domain that exporters must belong to.", valueName: "name"))
    var trustDomain: String?
    @Flag(
        name: .customLong("otlp-grpc-tls"),
        help: "The OTLP/gRPC listener speaks mutual TLS too, with the same certificates.")
    var otlpGRPCTLS = false
    @Option(
        help: ArgumentHelp(
            "A file with a bearer token for the HTTP and gRPC listeners, as NAME=FILE; may be repeated.",
            valueName: "name=file")
    )
    var token: [String] = []
    @Option(
        help: ArgumentHelp(
            "A span attribute that names a transaction, as KEY=KIND or KEY=KIND:lowercase; replaces the defaults; "
                + "may be repeated.", valueName: "key=kind"))
    var transactionAttribute: [String] = []
    @Option(help: ArgumentHelp("Seal a segment after this many spans (default 131072).", valueName: "n"))
    var sealAfterSpans: Int?
    @Option(help: ArgumentHelp("Seal a segment after this many seconds (default 300).", valueName: "n"))
    var sealAfterSeconds: Int?

    func run() async throws {
        let configuration: CollectorConfiguration
        do {
            configuration = try resolve(environment: ProcessInfo.processInfo.environment)
        } catch {
            Failure.exit(.usage, error.description)
        }
        let hangups = HangupSignals.stream()
        let collector: Collector
        do {
            collector = try await Collector.start(configuration, log: Logger(label: "waybill.collector"))
        } catch {
            Failure.exit(error.isConfiguration ? .usage : .unreachable, error.description)
        }
        let lines = collector.listeners.map { "listening \($0.name) \($0.address)\n" }
        StandardOutput.write(lines.joined() + "ready\n")
        let reloads = Task { for await _ in hangups { await collector.reload() } }
        await TerminationSignals.first()
        reloads.cancel()
        do {
            try await collector.stop()
        } catch {
            Failure.exit(.unreachable, "The collector did not stop cleanly: \(error)")
        }
    }

    private func resolve(environment: [String: String]) throws(ConfigurationError) -> CollectorConfiguration {
        let path = config ?? environment["WAYBILL_CONFIG"]
        let file = try path.map { path throws(ConfigurationError) in try CollectorFile.read(path) }
        guard let data = data ?? environment["WAYBILL_DATA"] ?? file?.data else {
            throw ConfigurationError("Where should the data be kept? Name a directory with --data DIR.")
        }
        var result = CollectorConfiguration(dataDirectory: data)
        result.wireListen = wireListen ?? environment["WAYBILL_WIRE_LISTEN"] ?? file?.wireListen ?? result.wireListen
        result.otlpGRPCListen =
            otlpGRPCListen ?? environment["WAYBILL_OTLP_GRPC_LISTEN"] ?? file?.otlpGRPCListen ?? result.otlpGRPCListen
        result.otlpHTTPListen =
            otlpHTTPListen ?? environment["WAYBILL_OTLP_HTTP_LISTEN"] ?? file?.otlpHTTPListen ?? result.otlpHTTPListen
        result.httpListen = httpListen ?? environment["WAYBILL_HTTP_LISTEN"] ?? file?.httpListen ?? result.httpListen
        try resolveTLS(&result, environment: environment, file: file)
        try resolveTokens(&result, environment: environment, file: file)
        try resolveRules(&result, file: file)
        result.limits = try CollectorLimits.resolve(
            file?.limits, sealAfterSpans: sealAfterSpans, sealAfterSeconds: sealAfterSeconds)
        if let retention = file?.retention {
            result.retention = retention.rules
            result.maximumStoreBytes = retention.maximumBytes
        }
        return result
    }

    private func resolveTLS(
        _ result: inout CollectorConfiguration, environment: [String: String], file: CollectorFile?
    ) throws(ConfigurationError) {
        let certificate = tlsCertificate ?? environment["WAYBILL_TLS_CERTIFICATE"] ?? file?.tls?.certificate
        let key = tlsKey ?? environment["WAYBILL_TLS_KEY"] ?? file?.tls?.key
        let roots = tlsRoots ?? environment["WAYBILL_TLS_ROOTS"] ?? file?.tls?.roots
        let domain = trustDomain ?? environment["WAYBILL_TRUST_DOMAIN"] ?? file?.tls?.trustDomain
        switch (certificate, key, roots, domain) {
        case (nil, nil, nil, nil):
            guard !otlpGRPCTLS else {
                throw ConfigurationError("--otlp-grpc-tls needs the certificates and the trust domain of mutual TLS.")
            }
        case (let certificate?, let key?, let roots?, let domain?):
            result.tls = TLSFiles(certificateChain: certificate, privateKey: key, roots: roots)
            result.trustDomain = domain
            let wantsTLS = environment["WAYBILL_OTLP_GRPC_TLS"].map { $0 == "true" || $0 == "1" }
            result.otlpGRPCTLS = otlpGRPCTLS || (wantsTLS ?? file?.tls?.otlpGRPC ?? false)
        default:
            throw ConfigurationError(
                "Mutual TLS needs all of --tls-certificate, --tls-key, --tls-roots and --trust-domain.")
        }
    }

    private func resolveTokens(
        _ result: inout CollectorConfiguration, environment: [String: String], file: CollectorFile?
    ) throws(ConfigurationError) {
        var sources = file?.tokens?.map { ($0.name, $0.file) } ?? []
        if let value = environment["WAYBILL_TOKEN_FILE"] { sources = [("environment", value)] }
        if !token.isEmpty {
            sources = []
            for item in token {
                let sides = item.split(separator: "=", maxSplits: 1).map(String.init)
                guard sides.count == 2 else { throw ConfigurationError("--token \(item): expected NAME=FILE.") }
                sources.append((sides[0], sides[1]))
            }
        }
        for (name, path) in sources {
            guard let text = try? String(contentsOfFile: path, encoding: .utf8) else {
                throw ConfigurationError("The token file \(path) of \(name) cannot be read.")
            }
            let secret = text.trimmingCharacters(in: .whitespacesAndNewlines)
            guard secret.utf8.count >= 16 else {
                throw ConfigurationError("The token in \(path) is shorter than 16 characters; use a longer random one.")
            }
            result.tokens.append(AccessToken(name: name, secret: secret))
        }
    }

    private func resolveRules(_ result: inout CollectorConfiguration, file: CollectorFile?) throws(ConfigurationError) {
        if let rules = file?.transactionRules { result.transactionRules = rules }
        if !transactionAttribute.isEmpty {
            var rules: [TransactionRules.Rule] = []
            for item in transactionAttribute {
                let sides = item.split(separator: "=", maxSplits: 1).map(String.init)
                let kind = sides.count == 2 ? sides[1].split(separator: ":").map(String.init) : []
                guard kind.count == 1 || kind.count == 2 && kind[1] == "lowercase" else {
                    throw ConfigurationError(
                        "--transaction-attribute \(item): expected KEY=KIND or KEY=KIND:lowercase.")
                }
                rules.append(
                    TransactionRules.Rule(
                        attribute: sides[0], kind: kind[0], normalisation: kind.count == 2 ? .lowercase : .verbatim))
            }
            result.transactionRules.rules = rules
            result.transactionRules.revision += 1
        }
        guard !result.transactionRules.rules.isEmpty, (1...4096).contains(result.transactionRules.maximumBytes) else {
            throw ConfigurationError("transactions: needs at least one attribute, and maximumBytes from 1 to 4096.")
        }
    }
}
