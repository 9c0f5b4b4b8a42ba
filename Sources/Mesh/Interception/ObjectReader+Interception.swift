extension ObjectReader {
    /// Distinct port numbers.
    mutating func ports(_ key: String) throws(ConfigurationError) -> [Int] {
        try numbers(key, 1...65_535, maximumCount: Interception.maximumPorts)
    }

    /// Distinct numbers of users or groups.
    mutating func owners(_ key: String) throws(ConfigurationError) -> [Int] {
        try numbers(key, 0...Interception.maximumOwner, maximumCount: Interception.maximumOwners)
    }

    private mutating func numbers(
        _ key: String, _ range: ClosedRange<Int>, maximumCount: Int
    ) throws(ConfigurationError) -> [Int] {
        let numbers: [Int] =
            try list(key, maximumCount: maximumCount) { (value, path) throws(ConfigurationError) in
                guard case .integer(let integer) = value else {
                    throw ConfigurationError(path: path, message: "expected an integer, found \(value.kindName)")
                }
                guard let number = Int(exactly: integer), range.contains(number) else {
                    throw ConfigurationError(
                        path: path,
                        message: "\(integer) is out of range; \(range.lowerBound) to \(range.upperBound) are possible")
                }
                return number
            } ?? []
        try checkDistinct(key, numbers)
        return numbers
    }

    /// Distinct blocks of addresses.
    mutating func blocks(_ key: String) throws(ConfigurationError) -> [CIDR] {
        let blocks: [CIDR] =
            try list(key, maximumCount: Interception.maximumCIDRs) { (value, path) throws(ConfigurationError) in
                let text = try Self.text(value, path: path, maximumBytes: 64)
                do throws(CIDR.Fault) {
                    return try CIDR(reading: text)
                } catch {
                    throw ConfigurationError(path: path, message: "\"\(text)\" \(error.sentence)")
                }
            } ?? []
        try checkDistinct(key, blocks)
        return blocks
    }

    private func checkDistinct<Element: Hashable>(_ key: String, _ elements: [Element]) throws(ConfigurationError) {
        var seen: Set<Element> = []
        for (index, element) in elements.enumerated() where !seen.insert(element).inserted {
            throw error("\(key)[\(index)]", "\(element) stands in the list already")
        }
    }
}
