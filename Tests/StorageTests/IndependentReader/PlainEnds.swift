/// What all values of a column start and end with.
struct PlainEnds {
    var prefix: [UInt8] = []
    var suffix: [UInt8] = []

    init() {}

    init(prefix: [UInt8]) { self.prefix = prefix }

    init(_ source: inout PlainBytes) throws {
        prefix = try source.string()
        suffix = try source.string()
    }

    func around(_ bytes: [UInt8]) -> [UInt8] { prefix + bytes + suffix }
}
