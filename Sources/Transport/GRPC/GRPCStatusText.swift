/// `grpc-message`: UTF-8, percent-encoded where it is not printable ASCII.
///
/// Source: grpc `doc/PROTOCOL-HTTP2.md`, Status-Message.
public enum GRPCStatusText {
    /// Longer messages are cut: they travel in trailers, for which clients have limits of a few KiB.
    public static let maximumBytes = 1024

    public static func encode(_ text: String) -> String {
        var output: [UInt8] = []
        output.reserveCapacity(text.utf8.count)
        for character in text {
            let before = output.count
            for byte in character.utf8 {
                if (0x20...0x7E).contains(byte), byte != UInt8(ascii: "%") {
                    output.append(byte)
                } else {
                    output += [UInt8(ascii: "%"), hex(byte >> 4), hex(byte & 15)]
                }
            }
            guard output.count <= maximumBytes - 3 else {
                output.removeLast(output.count - before)
                output += Array("...".utf8)
                break
            }
        }
        return String(decoding: output, as: UTF8.self)
    }

    /// What cannot be decoded stays as it is, as the protocol asks.
    public static func decode(_ text: String) -> String {
        let input = Array(text.utf8)
        var output: [UInt8] = []
        output.reserveCapacity(input.count)
        var index = 0
        while index < input.count {
            if input[index] == UInt8(ascii: "%"), index + 2 < input.count, let high = digit(input[index + 1]),
                let low = digit(input[index + 2])
            {
                output.append(high << 4 | low)
                index += 3
            } else {
                output.append(input[index])
                index += 1
            }
        }
        return String(decoding: output, as: UTF8.self)
    }

    private static func hex(_ value: UInt8) -> UInt8 {
        value < 10 ? UInt8(ascii: "0") + value : UInt8(ascii: "A") + value - 10
    }

    private static func digit(_ byte: UInt8) -> UInt8? {
        switch byte {
        case UInt8(ascii: "0")...UInt8(ascii: "9"): byte - UInt8(ascii: "0")
        case UInt8(ascii: "a")...UInt8(ascii: "f"): byte - UInt8(ascii: "a") + 10
        case UInt8(ascii: "A")...UInt8(ascii: "F"): byte - UInt8(ascii: "A") + 10
        default: nil
        }
    }
}
