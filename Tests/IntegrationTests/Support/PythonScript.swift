import Foundation
import Testing

/// The scripts of `Python/`, run by an interpreter that has the packages of its `requirements.txt`.
enum PythonScript {
    static let interpreter = ProcessInfo.processInfo.environment["WAYBILL_PYTHON"]

    /// False, and said so, where `WAYBILL_PYTHON` names no interpreter that can import these modules.
    static func canImport(_ modules: String...) -> Bool {
        guard let interpreter, FileManager.default.isExecutableFile(atPath: interpreter) else {
            print("skipped: WAYBILL_PYTHON names no Python (`make test` makes one)")
            return false
        }
        let process = Process()
        process.executableURL = URL(fileURLWithPath: interpreter)
        process.arguments = ["-c", "import " + modules.joined(separator: ", ")]
        process.standardError = FileHandle.nullDevice
        do { try process.run() } catch {
            print("skipped: \(interpreter) does not run: \(error)")
            return false
        }
        process.waitUntilExit()
        if process.terminationStatus != 0 {
            print("skipped: \(interpreter) lacks one of \(modules.joined(separator: ", ")) (`make test` installs them)")
        }
        return process.terminationStatus == 0
    }

    private static func path(_ name: String) -> String {
        String(#filePath.split(separator: "/Support/")[0]) + "/Python/" + name
    }

    static func start(_ name: String, _ arguments: [String], environment: [String: String] = [:]) throws
        -> ChildProcess
    {
        // Without byte code files the source tree stays as it was.
        try ChildProcess(
            try #require(interpreter), ["-B", path(name)] + arguments,
            environment: environment.merging(["PYTHONUNBUFFERED": "1"]) { $1 })
    }

    /// Runs a script to its end, which must be a good one.
    ///
    /// - Returns: what it printed.
    static func run(
        _ name: String, _ arguments: [String], environment: [String: String] = [:], within seconds: Double = 60
    ) async throws -> String {
        let child = try start(name, arguments, environment: environment)
        let status = try await child.end(within: seconds)
        try #require(
            status == 0, "\(name) ended with \(status):\n\(child.output.suffix(4000))\n\(child.errors.suffix(4000))")
        return child.output
    }

    /// The same for a script that prints one JSON object.
    static func object(
        _ name: String, _ arguments: [String], environment: [String: String] = [:], within seconds: Double = 60
    ) async throws -> [String: Any] {
        let text = try await run(name, arguments, environment: environment, within: seconds)
        return try #require(
            try JSONSerialization.jsonObject(with: Data(text.utf8)) as? [String: Any], "\(name) printed \(text)")
    }
}
