/// Header fields that the bank's services pass to each other, in lower case.
enum BankHeader {
    static let payment = "x-payment-id"
    static let idempotencyKey = "idempotency-key"
    static let trace = ["traceparent", "tracestate"]
}
