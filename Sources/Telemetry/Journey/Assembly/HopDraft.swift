/// A hop while the tree is being built; spans and other hops by position.
struct HopDraft {
    var form: Hop.Form
    /// Position of a span; -1 for none.
    var caller = -1
    var callee = -1
    /// The group whose parent id counts; -1 for a missing hop.
    var group: Int
    /// Position of a hop; -1 for none.
    var parent = -1
    var linkedBy = Hop.Link.parent
    var traceID: TraceID
    /// The parent span id where that span is not stored.
    var missingParent = SpanID.none
    var start: UInt64
    var end: UInt64
    var hasConflict = false
    var cutsCycle = false
    /// Of a missing hop: who should have recorded it, where its children agree on that.
    var missingService: String?
    var missingPrincipal: String?

    var lead: Int { caller >= 0 ? caller : callee }
}
