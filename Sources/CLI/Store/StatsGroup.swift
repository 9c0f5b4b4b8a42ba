import Storage

/// Partitions of one class, or of one day of it, together.
struct StatsGroup {
    var name: String
    var young = 0
    var final = 0
    var spans: UInt64 = 0
    var bytes: UInt64 = 0
    var earliestStart = UInt64.max
    var latestStart: UInt64 = 0

    /// In the order of `partitions`.
    static func groups(_ partitions: [StoreSummary.Partition], byDay: Bool) -> [StatsGroup] {
        var groups: [StatsGroup] = []
        for partition in partitions {
            let isDefault = partition.tenant == "default"
            let place = isDefault ? partition.retentionClass : "\(partition.tenant)/\(partition.retentionClass)"
            let name = byDay ? "\(place) \(partition.day)" : place
            if groups.last?.name != name { groups.append(StatsGroup(name: name)) }
            let last = groups.count - 1
            if partition.isFinal {
                groups[last].final += partition.segments
            } else {
                groups[last].young += partition.segments
            }
            groups[last].spans += partition.spans
            groups[last].bytes += partition.bytes
            groups[last].earliestStart = min(groups[last].earliestStart, partition.earliestStart)
            groups[last].latestStart = max(groups[last].latestStart, partition.latestStart)
        }
        return groups
    }
}
