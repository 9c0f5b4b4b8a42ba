import NIOCore

/// ISO 8583 as the bank's terminals speak it: fields 2, 7, 11, 37 and, in answers, 39, after two bytes of length.
struct CardMessage: Equatable {
    var type: String
    /// Six digits.
    var audit: String
    /// Twelve characters.
    var reference: String
    /// Of answers; two digits.
    var code: String?

    private static let card = "4111111111111111"

    func frame() -> ByteBuffer {
        var bitmap: UInt64 = 0
        for field in [2, 7, 11, 37] + (code == nil ? [] : [39]) { bitmap |= 1 << UInt64(64 - field) }
        var message = ByteBuffer(string: type)
        message.writeInteger(bitmap)
        message.writeString("16\(Self.card)1123125000\(audit)\(reference)\(code ?? "")")
        var frame = ByteBuffer()
        frame.writeInteger(UInt16(message.readableBytes))
        frame.writeImmutableBuffer(message)
        return frame
    }

    /// Takes the next message from the front; `nil` while it is not complete.
    static func read(_ input: inout ByteBuffer) -> CardMessage? {
        guard let length = input.getInteger(at: input.readerIndex, as: UInt16.self),
            input.readableBytes >= 2 + Int(length)
        else { return nil }
        input.moveReaderIndex(forwardBy: 2)
        guard var message = input.readSlice(length: Int(length)), let type = message.readString(length: 4),
            message.readInteger(as: UInt64.self) != nil, message.readString(length: 28) != nil,
            let audit = message.readString(length: 6), let reference = message.readString(length: 12)
        else { return CardMessage(type: "cut", audit: "", reference: "") }
        return CardMessage(
            type: type, audit: audit, reference: reference,
            code: message.readableBytes == 0 ? nil : message.readString(length: message.readableBytes))
    }
}
