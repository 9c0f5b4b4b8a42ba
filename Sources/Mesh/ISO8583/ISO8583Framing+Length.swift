extension ISO8583Framing {
    /// The length of the message after the length's own bytes, from those bytes; what is wrong with it otherwise.
    public func messageBytes(_ bytes: some Sequence<UInt8>) -> Result<Int, ISO8583Fault> {
        var length = 0
        for (offset, byte) in bytes.enumerated() {
            switch encoding {
            case .binary: length = length << 8 | Int(byte)
            case .ascii:
                guard 0x30...0x39 ~= byte else { return .failure(digitFault(offset, byte)) }
                length = length * 10 + Int(byte & 0xF)
            case .bcd:
                guard byte >> 4 <= 9, byte & 0xF <= 9 else { return .failure(digitFault(offset, byte)) }
                length = length * 100 + Int(byte >> 4) * 10 + Int(byte & 0xF)
            }
        }
        let message = includesItself ? length - lengthBytes : length
        guard (0...maximumMessageBytes).contains(message) else {
            return .failure(
                ISO8583Fault(
                    field: 0, offset: 0,
                    message: "a length of \(length); messages of at most \(maximumMessageBytes) bytes are taken"))
        }
        return .success(message)
    }

    private func digitFault(_ offset: Int, _ byte: UInt8) -> ISO8583Fault {
        ISO8583Fault(
            field: 0, offset: offset,
            message: "byte 0x\(String(byte, radix: 16)) of the length is not \(encoding == .ascii ? "a digit" : "BCD")")
    }
}
