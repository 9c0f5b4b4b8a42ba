import NIOHPACK

/// How the proxy's own answers look to a gRPC client: a status without content, told by trailers alone.
enum GRPCAnswer {
    static func add(_ answer: ProxyAnswer, to headers: inout HPACKHeaders) {
        headers.add(name: ":status", value: "200")
        headers.add(name: "content-type", value: "application/grpc")
        headers.add(name: "grpc-status", value: String(code(answer)))
        headers.add(name: "grpc-message", value: percentEncoded(answer.sentence), indexing: .nonIndexable)
        headers.add(name: "x-waybill-response-flags", value: answer.flag.rawValue)
        headers.add(answer.edits)
    }

    /// As "HTTP to gRPC Status Code Mapping" of gRPC has it; a time-out is what its callers know as their deadline.
    static func code(_ answer: ProxyAnswer) -> Int {
        if answer.flag == .upstreamTimeout { return 4 }
        switch answer.status {
        case 400: return 13
        case 401: return 16
        case 403: return 7
        case 404: return 12
        case 413: return 8
        case 429, 502, 503, 504: return 14
        default: return 2
        }
    }

    /// `grpc-message` holds printable ASCII, everything else and the percent sign itself percent-encoded.
    private static func percentEncoded(_ text: String) -> String {
        var bytes: [UInt8] = []
        for byte in text.utf8.prefix(1_024) {
            if (0x20...0x7E).contains(byte), byte != 0x25 {
                bytes.append(byte)
            } else {
                let digits = Array("0123456789ABCDEF".utf8)
                bytes += [0x25, digits[Int(byte >> 4)], digits[Int(byte & 0xF)]]
            }
        }
        return String(decoding: bytes, as: UTF8.self)
    }
}
