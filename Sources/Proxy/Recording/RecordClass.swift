import Wire

/// How hard the spans of a route are held on to; each class has its own batch.
enum RecordClass: Int, CaseIterable {
    case ordinary
    case payment
    /// A payment whose route forwards nothing that cannot be recorded.
    case paymentOrRefuse

    /// - Parameter refused: For want of room: such a record must not take the room of what was let in.
    init(_ route: RecordClass?, refused: Bool) { self = refused ? .payment : route ?? .ordinary }

    var delivery: DeliveryClass { self == .ordinary ? .ordinary : .payment }
    var whenSpoolFull: SpoolFullPolicy { self == .paymentOrRefuse ? .refuse : .recordLoss }
}
