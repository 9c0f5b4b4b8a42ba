/// All series of one name, as they are exposed: cumulative since each series began.
public struct MetricFamily: Sendable, Hashable {
    /// OpenMetrics' types.
    public enum Kind: String, Sendable, Hashable {
        case counter
        case gauge
        case histogram
        case summary
        /// Labels that say something, with the value 1; the name ends in `_info`.
        case info
        case unknown
    }

    /// As its samples are named without `_bucket`, `_sum` and `_count`; a counter's with its `_total`.
    public var name: String
    public var help: String
    /// The unit at the end of the name (`seconds`); empty for none.
    public var unit: String
    public var kind: Kind
    public var samples: [MetricSample]

    public init(name: String, help: String, unit: String = "", kind: Kind, samples: [MetricSample] = []) {
        self.name = name
        self.help = help
        self.unit = unit
        self.kind = kind
        self.samples = samples
    }
}

extension [MetricFamily] {
    /// Families of one name joined under the first one's help, without empty ones. Those of another kind than the first
    /// are left out, because a scraper would refuse the whole page; `conflicts` names them.
    public func merged() -> [MetricFamily] {
        var merged: [MetricFamily] = []
        var index: [String: Int] = [:]
        for family in self where !family.samples.isEmpty {
            if let known = index[family.name] {
                if merged[known].kind == family.kind { merged[known].samples += family.samples }
            } else {
                index[family.name] = merged.count
                merged.append(family)
            }
        }
        return merged.sorted { $0.name < $1.name }
    }

    /// Names that appear with more than one kind.
    public func conflicts() -> [String] {
        var kinds: [String: MetricFamily.Kind] = [:]
        var names: [String] = []
        for family in self {
            if let kind = kinds[family.name], kind != family.kind {
                if !names.contains(family.name) { names.append(family.name) }
            } else {
                kinds[family.name] = family.kind
            }
        }
        return names
    }
}
