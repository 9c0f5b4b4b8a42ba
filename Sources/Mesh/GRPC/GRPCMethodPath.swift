/// The `:path` of a gRPC call: `/package.Service/Method`.
public enum GRPCMethodPath {
    /// Longer ones name no method.
    public static let maximumBytes = 512

    /// Where service and method stand in `path`, which holds no query; `nil` when it is no such path.
    public static func names(
        _ path: UnsafeRawBufferPointer
    ) -> (service: Range<Int>, method: Range<Int>)? {
        guard path.count <= maximumBytes, path.first == UInt8(ascii: "/"),
            let slash = path.lastIndex(of: UInt8(ascii: "/")), slash > 1, slash + 1 < path.count
        else { return nil }
        let service = 1..<slash
        let method = slash + 1..<path.count
        guard path[service].allSatisfy({ isNameByte($0) || $0 == UInt8(ascii: ".") || $0 == UInt8(ascii: "/") }),
            path[method].allSatisfy(isNameByte)
        else { return nil }
        return (service, method)
    }

    /// Whether `text` is such a path.
    public static func isSound(_ text: String) -> Bool {
        Array(text.utf8).withUnsafeBytes { names($0) != nil }
    }

    /// Letters, digits, `_`; `-`, which some frameworks allow.
    private static func isNameByte(_ byte: UInt8) -> Bool {
        switch byte {
        case 0x30...0x39, 0x41...0x5A, 0x61...0x7A, UInt8(ascii: "_"), UInt8(ascii: "-"): true
        default: false
        }
    }
}
