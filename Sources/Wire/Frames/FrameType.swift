/// What a frame is. Types this version does not know are skipped.
public struct FrameType: RawRepresentable, Sendable, Hashable {
    public var rawValue: UInt8
    public init(rawValue: UInt8) { self.rawValue = rawValue }

    public static let hello = FrameType(rawValue: 0x01)
    public static let welcome = FrameType(rawValue: 0x02)
    public static let error = FrameType(rawValue: 0x03)
    public static let spans = FrameType(rawValue: 0x10)
    public static let metrics = FrameType(rawValue: 0x11)
    public static let losses = FrameType(rawValue: 0x12)
    public static let dictionaryReset = FrameType(rawValue: 0x13)
    public static let acknowledge = FrameType(rawValue: 0x20)
    public static let refuse = FrameType(rawValue: 0x21)
    public static let ping = FrameType(rawValue: 0x30)
    public static let pong = FrameType(rawValue: 0x31)
    public static let close = FrameType(rawValue: 0x3F)
}
