import Telemetry

/// Looks for transaction ids in requests, as the sources of one route say.
public struct TransactionExtractor: Sendable {
    let sources: [TransactionSource]
    private let rules: TransactionRules

    public init(sources: [TransactionSource], rules: TransactionRules = .standard) {
        self.sources = sources
        self.rules = rules
    }

    /// Whether a source wants the body, after `head` has found what it can.
    public func needsBody(after extraction: TransactionExtraction) -> Bool {
        sources.contains { $0.needsBody && !extraction.has($0.attribute) }
    }

    /// Takes the ids from a request's target and header fields.
    ///
    /// - Parameters:
    ///   - target: Path and query as sent.
    ///   - header: The first value of a field by its lower-case name.
    public func head(target: String, header: (String) -> String?, into extraction: inout TransactionExtraction) {
        for source in sources where !source.needsBody && !extraction.has(source.attribute) {
            let value: [UInt8]?
            switch source.location {
            case .header(let name): value = header(name).map { Array($0.utf8) }
            case .pathSegment(let index): value = RequestTarget.segment(index, of: target)
            case .query(let name): value = RequestTarget.query(name, of: target)
            case .json, .xml, .message: value = nil
            }
            if let value { add(value, source.attribute, to: &extraction) }
        }
    }

    /// Takes the ids from a request's body.
    ///
    /// - Parameters:
    ///   - bytes: The body from its start, up to the route's bound.
    ///   - isWhole: Whether the body ends with them.
    public func body(_ bytes: UnsafeRawBufferPointer, isWhole: Bool, into extraction: inout TransactionExtraction) {
        for source in sources where source.needsBody && !extraction.has(source.attribute) {
            let finding: BodyFinding
            switch source.location {
            case .json(let pointer): finding = JSONScanner.find(pointer, in: bytes, isWhole: isWhole)
            case .xml(let path): finding = XMLScanner.find(path, in: bytes, isWhole: isWhole)
            case .header, .pathSegment, .query, .message: continue
            }
            take(finding, source.attribute, into: &extraction)
        }
    }

    func take(_ finding: BodyFinding, _ attribute: String, into extraction: inout TransactionExtraction) {
        switch finding {
        case .found(let values):
            for value in values { add(value, attribute, to: &extraction) }
        case .absent: break
        case .beyondBound: extraction.beyondBound += 1
        case .malformed: extraction.malformed += 1
        }
    }

    private func add(_ value: [UInt8], _ attribute: String, to extraction: inout TransactionExtraction) {
        guard !value.isEmpty else { return }
        // Recorded as it was sent, only trimmed: spelling is normalised where keys are made.
        guard let trimmed = rules.normalise(value[...], by: .verbatim),
            let text = String(validating: trimmed, as: UTF8.self)
        else {
            extraction.refused += 1
            return
        }
        let identifier = TransactionExtraction.Identifier(attribute: attribute, value: text)
        if !extraction.identifiers.contains(identifier) { extraction.identifiers.append(identifier) }
    }
}
