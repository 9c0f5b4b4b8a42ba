import TestSupport

/// `otlp_reference.py`: protobuf's own runtime (PyPI `opentelemetry-proto`).
enum OTLPReference {
    private static let script = ReferenceScript("otlp_reference.py", packages: "the package opentelemetry-proto")

    static func run(_ arguments: [String], input: [String] = []) throws -> (status: Int32, lines: [String]) {
        try script.run(arguments, input: Array(input.map { $0 + "\n" }.joined().utf8))
    }

    static var isAvailable: Bool { script.isAvailable }
}
