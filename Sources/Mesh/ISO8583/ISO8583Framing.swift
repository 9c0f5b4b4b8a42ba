/// Where one message ends and the next begins: a length, then as many bytes.
public struct ISO8583Framing: Sendable, Hashable {
    public enum Encoding: String, Sendable, Hashable, CaseIterable {
        /// Most significant byte first.
        case binary
        /// Decimal digits.
        case ascii
        /// Two decimal digits a byte.
        case bcd
    }

    /// 2 or 4 in most networks.
    public var lengthBytes: Int
    public var encoding: Encoding
    /// Whether the length counts its own bytes too.
    public var includesItself: Bool
    /// Between the length and the message type, counted by the length: a TPDU has 5, `ISO` headers have 12.
    public var headerBytes: Int
    /// After the last field, counted by the length.
    public var trailerBytes = 0
    /// Of a message with its header; a longer one is a fault, and the connection ends.
    public var maximumMessageBytes: Int

    public init(
        lengthBytes: Int = 2, encoding: Encoding = .binary, includesItself: Bool = false, headerBytes: Int = 0,
        maximumMessageBytes: Int = 65_535
    ) {
        self.lengthBytes = lengthBytes
        self.encoding = encoding
        self.includesItself = includesItself
        self.headerBytes = headerBytes
        self.maximumMessageBytes = maximumMessageBytes
    }

    init(_ reader: inout ObjectReader) throws(ConfigurationError) {
        self.init()
        encoding = try reader.choice("encoding", Encoding.self) ?? encoding
        lengthBytes = try reader.integer("lengthBytes", encoding == .ascii ? 2...6 : 1...4) ?? lengthBytes
        includesItself = try reader.flag("includesItself") ?? includesItself
        headerBytes = try reader.integer("headerBytes", 0...256) ?? headerBytes
        trailerBytes = try reader.integer("trailerBytes", 0...256) ?? trailerBytes
        maximumMessageBytes = try reader.integer("maximumMessageBytes", 64...1_048_576) ?? maximumMessageBytes
    }

    var json: JSONValue {
        var writer = ObjectWriter()
        writer.add("lengthBytes", lengthBytes)
        writer.add("encoding", encoding.rawValue)
        writer.add("includesItself", includesItself)
        writer.add("headerBytes", headerBytes)
        writer.add("trailerBytes", trailerBytes)
        writer.add("maximumMessageBytes", maximumMessageBytes)
        return writer.value
    }
}
