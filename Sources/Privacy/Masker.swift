/// Takes card numbers and secrets out of texts before they leave the proxy.
public struct Masker: Sendable {
    private let cardNumbers: Bool
    private let secrets: Bool

    public init(cardNumbers: Bool = true, secrets: Bool = true) {
        self.cardNumbers = cardNumbers
        self.secrets = secrets
    }

    /// A quick look: whether a text is worth a closer one.
    public func concerns(_ text: UnsafeRawBufferPointer) -> Bool {
        cardNumbers && CardNumber.mayBeIn(text) || secrets && SecretScanner.mayBeIn(text)
    }

    /// `nil` for a text that may stay as it is.
    ///
    /// - Parameter identifiers: Transaction ids found in the same request: where one of them stands in the text,
    ///   nothing is masked.
    public func mask(_ text: UnsafeRawBufferPointer, keeping identifiers: [String] = []) -> Masked? {
        guard concerns(text) else { return nil }
        var findings: [(range: Range<Int>, rule: MaskingRule)] = []
        if cardNumbers { findings += CardScanner.cards(in: text).map { ($0, .cardNumber) } }
        if secrets { findings += SecretScanner.secrets(in: text).map { ($0, .secret) } }
        guard !findings.isEmpty else { return nil }
        let kept = identifiers.flatMap { Self.occurrences(of: $0, in: text) }
        findings.removeAll { finding in kept.contains { $0.contains(finding.range) } }
        guard !findings.isEmpty else { return nil }
        return Masked(bytes: Self.write(text, findings), rules: Set(findings.map(\.rule)))
    }

    public func mask(_ text: String, keeping identifiers: [String] = []) -> Masked? {
        var text = text
        return text.withUTF8 { mask(UnsafeRawBufferPointer($0), keeping: identifiers) }
    }

    /// Identifiers shorter than a card number hide none.
    private static func occurrences(of identifier: String, in text: UnsafeRawBufferPointer) -> [Range<Int>] {
        let wanted = Array(identifier.utf8)
        guard wanted.count >= CardNumber.lengths.lowerBound, wanted.count <= text.count else { return [] }
        return (0...(text.count - wanted.count)).compactMap { start in
            text[start..<(start + wanted.count)].elementsEqual(wanted) ? start..<(start + wanted.count) : nil
        }
    }

    private static func write(
        _ text: UnsafeRawBufferPointer, _ findings: [(range: Range<Int>, rule: MaskingRule)]
    ) -> [UInt8] {
        var output = Array(text)
        for (range, rule) in findings where rule == .cardNumber { CardScanner.blank(range, in: &output) }
        // From the end, so that what lies before keeps its place; a secret inside another goes with it.
        let secrets = findings.filter { $0.rule == .secret }.map(\.range).sorted { $0.lowerBound > $1.lowerBound }
        var last = output.count
        for range in secrets where range.upperBound <= last {
            output.replaceSubrange(range, with: SecretScanner.replacement)
            last = range.lowerBound
        }
        return output
    }
}
