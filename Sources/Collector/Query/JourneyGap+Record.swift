import Storage
import Telemetry

extension JourneyGap {
    /// A stored file that has, or may have, spans of the journey and cannot be read.
    init(unreadable error: StoreError) {
        self.init(kind: .recordedLoss, principal: "the collector", instance: "", reason: error.description)
    }

    /// A gap of the ledger as a journey shows it.
    init(record: GapRecord) {
        let principal = record.session?.principal ?? "the collector"
        let instance = record.session?.instance ?? ""
        let from = record.fromNanoseconds == 0 ? nil : Timestamp(nanoseconds: record.fromNanoseconds)
        let to = record.toNanoseconds == .max ? nil : Timestamp(nanoseconds: record.toNanoseconds)
        switch record.kind {
        case .missingSequences(let range):
            self.init(
                kind: .missingSequences, principal: principal, instance: instance, from: from, to: to,
                firstSequence: range.lowerBound, lastSequence: range.upperBound)
        case .loss(let loss):
            // Of what was damaged nobody may know the time: before it was told.
            let last = loss.lastNanoseconds == 0 ? record.toNanoseconds : loss.lastNanoseconds
            self.init(
                kind: .recordedLoss, principal: principal, instance: instance, from: from,
                to: Timestamp(nanoseconds: last), spans: loss.spans, reason: loss.reason.name)
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
