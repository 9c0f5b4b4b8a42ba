/// A body that should be JSON, and how errors about it are worded: with the path and the offset.
struct JSONDocument {
    let body: UnsafeRawBufferPointer
    let limits: OTLPLimits

    /// Where its bytes are; an error when there are none or too many.
    func start() throws(OTLPError) -> UnsafeRawPointer {
        guard body.count <= limits.maximumBytes else {
            throw OTLPError(
                code: .limitExceeded, path: "", offset: limits.maximumBytes,
                reason: "the request has \(body.count) bytes, the limit inflatedBytes is \(limits.maximumBytes)")
        }
        guard let base = body.baseAddress else {
            throw OTLPError(code: .malformed, path: "", offset: 0, reason: DecodeFault.truncatedJSON.sentence(limits))
        }
        return base
    }

    func sentence(_ rejection: OTLPRejection) -> String {
        let path = JSONPath.path(to: rejection.offset, in: body)
        return "\(path), at byte \(rejection.offset): \(rejection.sentence(limits))"
    }

    /// The error for a `fault` at `position`; for an unusable resource, what `rejection` says about it.
    func refusal(_ fault: DecodeFault, rejection: OTLPRejection?, position: Int) -> OTLPError {
        let rejection = fault == .unusableResource ? rejection : nil
        let offset = rejection?.offset ?? position
        let isLimit = rejection != nil || fault == .tooManySpans
        return OTLPError(
            code: isLimit ? .limitExceeded : .malformed, path: JSONPath.path(to: offset, in: body), offset: offset,
            reason: rejection?.sentence(limits) ?? fault.sentence(limits))
    }
}
