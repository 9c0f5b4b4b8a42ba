/// A message as far as the proxy reads it: its type, and the few fields that identify it.
///
/// Only declared fields are ever copied out; the card number, track data and PIN block are stepped over.
public struct ISO8583Message: Sendable, Hashable {
    /// Four digits: version, class, function, origin.
    public var type: Int
    /// Characters as ASCII, digits as digits, by field number.
    public var values: [Int: [UInt8]]

    public init(type: Int, values: [Int: [UInt8]] = [:]) {
        self.type = type
        self.values = values
    }

    /// `0200`.
    public var typeText: String {
        let digits = String(type)
        return String(repeating: "0", count: max(0, 4 - digits.count)) + digits
    }

    /// The third digit: what the message is for (ISO 8583:1987 §4.1).
    public var function: Int { type / 10 % 10 }
    /// A request, an advice or an instruction: the other side owes an answer.
    public var wantsAnswer: Bool { [0, 2, 6].contains(function) }
    public var isAnswer: Bool { [1, 3, 5, 7].contains(function) }
    /// Version, class and function of the request that this message is, or answers.
    public var exchangeType: Int { type / 100 * 10 + (isAnswer ? function - 1 : function) }

    /// Whether this can be the answer to `request`: every echoed field that both have is equal.
    public func answers(_ request: ISO8583Message) -> Bool {
        guard isAnswer, exchangeType == request.exchangeType else { return false }
        return ISO8583Layout.echoedFields.allSatisfy { number in
            guard let mine = values[number], let theirs = request.values[number] else { return true }
            return mine == theirs
        }
    }

    /// The ids that the sources find; values that are no id are counted as refused.
    public func transactions(_ sources: [ISO8583Source]) -> TransactionExtraction {
        var extraction = TransactionExtraction()
        for source in sources where !extraction.has(source.attribute) {
            let parts = source.fields.compactMap { values[$0] }
            guard parts.count == source.fields.count else { continue }
            let joined = parts.map { String(decoding: $0, as: UTF8.self).trimmingBlanks() }
            guard joined.allSatisfy({ !$0.isEmpty && $0.utf8.allSatisfy { 0x21...0x7E ~= $0 } }) else {
                extraction.refused += 1
                continue
            }
            extraction.identifiers.append(
                TransactionExtraction.Identifier(
                    attribute: source.attribute, value: joined.joined(separator: "-")))
        }
        return extraction
    }
}

extension String {
    fileprivate func trimmingBlanks() -> String {
        var rest = self[...]
        while rest.first == " " { rest.removeFirst() }
        while rest.last == " " { rest.removeLast() }
        return String(rest)
    }
}
