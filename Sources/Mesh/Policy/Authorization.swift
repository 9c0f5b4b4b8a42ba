/// Who may ask what of a listener: rules that are looked at for every request, or for every connection that carries
/// none.
///
/// The order is Istio's: a rule that denies and matches settles it; then a rule that allows and matches; then the
/// default.
public struct Authorization: Sendable, Hashable {
    /// What happens to a request that no rule matches.
    public enum Default: String, Sendable, Hashable, CaseIterable {
        case deny
        case allow
    }

    /// Names this set of rules on spans and in the access log.
    public var revision: String
    public var unmatched: Default
    /// When false, decisions are recorded and nothing is refused: a rehearsal.
    public var enforced: Bool
    public var rules: [AuthorizationRule]

    public init(
        revision: String, unmatched: Default = .deny, enforced: Bool = true, rules: [AuthorizationRule] = []
    ) {
        self.revision = revision
        self.unmatched = unmatched
        self.enforced = enforced
        self.rules = rules
    }

    /// Whether any rule is for some paths only.
    public var speaksOfPaths: Bool { rules.contains { !$0.paths.isEmpty } }

    static let maximumRules = 1_024

    init(_ reader: inout ObjectReader, of subject: AuthorizationSubject) throws(ConfigurationError) {
        self.init(revision: try reader.requiredText("revision", maximumBytes: 128))
        unmatched = try reader.choice("default", Default.self) ?? unmatched
        enforced = try reader.flag("enforced") ?? enforced
        rules =
            try reader.list("rules", maximumCount: Self.maximumRules) { (value, path) throws(ConfigurationError) in
                try ObjectReader.object(value, path: path) { (rule) throws(ConfigurationError) in
                    try AuthorizationRule(&rule, of: subject)
                }
            } ?? []
        var names: Set<String> = []
        for (index, rule) in rules.enumerated() where !names.insert(rule.name).inserted {
            throw ConfigurationError(
                path: "\(reader.path(of: "rules"))[\(index)].name", message: "\"\(rule.name)\" names two rules")
        }
    }

    var json: JSONValue {
        var writer = ObjectWriter()
        writer.add("revision", revision)
        writer.add("default", unmatched.rawValue)
        writer.add("enforced", enforced)
        writer.add("rules", rules.map(\.json))
        return writer.value
    }
}
