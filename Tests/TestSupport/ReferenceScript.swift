import Foundation

/// A Python script that says independently what is right. `WAYBILL_PYTHON` names the interpreter.
public struct ReferenceScript: Sendable {
    private static let python = ProcessInfo.processInfo.environment["WAYBILL_PYTHON"] ?? "python3"

    private let path: String
    /// Whether its packages are there, by its mode `check`; else it is said why the comparison is left out.
    public let isAvailable: Bool

    /// - Parameters:
    ///   - name: a file beside `test`.
    ///   - packages: what it needs, for the sentence that says it is left out.
    public init(_ name: String, beside test: String = #filePath, packages: String) {
        path = URL(fileURLWithPath: test).deletingLastPathComponent().appendingPathComponent(name).path
        do {
            isAvailable = try Self.run(path, ["check"], input: []).status == 0
            if !isAvailable { print("comparison left out: \(Self.python) lacks \(packages)") }
        } catch {
            isAvailable = false
            print("comparison left out: no Python interpreter: \(error)")
        }
    }

    public func run(_ arguments: [String], input: [UInt8] = []) throws -> (status: Int32, lines: [String]) {
        try Self.run(path, arguments, input: input)
    }

    private static func run(
        _ path: String, _ arguments: [String], input: [UInt8]
    ) throws -> (status: Int32, lines: [String]) {
        let process = Process()
        process.executableURL = URL(fileURLWithPath: "/usr/bin/env")
        process.arguments = [python, path] + arguments
        let output = Pipe()
        process.standardOutput = output
        process.standardError = FileHandle.standardError
        let file = FileManager.default.temporaryDirectory.appendingPathComponent("waybill-\(UUID().uuidString).txt")
        try Data(input).write(to: file)
        defer { try? FileManager.default.removeItem(at: file) }
        process.standardInput = try FileHandle(forReadingFrom: file)
        try process.run()
        let data = output.fileHandleForReading.readDataToEndOfFile()
        process.waitUntilExit()
        return (
            process.terminationStatus, String(decoding: data, as: UTF8.self).split(separator: "\n").map(String.init)
        )
    }
}
