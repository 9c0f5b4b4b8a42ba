extension Submission {
    /// What the submission takes in memory, about: what admission counts.
    var memoryBytes: Int {
        var bytes = spans.memoryBytes + spans.count * LiveSet.indexBytesPerSpan + losses.count * 64
        for series in metrics?.series ?? [] {
            bytes += 128 + series.name.utf8.count + series.help.utf8.count
            for label in series.labels { bytes += 48 + label.name.utf8.count + label.value.utf8.count }
            if case .histogram(let bounds) = series.kind { bytes += bounds.count * 8 }
        }
        for point in metrics?.points ?? [] {
            bytes += 40
            if case .histogram(let counts, _) = point.value { bytes += counts.count * 8 }
        }
        return bytes + 256
    }
}
