/// How hard the exporter must hold on to a batch.
public enum DeliveryClass: UInt8, Sendable, Hashable {
    /// Kept in the memory queue; recorded as lost when the queue is full.
    case ordinary = 0
    /// Written to the spool, where one is configured, when the collector is away or the queue is full.
    case payment = 1
}

/// What became of a batch that was handed to the exporter. The answer never waits for the network.
public enum Admission: Sendable, Hashable {
    case accepted
    /// There was no room: the batch is gone, and a loss record says so to the collector.
    case recordedLoss
    /// There was no room and the caller asked to be told instead: nothing was recorded. Only for `.payment` batches
    /// with `SpoolFullPolicy.refuse`.
    case refused
}

/// What happens to a payment batch when neither the queue nor the spool can take it.
public enum SpoolFullPolicy: String, Sendable, Hashable {
    case recordLoss
    case refuse
}
