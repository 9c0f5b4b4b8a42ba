import Storage
import Yams

extension RetentionFile {
    /// Days: a number with d, w or y, or none for ever. A year is 365¼ days, rounded up.
    static func days(_ node: Node, _ place: String) throws(ConfigurationError) -> Int? {
        let text = node.scalar?.string ?? ""
        if text == "none" { return nil }
        let problem = ConfigurationError(
            "\(place): expected an age like 90d, 12w or 7y, or none for ever, not \"\(text)\".")
        guard let unit = text.last, let count = Int(text.dropLast()), 1...RetentionRule.maximumDays ~= count else {
            throw problem
        }
        let days: Int
        switch unit {
        case "d": days = count
        case "w": days = count * 7
        case "y": days = (count * 1461 + 3) / 4
        default: throw problem
        }
        guard days <= RetentionRule.maximumDays else {
            throw ConfigurationError("\(place): must be at most \(RetentionRule.maximumDays) days; use none for ever.")
        }
        return days
    }

    /// Bytes: a number, or one with KiB, MiB, GiB, TiB, or kB, MB, GB, TB.
    static func bytes(_ node: Node, _ place: String) throws(ConfigurationError) -> Int {
        let text = node.scalar?.string ?? ""
        let units: [(String, Int)] = [
            ("KiB", 1 << 10), ("MiB", 1 << 20), ("GiB", 1 << 30), ("TiB", 1 << 40), ("kB", 1_000), ("MB", 1_000_000),
            ("GB", 1_000_000_000), ("TB", 1_000_000_000_000), ("", 1),
        ]
        for (unit, factor) in units where text.hasSuffix(unit) {
            guard let count = Int(text.dropLast(unit.count).trimmingSuffix(while: { $0 == " " })), count > 0 else {
                continue
            }
            let (bytes, overflow) = count.multipliedReportingOverflow(by: factor)
            if !overflow { return bytes }
        }
        throw ConfigurationError("\(place): expected a size like 500GiB, not \"\(text)\".")
    }
}

extension Substring {
    fileprivate func trimmingSuffix(while test: (Character) -> Bool) -> Substring {
        var rest = self
        while let last = rest.last, test(last) { rest.removeLast() }
        return rest
    }
}
