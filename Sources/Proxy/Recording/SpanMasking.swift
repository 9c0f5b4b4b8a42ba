import Exposition
import Mesh
import NIOCore
import Privacy
import Telemetry

/// The masking of texts that go into spans and log lines, with a note of what was masked where.
struct SpanMasking {
    private let masker: Masker?
    private let masked: [MaskingRule: Counter]
    /// `url.path:card-number`, of the span being written.
    private(set) var notes: [String] = []

    init(_ rules: PrivacyRules, registry: MetricRegistry) {
        let isNeeded = rules.maskCardNumbers || rules.maskSecrets
        masker = isNeeded ? Masker(cardNumbers: rules.maskCardNumbers, secrets: rules.maskSecrets) : nil
        masked = Dictionary(
            uniqueKeysWithValues: MaskingRule.allCases.map { rule in
                let counter = registry.counter(
                    "waybill_proxy_masked_values_total", help: "Values masked before they left the proxy, by rule.",
                    labels: [MetricLabel("rule", rule.rawValue)])
                return (rule, counter)
            })
    }

    mutating func begin() { if !notes.isEmpty { notes.removeAll() } }

    /// What may be recorded of `raw`; `nil` when it may stay as it is.
    mutating func mask(
        _ raw: UnsafeRawBufferPointer, keeping identifiers: [TransactionExtraction.Identifier],
        as attribute: StaticString
    ) -> [UInt8]? {
        guard let masker, masker.concerns(raw), let result = masker.mask(raw, keeping: identifiers.map(\.value)) else {
            return nil
        }
        for rule in result.rules {
            masked[rule]?.increment()
            notes.append("\(attribute):\(rule.rawValue)")
        }
        return result.bytes
    }

    mutating func mask(
        _ text: String, keeping identifiers: [TransactionExtraction.Identifier], as attribute: StaticString
    ) -> String {
        var copy = text
        let bytes = copy.withUTF8 {
            mask(UnsafeRawBufferPointer($0), keeping: identifiers, as: attribute)
        }
        return bytes.map { String(decoding: $0, as: UTF8.self) } ?? text
    }

    /// Says of the span what was masked in it.
    func addNotes(to builder: inout BatchBuilder) {
        if !notes.isEmpty { builder.add(.waybillMasked, Array(notes.joined(separator: ",").utf8)) }
    }

    /// The same for a log line, where nothing is noted.
    func text(_ text: String, keeping identifiers: [String]) -> String {
        masker?.mask(text, keeping: identifiers)?.text ?? text
    }
}
