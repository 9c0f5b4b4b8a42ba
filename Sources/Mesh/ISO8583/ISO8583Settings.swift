/// How ISO 8583 messages stand on a connection, and what of them is recorded.
///
/// Dialects differ in everything that the standard leaves open; whoever configures the port knows which one is spoken.
/// The defaults are the most usual one: two binary length bytes, ASCII characters, a binary bitmap, BCD nowhere.
public struct ISO8583Settings: Sendable, Hashable {
    /// How digits and characters are written.
    public enum Encoding: String, Sendable, Hashable, CaseIterable {
        case ascii
        case ebcdic
        /// Two digits a byte in numeric fields, lengths and the message type; characters are ASCII.
        case bcd
    }

    public enum Bitmap: String, Sendable, Hashable, CaseIterable {
        /// Eight bytes.
        case binary
        /// Sixteen hexadecimal digits.
        case hexadecimal
    }

    public var framing: ISO8583Framing
    public var encoding: Encoding
    public var bitmap: Bitmap
    /// Fields whose layout is not that of ISO 8583:1987.
    public var fields: [Int: ISO8583FieldLayout]
    /// The ids that are recorded, looked at in order.
    public var transactionSources: [ISO8583Source]
    /// From a request to its answer; the request counts as unanswered after it.
    public var responseTimeoutMilliseconds: Int
    /// Unanswered requests of one connection whose answers are awaited; the oldest is given up beyond it.
    public var maximumPendingRequests: Int

    public init(
        framing: ISO8583Framing = ISO8583Framing(), encoding: Encoding = .ascii, bitmap: Bitmap = .binary,
        fields: [Int: ISO8583FieldLayout] = [:], transactionSources: [ISO8583Source] = [],
        responseTimeoutMilliseconds: Int = 30_000, maximumPendingRequests: Int = 4_096
    ) {
        self.framing = framing
        self.encoding = encoding
        self.bitmap = bitmap
        self.fields = fields
        self.transactionSources = transactionSources
        self.responseTimeoutMilliseconds = responseTimeoutMilliseconds
        self.maximumPendingRequests = maximumPendingRequests
    }

    static let maximumSources = 16

    init(_ reader: inout ObjectReader) throws(ConfigurationError) {
        self.init()
        framing = try reader.object("framing", ISO8583Framing.init) ?? framing
        encoding = try reader.choice("encoding", Encoding.self) ?? encoding
        bitmap = try reader.choice("bitmap", Bitmap.self) ?? bitmap
        for layout in try reader.list("fields", maximumCount: 126, Self.layout) ?? [] {
            guard fields.updateValue(layout.layout, forKey: layout.number) == nil else {
                throw reader.error("fields", "field \(layout.number) is described twice")
            }
        }
        transactionSources =
            try reader.list("transactionSources", maximumCount: Self.maximumSources) {
                (value, path) throws(ConfigurationError) in
                try ObjectReader.object(value, path: path, ISO8583Source.init)
            } ?? []
        responseTimeoutMilliseconds =
            try reader.integer("responseTimeoutMilliseconds", 10...3_600_000) ?? responseTimeoutMilliseconds
        maximumPendingRequests = try reader.integer("maximumPendingRequests", 1...65_536) ?? maximumPendingRequests
    }

    private static func layout(
        _ value: JSONValue, _ path: String
    ) throws(ConfigurationError) -> (number: Int, layout: ISO8583FieldLayout) {
        try ObjectReader.object(value, path: path) { (field) throws(ConfigurationError) in
            guard let number = try field.integer("field", 2...128) else { throw field.error("field", "missing") }
            guard number != 65 else { throw field.error("field", "65 is the third bitmap") }
            return (number, try ISO8583FieldLayout(&field))
        }
    }

    var json: JSONValue {
        var writer = ObjectWriter()
        writer.add("framing", framing.json)
        writer.add("encoding", encoding.rawValue)
        writer.add("bitmap", bitmap.rawValue)
        writer.add("fields", fields.sorted { $0.key < $1.key }.map { $0.value.json(field: $0.key) })
        writer.add("transactionSources", transactionSources.map(\.json))
        writer.add("responseTimeoutMilliseconds", responseTimeoutMilliseconds)
        writer.add("maximumPendingRequests", maximumPendingRequests)
        return writer.value
    }
}
