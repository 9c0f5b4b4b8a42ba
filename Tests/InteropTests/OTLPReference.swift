import Foundation
import Testing

/// Runs `otlp_reference.py`: protobuf's own runtime (PyPI `opentelemetry-proto`). `WAYBILL_PYTHON` names the interpreter.
enum OTLPReference {
    private static let python = ProcessInfo.processInfo.environment["WAYBILL_PYTHON"] ?? "python3"
    private static let script = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
        .appendingPathComponent("otlp_reference.py").path

    static func run(_ arguments: [String], input: [String] = []) throws -> (status: Int32, lines: [String]) {
        let process = Process()
        process.executableURL = URL(fileURLWithPath: "/usr/bin/env")
        process.arguments = [python, script] + arguments
        let output = Pipe()
        process.standardOutput = output
        process.standardError = FileHandle.standardError
        let file = FileManager.default.temporaryDirectory.appendingPathComponent("waybill-\(UUID().uuidString).txt")
        try Data((input.joined(separator: "\n") + (input.isEmpty ? "" : "\n")).utf8).write(to: file)
        defer { try? FileManager.default.removeItem(at: file) }
        process.standardInput = try FileHandle(forReadingFrom: file)
        try process.run()
        let data = output.fileHandleForReading.readDataToEndOfFile()
        process.waitUntilExit()
        return (
            process.terminationStatus, String(decoding: data, as: UTF8.self).split(separator: "\n").map(String.init)
        )
    }

    /// Evaluated once, and says why the comparison is left out.
    static let isAvailable: Bool = {
        do {
            if try run(["check"]).status == 0 { return true }
        } catch {
            print("no Python interpreter: \(error)")
        }
        print("comparison with protobuf's runtime left out: \(python) lacks the package opentelemetry-proto")
        return false
    }()
}
