import Telemetry

/// One entry of the write-ahead log. Each is whole in itself: a submission brings its own dictionary. (A dictionary
/// for a whole file would save little after LZ4, and one damaged record would take all later ones with it.)
enum LogRecord: Sendable {
    case submission(Submission)
    case sessionOpened(SessionRecord)
    /// `lastSequence` is `nil` when the connection went away without CLOSE.
    case sessionClosed(SessionRecord, lastSequence: UInt64?)

    static let submissionType: UInt8 = 1
    static let sessionOpenedType: UInt8 = 2
    static let sessionClosedType: UInt8 = 3

    var type: UInt8 {
        switch self {
        case .submission: LogRecord.submissionType
        case .sessionOpened: LogRecord.sessionOpenedType
        case .sessionClosed: LogRecord.sessionClosedType
        }
    }
}

extension PackedWriter {
    mutating func append(record: borrowing LogRecord) {
        switch record {
        case .submission(let submission):
            append(provenance: submission.provenance)
            append(UInt32(submission.losses.count))
            for loss in submission.losses { append(loss: loss) }
            // Bit 0: a batch of metrics follows. Bit 1 (since version 2): reported metrics follow it.
            append(UInt8(submission.metrics == nil ? 0 : 1) | (submission.reported == nil ? 0 : 2))
            if let metrics = submission.metrics { append(metrics: metrics) }
            if let reported = submission.reported { append(reported: reported) }
            append(UInt8(submission.spans.isEmpty ? 0 : 1))
            if !submission.spans.isEmpty { append(batch: submission.spans) }
        case .sessionOpened(let session):
            append(session: session.key)
            append(session.timeNanoseconds)
        case .sessionClosed(let session, let lastSequence):
            append(session: session.key)
            append(session.timeNanoseconds)
            append(UInt8(lastSequence == nil ? 0 : 1))
            append(lastSequence ?? 0)
        }
    }
}

extension PackedReader {
    mutating func record(type: UInt8) throws(StoreError) -> LogRecord {
        switch type {
        case LogRecord.submissionType:
            var submission = Submission(provenance: try provenance())
            for _ in 0..<(try elementCount()) { submission.losses.append(try loss()) }
            let metricKinds = try integer(UInt8.self)
            guard metricKinds < 4 else { throw damaged("metrics of unknown kinds \(metricKinds)") }
            if metricKinds & 1 != 0 { submission.metrics = try metrics() }
            if metricKinds & 2 != 0 { submission.reported = try reported() }
            if try integer(UInt8.self) != 0 { submission.spans = try batch() }
            return .submission(submission)
        case LogRecord.sessionOpenedType:
            return .sessionOpened(SessionRecord(key: try session(), timeNanoseconds: try integer()))
        case LogRecord.sessionClosedType:
            let record = SessionRecord(key: try session(), timeNanoseconds: try integer())
            let closed = try integer(UInt8.self) != 0
            let last = try integer(UInt64.self)
            return .sessionClosed(record, lastSequence: closed ? last : nil)
        default:
            throw damaged("a record of unknown type \(type)")
        }
    }
}
