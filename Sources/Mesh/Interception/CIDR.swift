/// A block of addresses: `10.0.0.0/8`, `fd00::/8`; an address alone stands for itself.
public struct CIDR: Sendable, Hashable, CustomStringConvertible {
    public let address: IPAddress
    public let prefixLength: Int

    /// Why a text is no block, as the end of a sentence.
    struct Fault: Error {
        var sentence: String
    }

    init(reading text: String) throws(Fault) {
        let parts = text.split(separator: "/", maxSplits: 1, omittingEmptySubsequences: false)
        guard let address = IPAddress(String(parts[0])) else {
            throw Fault(sentence: "is not an IP address or block such as 10.0.0.0/8 or fd00::/8")
        }
        let bits = address.family.bits
        var length = bits
        if parts.count == 2 {
            guard (1...3).contains(parts[1].utf8.count), parts[1].utf8.allSatisfy({ 0x30...0x39 ~= $0 }),
                let number = Int(parts[1]), number <= bits
            else { throw Fault(sentence: "needs a prefix length from 0 to \(bits) after the slash") }
            length = number
        }
        let network = Self.network(of: address, length)
        guard network == address else {
            throw Fault(sentence: "names an address within a block; the block is \(network)/\(length)")
        }
        self.address = address
        prefixLength = length
    }

    /// `nil` for anything that is not a block in its shortest form.
    public init?(_ text: String) {
        guard let block = try? CIDR(reading: text) else { return nil }
        self = block
    }

    public var family: IPFamily { address.family }
    /// As iptables prints it.
    public var description: String { "\(address)/\(prefixLength)" }

    private static func network(of address: IPAddress, _ length: Int) -> IPAddress {
        guard address.family == .ipv6 else {
            return IPAddress(.ipv4, high: 0, low: address.low & mask(length + 32) & 0xFFFF_FFFF)
        }
        return IPAddress(
            .ipv6, high: address.high & mask(min(length, 64)), low: address.low & mask(max(0, length - 64)))
    }

    /// The upper `count` of 64 bits.
    private static func mask(_ count: Int) -> UInt64 { count == 0 ? 0 : ~0 << UInt64(64 - count) }
}
