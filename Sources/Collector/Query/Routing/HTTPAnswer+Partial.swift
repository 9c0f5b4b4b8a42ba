import NIOHTTP1

extension HTTPAnswer {
    /// The field that says why there may be more than the body has, for those whose format has no place for it.
    static let partialField = "Waybill-Partial"

    /// The same, marked as one that may not be all there is. Sentences become one line of printable ASCII.
    func partial(_ gaps: [String]) -> HTTPAnswer {
        guard !gaps.isEmpty else { return self }
        var answer = self
        let line = gaps.joined(separator: " ").unicodeScalars.prefix(1000).map { scalar in
            (0x20..<0x7F).contains(scalar.value) ? Character(scalar) : "?"
        }
        answer.headers.replaceOrAdd(name: Self.partialField, value: String(line))
        return answer
    }
}
