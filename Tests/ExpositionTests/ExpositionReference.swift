import Foundation

/// Runs `exposition_reference.py`: prometheus_client's parsers and protobuf's runtime. `WAYBILL_PYTHON` names the
/// interpreter.
enum ExpositionReference {
    private static let python = ProcessInfo.processInfo.environment["WAYBILL_PYTHON"] ?? "python3"
    private static let script = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
        .appendingPathComponent("exposition_reference.py").path

    static func run(_ mode: String, page: [UInt8] = []) throws -> (status: Int32, lines: [String]) {
        let process = Process()
        process.executableURL = URL(fileURLWithPath: "/usr/bin/env")
        process.arguments = [python, script, mode]
        let output = Pipe()
        process.standardOutput = output
        process.standardError = FileHandle.standardError
        let file = FileManager.default.temporaryDirectory.appendingPathComponent("waybill-\(UUID().uuidString).txt")
        try Data(page).write(to: file)
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
            if try run("check").status == 0 { return true }
        } catch {
            print("no Python interpreter: \(error)")
        }
        print("comparison left out: \(python) lacks the packages prometheus-client and protobuf")
        return false
    }()
}
