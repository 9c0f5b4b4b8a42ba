extension FieldSection {
    /// Whether content-type is gRPC's: `application/grpc`, alone, with a message format (`+proto`) or with parameters.
    /// `application/grpc-web` is another protocol.
    var isGRPC: Bool {
        bytes.withUnsafeReadableBytes { raw in
            for field in fields where field.name == .other && field.nameRange.count == 12 {
                let name = UnsafeRawBufferPointer(rebasing: raw[field.nameRange])
                guard equalsIgnoringCase(name, "content-type") else { continue }
                let value = UnsafeRawBufferPointer(rebasing: raw[field.valueRange])
                guard value.count >= 16,
                    equalsIgnoringCase(UnsafeRawBufferPointer(rebasing: value[..<16]), "application/grpc")
                else { return false }
                guard value.count > 16 else { return true }
                return value[16] == UInt8(ascii: "+") || value[16] == UInt8(ascii: ";") || value[16] == 0x20
            }
            return false
        }
    }
}

extension RequestHead {
    /// Whether this is a gRPC call.
    var isGRPC: Bool { fields.isGRPC }

    /// The target without its query.
    var path: String { fields.withBytes(targetRange) { String(decoding: $0.prefix { $0 != 0x3F }, as: UTF8.self) } }
}
