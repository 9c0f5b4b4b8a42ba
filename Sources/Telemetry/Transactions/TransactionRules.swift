/// Which span attributes name a transaction, and how their values are normalised.
public struct TransactionRules: Sendable, Hashable, Codable {
    /// How a value is brought to one spelling before it becomes a key. All forms first cut white space at both ends.
    public enum Normalisation: String, Sendable, Hashable, Codable {
        /// As written.
        case verbatim
        /// ASCII letters in lower case: UUIDs and UETRs (ISO 20022 writes them in lower case, people do not).
        case lowercase
    }

    public struct Rule: Sendable, Hashable, Codable {
        /// The attribute's key.
        public var attribute: String
        /// The kind of id its values are.
        public var kind: String
        public var normalisation: Normalisation

        public init(attribute: String, kind: String, normalisation: Normalisation = .verbatim) {
            self.attribute = attribute
            self.kind = kind
            self.normalisation = normalisation
        }
    }

    /// Stored with every index entry, so that an id found under old rules can be told from one found under new ones.
    public var revision: UInt32
    public var rules: [Rule]
    /// Longer ids are refused: counted, not indexed; the span itself is kept.
    public var maximumBytes: Int

    public init(revision: UInt32, rules: [Rule], maximumBytes: Int = 256) {
        self.revision = revision
        self.rules = rules
        self.maximumBytes = maximumBytes
    }

    /// What holds until configured otherwise.
    public static let standard = TransactionRules(
        revision: 1,
        rules: [
            Rule(attribute: "payment.transaction_id", kind: "payment"),
            Rule(attribute: "payment.uetr", kind: "uetr", normalisation: .lowercase),
            Rule(attribute: "payment.id", kind: "payment"),
            Rule(attribute: "payment.end_to_end_id", kind: "end_to_end"),
            Rule(attribute: "card.authorization_id", kind: "card_authorization"),
            Rule(attribute: "transaction.id", kind: "transaction"),
            Rule(attribute: "transaction_id", kind: "transaction"),
            Rule(attribute: "business.transaction_id", kind: "transaction"),
        ])

    /// The kinds that the rules can find, each once, in the rules' order.
    public var kinds: [String] {
        var seen: [String] = []
        for rule in rules where !seen.contains(rule.kind) { seen.append(rule.kind) }
        return seen
    }

    /// `value` as keys of `kind` are written; `nil` when no such id can exist (empty, too long, control characters).
    public func normalise(_ value: String, kind: String) -> String? {
        let normalisation = rules.first { $0.kind == kind }?.normalisation ?? .verbatim
        return normalise(Array(value.utf8)[...], by: normalisation).map { String(decoding: $0, as: UTF8.self) }
    }

    /// `bytes` in the rule's spelling; `nil` when they cannot be an id.
    public func normalise(_ bytes: ArraySlice<UInt8>, by normalisation: Normalisation) -> ArraySlice<UInt8>? {
        var output: [UInt8] = []
        return bytes.withUnsafeBytes({ append($0, by: normalisation, to: &output) }) ? output[...] : nil
    }

    /// Appends `bytes` in the rule's spelling; false, and nothing appended, when they cannot be an id.
    func append(_ bytes: UnsafeRawBufferPointer, by normalisation: Normalisation, to output: inout [UInt8]) -> Bool {
        var start = 0
        var end = bytes.count
        while start < end, bytes[start] == 0x20 || bytes[start] == 0x09 { start &+= 1 }
        while start < end, bytes[end &- 1] == 0x20 || bytes[end &- 1] == 0x09 { end &-= 1 }
        guard start < end, end - start <= maximumBytes else { return false }
        for index in start..<end where bytes[index] < 0x20 || bytes[index] == 0x7F { return false }
        let first = output.count
        output.append(contentsOf: UnsafeRawBufferPointer(rebasing: bytes[start..<end]))
        if normalisation == .lowercase {
            for index in first..<output.count where 0x41...0x5A ~= output[index] { output[index] |= 0x20 }
        }
        return true
    }

    /// The transactions that one span names, each once.
    public func keys(of span: Span) -> [TransactionKey] {
        var keys: [TransactionKey] = []
        for rule in rules {
            for attribute in span.attributes where attribute.key == rule.attribute {
                let text: String
                switch attribute.value {
                case .string(let value): text = value
                case .int(let value): text = String(value)
                default: continue
                }
                guard let value = normalise(Array(text.utf8)[...], by: rule.normalisation) else { continue }
                let key = TransactionKey(kind: rule.kind, value: String(decoding: value, as: UTF8.self))
                if !keys.contains(key) { keys.append(key) }
            }
        }
        return keys
    }
}
