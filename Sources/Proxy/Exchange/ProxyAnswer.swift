/// An answer in the proxy's own name.
struct ProxyAnswer {
    var status: Int
    /// On the answer as `x-waybill-response-flags`.
    var flag: ResponseFlag
    /// For a person; one line.
    var sentence: String
    /// Further fields.
    var edits = HeadEdits()
}
