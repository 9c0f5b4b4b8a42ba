import Storage
import Yams

/// The retention section of the collector's YAML file. Every error names the field by its path.
///
///     retention:
///       maximumBytes: 500GiB
///       default: { keep: 90d }
///       classes:
///         payments: { keep: 7y, when: [ { attribute: payment.uetr } ] }
///         health: { keep: 3d, when: [ { attribute: http.route, equals: /healthz }, { name: "GET /healthz" } ] }
package struct RetentionFile: Sendable {
    package var rules = RetentionRules()
    package var maximumBytes: Int?

    init(_ node: Node) throws(ConfigurationError) {
        let section = try RetentionFile.mapping(node, "retention", ["maximumBytes", "default", "classes"])
        if let node = section["maximumBytes"] {
            maximumBytes = try RetentionFile.bytes(node, "retention.maximumBytes")
        }
        if let node = section["default"] {
            let place = "retention.default"
            guard let keep = try RetentionFile.mapping(node, place, ["keep"])["keep"] else {
                throw ConfigurationError("\(place).keep: is required.")
            }
            rules.defaultKeepDays = try RetentionFile.days(keep, place + ".keep")
        }
        guard let classes = section["classes"] else { return }
        guard let mapping = classes.mapping else {
            throw ConfigurationError("retention.classes: expected classes by their names.")
        }
        guard mapping.count <= RetentionRules.maximumRules else {
            throw ConfigurationError("retention.classes: at most \(RetentionRules.maximumRules) can be.")
        }
        for (key, node) in mapping {
            guard let name = key.string else { throw ConfigurationError("retention.classes: a name is not a text.") }
            guard name != rules.defaultClass else {
                throw ConfigurationError("retention.classes.\(name): is the default class; set retention.default.")
            }
            rules.rules.append(try RetentionFile.rule(name, node))
        }
    }

    /// The section in a YAML text; `nil` when it has none. For tests.
    package static func read(yaml: String) throws -> RetentionFile? {
        guard let node = try Yams.compose(yaml: yaml)?.mapping?["retention"] else { return nil }
        return try RetentionFile(node)
    }

    private static func rule(_ name: String, _ node: Node) throws(ConfigurationError) -> RetentionRule {
        let place = "retention.classes.\(name)"
        // Classes name directories.
        guard name.wholeMatch(of: /[A-Za-z0-9_-]{1,64}/) != nil else {
            throw ConfigurationError("\(place): a class must be named by 1 to 64 letters, digits, - and _.")
        }
        let section = try mapping(node, place, ["keep", "when"])
        guard let keep = section["keep"] else { throw ConfigurationError("\(place).keep: is required.") }
        guard let when = section["when"] else { throw ConfigurationError("\(place).when: is required.") }
        guard let items = when.sequence, !items.isEmpty else {
            throw ConfigurationError("\(place).when: expected a list of conditions, any of which is enough.")
        }
        var filters: [SpanFilter] = []
        for (number, item) in items.enumerated() {
            let filter = try condition(item, "\(place).when[\(number)]")
            do throws(StoreError) { _ = try SpanMatcher(filter) } catch {
                throw ConfigurationError("\(place).when[\(number)]: \(error.message).")
            }
            filters.append(filter)
        }
        return RetentionRule(
            name: name, keepDays: try days(keep, place + ".keep"),
            when: filters.count == 1 ? filters[0] : .or(filters))
    }

    /// One condition: all that it says must hold.
    private static func condition(_ node: Node, _ place: String) throws(ConfigurationError) -> SpanFilter {
        let section = try mapping(
            node, place, ["attribute", "scope", "equals", "prefix", "matches", "name", "service"])
        var filters: [SpanFilter] = []
        if let key = section["attribute"] {
            filters.append(try attribute(section, try text(key, place + ".attribute"), place))
        } else {
            for name in ["scope", "equals", "prefix", "matches"] where section[Node(name)] != nil {
                throw ConfigurationError("\(place).\(name): goes with an attribute.")
            }
        }
        if let name = section["name"] {
            filters.append(.compare(.name, .equal, .string(try text(name, place + ".name"))))
        }
        if let service = section["service"] {
            filters.append(.compare(.service, .equal, .string(try text(service, place + ".service"))))
        }
        switch filters.count {
        case 0: throw ConfigurationError("\(place): name an attribute, a name or a service.")
        case 1: return filters[0]
        default: return .and(filters)
        }
    }

    private static func attribute(
        _ section: Node.Mapping, _ key: String, _ place: String
    ) throws(ConfigurationError) -> SpanFilter {
        var scope = SpanFilter.AttributeScope.any
        if let node = section["scope"] {
            let name = try text(node, place + ".scope")
            guard let known = SpanFilter.AttributeScope(rawValue: name) else {
                let names = SpanFilter.AttributeScope.allCases.map(\.rawValue).joined(separator: ", ")
                throw ConfigurationError("\(place).scope: expected one of \(names), not \(name).")
            }
            scope = known
        }
        let field = SpanFilter.Field.attribute(scope, key: key)
        guard ["equals", "prefix", "matches"].count(where: { section[Node($0)] != nil }) <= 1 else {
            throw ConfigurationError("\(place): give one of equals, prefix and matches.")
        }
        if let node = section["equals"] { return .compare(field, .equal, try value(node, place + ".equals")) }
        if let node = section["prefix"] {
            return .compare(field, .hasPrefix, .string(try text(node, place + ".prefix")))
        }
        if let node = section["matches"] {
            return .compare(field, .matches, .string(try text(node, place + ".matches")))
        }
        return .exists(field)
    }

    /// A value as YAML types it: quoted, it is a string.
    private static func value(_ node: Node, _ place: String) throws(ConfigurationError) -> FilterValue {
        guard let scalar = node.scalar else { throw ConfigurationError("\(place): expected one value.") }
        if scalar.style == .plain {
            if let bool = node.bool { return .bool(bool) }
            if let int = Int64(scalar.string) { return .int(int) }
            if let double = node.float { return .double(double) }
        }
        return .string(scalar.string)
    }

    private static func text(_ node: Node, _ place: String) throws(ConfigurationError) -> String {
        guard let text = node.scalar?.string, !text.isEmpty else {
            throw ConfigurationError("\(place): expected a text.")
        }
        return text
    }

    private static func mapping(
        _ node: Node, _ place: String, _ known: [String]
    ) throws(ConfigurationError) -> Node.Mapping {
        guard let mapping = node.mapping else {
            throw ConfigurationError("\(place): expected settings: \(known.joined(separator: ", ")).")
        }
        for (key, _) in mapping where !known.contains(key.string ?? "") {
            throw ConfigurationError(
                "there is no setting \(place).\(key.string ?? "?"); the settings here are \(known.joined(separator: ", "))."
            )
        }
        return mapping
    }
}
