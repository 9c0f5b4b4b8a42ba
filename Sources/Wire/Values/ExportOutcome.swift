/// What became, in the end, of a batch that an exporter had accepted.
public enum ExportOutcome: Sendable, Hashable {
    /// Every endpoint has it.
    case acknowledged
    /// A collector will not take it, now or later; it is recorded as lost.
    case refused(WireRefusal)
    /// It is gone without any collector's answer. Recorded as lost, unless the exporter could tell nobody any more.
    case lost
    /// The exporter was shut down and left it in its spool, for the next one that opens the spool.
    case leftInSpool
}
