/// How one payment ended for its customer.
struct PaymentOutcome: Sendable {
    var payment: PaymentOrder.Payment
    /// 0 when no answer came.
    var status: Int
    /// Nothing when it was booked.
    var reason: String?

    var isBooked: Bool { reason == nil }
}
