import Storage
import Telemetry

extension JourneyGap {
    /// A batch may be held open this long and be overtaken by others meanwhile: what is missing may be this much older
    /// than the newest that came, so gaps reach this much further back.
    static let disorderNanoseconds: UInt64 = 10_000_000_000

    /// A stored file that has, or may have, spans of the journey and cannot be read.
    init(unreadable error: StoreError) {
        self.init(kind: .recordedLoss, principal: "the collector", instance: "", reason: error.description)
    }

    /// A gap of the ledger as a journey shows it.
    init(record: GapRecord) {
        let principal = record.session?.principal ?? "the collector"
        let instance = record.session?.instance ?? ""
        let earliest = record.fromNanoseconds - min(record.fromNanoseconds, Self.disorderNanoseconds)
        let from = earliest == 0 ? nil : Timestamp(nanoseconds: earliest)
        let to = record.toNanoseconds == .max ? nil : Timestamp(nanoseconds: record.toNanoseconds)
        switch record.kind {
        case .missingSequences(let range):
            self.init(
                kind: .missingSequences, principal: principal, instance: instance, from: from, to: to,
                firstSequence: range.lowerBound, lastSequence: range.upperBound)
        case .loss(let loss):
            self.init(
                kind: .recordedLoss, principal: principal, instance: instance,
                from: Timestamp(nanoseconds: loss.firstNanoseconds), to: Timestamp(nanoseconds: loss.lastNanoseconds),
                spans: loss.spans,
                reason: loss.reason.name)
        case .unknownTail(let sequence):
            self.init(
                kind: .unknownTail, principal: principal, instance: instance, from: from, to: to,
                firstSequence: sequence < .max ? sequence + 1 : sequence)
        case .corruption(let file, let offset, let bytes):
            self.init(
                kind: .recordedLoss, principal: principal, instance: instance, from: from, to: to,
                reason: "\(bytes) bytes of \(file) at offset \(offset) no longer match their checksum")
        }
    }
}
