import Collector
import Foundation
import Telemetry
import Transport
import Yams

/// The collector's YAML file: every key optional, none unknown. Flags override environment override this file.
struct CollectorFile: Decodable {
    var data: String?
    var wireListen: String?
    var otlpGRPCListen: String?
    var otlpHTTPListen: String?
    var httpListen: String?
    var tls: TLSSection?
    var tokens: [TokenSection]?
    var transactions: TransactionSection?
    /// Whole numbers, by the names of `CollectorLimits`.
    var limits: [String: Int]?
    /// Read by hand, for its names are the user's.
    var retention: RetentionFile?

    private enum CodingKeys: String, CodingKey {
        case data, wireListen, otlpGRPCListen, otlpHTTPListen, httpListen, tls, tokens, transactions, limits
    }

    struct TLSSection: Decodable {
        var certificate: String
        var key: String
        var roots: String
        var trustDomain: String
        var otlpGRPC: Bool?
    }

    struct TokenSection: Decodable {
        var name: String
        /// A file that holds the token, so that no secret stands in the configuration.
        var file: String
    }

    struct TransactionSection: Decodable {
        var revision: UInt32
        var attributes: [Rule]
        var maximumBytes: Int?

        struct Rule: Decodable {
            var attribute: String
            var kind: String
            var normalisation: TransactionRules.Normalisation?
        }
    }

    /// The rules of the section on transactions.
    var transactionRules: TransactionRules? {
        transactions.map { section in
            TransactionRules(
                revision: section.revision,
                rules: section.attributes.map {
                    TransactionRules.Rule(
                        attribute: $0.attribute, kind: $0.kind, normalisation: $0.normalisation ?? .verbatim)
                },
                maximumBytes: section.maximumBytes ?? TransactionRules.standard.maximumBytes)
        }
    }

    private static let keys: [String: Set<String>] = [
        "": [
            "data", "wireListen", "otlpGRPCListen", "otlpHTTPListen", "httpListen", "tls", "tokens", "transactions",
            "limits",
            "retention",
        ],
        "tls": ["certificate", "key", "roots", "trustDomain", "otlpGRPC"],
        "transactions": ["revision", "attributes", "maximumBytes"],
        "limits": Set(CollectorLimits.all.map(\.name)),
    ]

    /// Reads and checks the file; the error is one sentence that names the file and the key.
    static func read(_ path: String) throws(ConfigurationError) -> CollectorFile {
        guard let bytes = FileManager.default.contents(atPath: path), let text = String(data: bytes, encoding: .utf8)
        else { throw ConfigurationError("\(path): cannot be read, or is not UTF-8 text.") }
        do {
            var retention: RetentionFile?
            if let root = try Yams.compose(yaml: text)?.mapping {
                try check(root, section: "", path: path)
                for (key, value) in root {
                    if let name = key.string, keys[name] != nil, let section = value.mapping {
                        try check(section, section: name, path: path)
                    }
                }
                retention = try root["retention"].map { node throws(ConfigurationError) in
                    do throws(ConfigurationError) { return try RetentionFile(node) } catch {
                        throw ConfigurationError("\(path): \(error.description)")
                    }
                }
            }
            var file = try YAMLDecoder().decode(CollectorFile.self, from: text)
            file.retention = retention
            return file
        } catch let error as ConfigurationError {
            throw error
        } catch let error as DecodingError {
            throw ConfigurationError("\(path): \(describe(error))")
        } catch {
            throw ConfigurationError("\(path): is not valid YAML: \(error)")
        }
    }

    private static func check(_ mapping: Node.Mapping, section: String, path: String) throws(ConfigurationError) {
        for (key, _) in mapping {
            let name = key.string ?? ""
            guard let known = keys[section], known.contains(name) else {
                let line = key.mark.map { ":\($0.line)" } ?? ""
                let place = section.isEmpty ? name : "\(section).\(name)"
                throw ConfigurationError(
                    "\(path)\(line): there is no setting \(place); the settings here are "
                        + keys[section]!.sorted().joined(separator: ", ") + ".")
            }
        }
    }

    private static func describe(_ error: DecodingError) -> String {
        func place(_ context: DecodingError.Context) -> String {
            let path = context.codingPath.map { $0.intValue.map { "[\($0)]" } ?? ".\($0.stringValue)" }.joined()
            return path.hasPrefix(".") ? String(path.dropFirst()) : path
        }
        switch error {
        case .typeMismatch(let type, let context): return "\(place(context)): expected \(type)."
        case .valueNotFound(let type, let context): return "\(place(context)): a value of type \(type) is missing."
        case .keyNotFound(let key, let context):
            let parent = place(context)
            return "\(parent.isEmpty ? "" : parent + ".")\(key.stringValue): is required."
        case .dataCorrupted(let context):
            return place(context).isEmpty ? context.debugDescription : "\(place(context)): \(context.debugDescription)"
        @unknown default: return String(describing: error)
        }
    }
}

/// A configuration that cannot be used: one sentence for a person, exit status 2.
struct ConfigurationError: Error, CustomStringConvertible {
    var description: String
    init(_ description: String) { self.description = description }
}
