/// A dialect ready for reading: the layouts of all fields, and up to which of them messages are looked at.
public struct ISO8583Layout: Sendable {
    public let settings: ISO8583Settings
    /// By field number; those that carry nothing have none.
    let fields: [ISO8583FieldLayout?]
    /// Fields beyond it are not read: their layout is each network's own.
    let lastField: Int
    /// By field number: whether messages are asked for its value.
    let wanted: [Bool]

    /// Echoed in answers (ISO 8583:1987 §4.4), where both messages have them: transmission time, audit number,
    /// acquirer, retrieval reference, terminal.
    public static let echoedFields = [7, 11, 32, 37, 41]
    public static let auditNumber = 11
    public static let responseCode = 39

    public init(_ settings: ISO8583Settings) {
        self.settings = settings
        var fields = ISO8583Standard.fields
        for (number, layout) in settings.fields { fields[number] = layout }
        self.fields = fields
        let sources = settings.transactionSources.flatMap(\.fields)
        let wanted = sources + Self.echoedFields + [Self.responseCode]
        lastField = wanted.max() ?? 128
        self.wanted = (0...128).map(wanted.contains)
    }
}
