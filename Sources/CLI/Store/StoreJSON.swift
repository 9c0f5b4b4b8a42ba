import Foundation
import Storage
import Telemetry

/// The JSON of the store's commands: one object and a line end, keys in order.
enum StoreJSON {
    static func text(_ value: some Encodable) -> String {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
        do {
            return String(decoding: try encoder.encode(value), as: UTF8.self) + "\n"
        } catch { Failure.exit(.unreachable, "The answer cannot be written as JSON: \(error).") }
    }

    struct Finding: Encodable {
        var kind: String
        var isDamage: Bool
        var file: String
        var offset: Int?
        var problem: String
        var canBeRebuilt: Bool
        var lost: Loss?

        init(_ finding: StoreFinding) {
            kind = finding.kind.rawValue
            isDamage = finding.kind.isDamage
            file = finding.path
            offset = finding.offset
            problem = finding.problem
            canBeRebuilt = finding.canBeRebuilt
            lost = finding.loss.map(Loss.init)
        }
    }

    struct Loss: Encodable {
        var spans: UInt64
        var traces: Int?
        var traceIds: [String]
        var from: Timestamp?
        var to: Timestamp?

        init(_ loss: StoreFinding.Loss) {
            spans = loss.spans
            traces = loss.traces
            traceIds = loss.traceIDs.map(\.description)
            from = loss.fromNanoseconds.map { Timestamp(nanoseconds: $0) }
            to = loss.toNanoseconds.map { Timestamp(nanoseconds: $0) }
        }
    }

    struct Hold: Encodable {
        struct Subject: Encodable {
            var transaction: String?
            var kind: String?
            var attribute: String?
            var value: String?
            var from: Timestamp?
            var to: Timestamp?
        }

        struct Release: Encodable {
            var reason: String
            var by: String
            var at: Timestamp
        }

        var id: String
        var isActive: Bool
        var subject: Subject
        var reason: String
        var by: String
        var at: Timestamp
        var release: Release?

        init(_ hold: Storage.Hold) {
            id = hold.id
            isActive = hold.isActive
            switch hold.subject {
            case .transaction(let value, let kind): subject = Subject(transaction: value, kind: kind)
            case .attribute(let key, let value): subject = Subject(attribute: key, value: value)
            case .time(let from, let to):
                subject = Subject(from: Timestamp(nanoseconds: from), to: Timestamp(nanoseconds: to))
            }
            reason = hold.reason
            by = hold.placedBy
            at = Timestamp(nanoseconds: hold.placedNanoseconds)
            release = hold.release.map {
                Release(
                    reason: $0.reason, by: $0.releasedBy, at: Timestamp(nanoseconds: $0.releasedNanoseconds))
            }
        }
    }
}
