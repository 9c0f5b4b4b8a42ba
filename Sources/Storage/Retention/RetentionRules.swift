/// How long spans are kept: classes of traces, each with its days.
///
/// A trace belongs to the longest-kept class that any of its spans matches, wherever and whenever they came; a trace of
/// which no span matches belongs to the default class. Days count from the collector's day of receipt.
///
///     RetentionRules(
///         [
///             RetentionRule(name: "payments", keepDays: 2557, when: .exists(.attribute(.any, key: "payment.id"))),
///             RetentionRule(name: "health", keepDays: 3, when: .compare(.name, .equal, .string("GET /healthz"))),
///         ], defaultKeepDays: 90)
public struct RetentionRules: Sendable, Hashable {
    /// More classes than these are refused: each costs a file a seal.
    public static let maximumRules = 32

    public var rules: [RetentionRule]
    /// The class of traces that no rule is for: a name like those of the rules.
    public var defaultClass: String
    /// `nil` is for ever.
    public var defaultKeepDays: Int?

    public init(_ rules: [RetentionRule] = [], defaultClass: String = "standard", defaultKeepDays: Int? = nil) {
        self.rules = rules
        self.defaultClass = defaultClass
        self.defaultKeepDays = defaultKeepDays
    }

    /// - Throws: `.limit` naming the rule that cannot be, `.invalidQuery` for a filter that cannot be.
    func check() throws(StoreError) {
        guard rules.count <= RetentionRules.maximumRules else {
            throw StoreError(
                .limit, "there are \(rules.count) retention rules, and at most \(RetentionRules.maximumRules) may be")
        }
        var names: Set<String> = []
        for (name, days) in rules.map({ ($0.name, $0.keepDays) }) + [(defaultClass, defaultKeepDays)] {
            guard StoreDirectory.isName(name) else {
                throw StoreError(.limit, "the retention class must be 1 to 64 letters, digits, - and _")
            }
            guard names.insert(name).inserted else {
                throw StoreError(.limit, "the retention class \(name) is there twice")
            }
            if let days, !(1...RetentionRule.maximumDays ~= days) {
                throw StoreError(
                    .limit,
                    "the retention class \(name) keeps \(days) days, and 1 to \(RetentionRule.maximumDays) can be kept")
            }
        }
        for rule in rules {
            do throws(StoreError) { _ = try SpanMatcher(rule.when) } catch {
                throw StoreError(error.code, "the retention class \(rule.name): \(error.message)")
            }
        }
    }

    /// How long a class is kept. A class that no rule names any more, but that data is in, is kept for ever: nothing is
    /// removed under a rule that is not there.
    func keepDays(ofClass name: String) -> Int? {
        if name == defaultClass { return defaultKeepDays }
        return rules.first { $0.name == name }?.keepDays
    }

    /// Greater for what is kept longer.
    func length(ofClass name: String) -> Int { keepDays(ofClass: name) ?? .max }
}

/// One class of traces, and which they are.
public struct RetentionRule: Sendable, Hashable {
    /// A hundred years.
    public static let maximumDays = 36_525

    /// 1 to 64 letters, digits, - and _.
    public var name: String
    /// `nil` is for ever.
    public var keepDays: Int?
    public var when: SpanFilter

    public init(name: String, keepDays: Int?, when filter: SpanFilter) {
        self.name = name
        self.keepDays = keepDays
        when = filter
    }
}
