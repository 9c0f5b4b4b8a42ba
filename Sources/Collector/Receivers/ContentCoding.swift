/// How a request's body is compressed, as `Content-Encoding` and `grpc-encoding` name it.
package enum ContentCoding: String, Sendable, Hashable, CaseIterable {
    case identity, gzip, deflate

    /// `nil` for a coding that is not taken. No field at all is `identity`.
    package init?(field: String?) {
        guard let field else {
            self = .identity
            return
        }
        self.init(rawValue: field.lowercased())
    }

    /// Hands `body` to `use` as it was before compression.
    func withPlain<R>(
        _ body: UnsafeRawBufferPointer, limit: Int, _ use: (UnsafeRawBufferPointer) -> Result<R, IntakeRefusal>
    ) -> Result<R, IntakeRefusal> {
        guard self != .identity else { return use(body) }
        do {
            return try Gzip.inflate(body, limit: limit).withUnsafeBytes(use)
        } catch {
            return .failure(refusal(error))
        }
    }

    private func refusal(_ failure: Gzip.Failure) -> IntakeRefusal {
        switch failure {
        case .tooLarge(let limit):
            IntakeRefusal(
                .tooLarge, "The request inflates to more than the limit of \(limit) bytes (limit inflatedBytes).",
                reason: .inflated)
        case .malformed(let offset):
            IntakeRefusal(
                .malformed, "The compressed body is not valid \(rawValue) at byte \(offset).", reason: .malformed)
        case .truncated:
            IntakeRefusal(
                .malformed, "The compressed body ends before its \(rawValue) stream does.", reason: .malformed)
        case .outOfMemory: .storeIsFull
        }
    }
}
