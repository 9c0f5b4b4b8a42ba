import TestSupport

/// `exposition_reference.py`: prometheus_client's parsers and protobuf's runtime.
enum ExpositionReference {
    private static let script = ReferenceScript(
        "exposition_reference.py", packages: "the packages prometheus-client and protobuf")

    static func run(_ mode: String, page: [UInt8] = []) throws -> (status: Int32, lines: [String]) {
        try script.run([mode], input: page)
    }

    static var isAvailable: Bool { script.isAvailable }
}
