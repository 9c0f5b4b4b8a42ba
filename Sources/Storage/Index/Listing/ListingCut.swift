/// The listings of a run that are not whole, because they had more rows than a run keeps.
package struct ListingCut: OptionSet, Hashable, Sendable {
    package let rawValue: UInt8

    package init(rawValue: UInt8) { self.rawValue = rawValue }

    package static let services = ListingCut(rawValue: 1)
    package static let operations = ListingCut(rawValue: 2)
    package static let attributeKeys = ListingCut(rawValue: 4)
    package static let attributeValues = ListingCut(rawValue: 8)
}
