import Mesh

extension RequestHead {
    /// Rewrites the path as a listener wants it, for routes, rules, records and the service alike.
    mutating func normalizePath(_ normalization: PathNormalization) -> HTTPFault? {
        switch fields.withBytes(targetRange, { normalization.apply(to: $0) }) {
        case .unchanged: return nil
        case .rewritten(let target):
            targetRange = fields.appendControl(target)
            return nil
        case .ambiguous:
            return HTTPFault(
                .malformedTarget,
                "the path can be read in several ways: it has a backslash, a broken escape, an escaped NUL or too many .."
            )
        }
    }
}
