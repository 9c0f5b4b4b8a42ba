/// A text with what must not be seen taken out, and the rules that took it.
public struct Masked: Sendable, Hashable {
    public var bytes: [UInt8]
    public var rules: Set<MaskingRule>

    public var text: String { String(decoding: bytes, as: UTF8.self) }
}
