/// A share from nothing to all, exact to a ten-thousandth of a percent; in JSON a number from 0 to 100.
public struct Percentage: Sendable, Hashable {
    /// From 0 to 1,000,000.
    public let partsPerMillion: Int

    public static let all = Percentage(partsPerMillion: 1_000_000)
    public static let none = Percentage(partsPerMillion: 0)

    private init(partsPerMillion: Int) { self.partsPerMillion = partsPerMillion }

    /// - Parameter percent: From 0 to 100.
    public init(_ percent: Int) {
        precondition((0...100).contains(percent), "a share of a whole is from 0 to 100 percent")
        partsPerMillion = percent * 10_000
    }

    /// As a fraction from 0 to 1.
    public var fraction: Double { Double(partsPerMillion) / 1_000_000 }

    /// Whether the share takes a random number, which must be uniform over all 64 bits.
    public func takes(_ random: UInt64) -> Bool {
        random.multipliedFullWidth(by: 1_000_000).high < UInt64(partsPerMillion)
    }

    /// How much of `count` the share is, rounded down.
    public func part(of count: Int) -> Int { count * partsPerMillion / 1_000_000 }

    static func read(_ value: JSONValue, path: String) throws(ConfigurationError) -> Percentage {
        let percent: Double
        switch value {
        case .integer(let integer): percent = Double(integer)
        case .number(let number): percent = number
        default:
            throw ConfigurationError(path: path, message: "expected a number, found \(value.kindName)")
        }
        guard percent >= 0, percent <= 100 else {
            throw ConfigurationError(path: path, message: "\(percent) is out of range; 0 to 100 percent are possible")
        }
        let parts = (percent * 10_000).rounded()
        guard abs(parts - percent * 10_000) < 0.000_1 else {
            throw ConfigurationError(path: path, message: "\(percent) has more than four decimal places")
        }
        return Percentage(partsPerMillion: Int(parts))
    }

    var json: JSONValue {
        partsPerMillion.isMultiple(of: 10_000)
            ? .integer(Int64(partsPerMillion / 10_000)) : .number(Double(partsPerMillion) / 10_000)
    }
}

extension ObjectReader {
    mutating func percentage(_ key: String) throws(ConfigurationError) -> Percentage? {
        guard let value = value(key) else { return nil }
        return try Percentage.read(value, path: path(of: key))
    }
}
