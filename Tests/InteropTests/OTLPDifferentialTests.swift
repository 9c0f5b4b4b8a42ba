import Foundation
import Interop
import Telemetry
import Testing

/// Compares with protobuf's own runtime (PyPI `opentelemetry-proto`). `WAYBILL_PYTHON` names the interpreter.
@Suite struct OTLPDifferentialTests {
    private static let python = ProcessInfo.processInfo.environment["WAYBILL_PYTHON"] ?? "python3"
    private static let script = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
        .appendingPathComponent("otlp_reference.py").path

    private static func run(_ arguments: [String], input: [String] = []) throws -> (status: Int32, lines: [String]) {
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
    private static let isAvailable: Bool = {
        do {
            if try run(["check"]).status == 0 { return true }
        } catch {
            print("no Python interpreter: \(error)")
        }
        print("comparison with protobuf's runtime left out: \(python) lacks the package opentelemetry-proto")
        return false
    }()

    @Test(.enabled(if: isAvailable, "needs the Python package opentelemetry-proto"))
    func itsRequestsComeBackByteForByte() throws {
        let seed = Seed.value % 1_000_000
        let answer = try Self.run(["generate", String(seed), String(150 * Seed.soak)])
        #expect(answer.status == 0 && answer.lines.count == 150 * Seed.soak)
        for line in answer.lines {
            let bytes = try #require(Hex.bytes(line))
            let decoded = try Request.decode(bytes)
            #expect(decoded.outcome.rejected == 0)
            #expect(Hex.string(OTLPTraceEncoder.encode(decoded.batch)) == line, "WAYBILL_SEED=\(seed)")
            #expect(Hex.string(OTLPTraceEncoder.encode(spans: decoded.spans)) == line, "WAYBILL_SEED=\(seed)")
        }
    }

    @Test(.enabled(if: isAvailable, "needs the Python package opentelemetry-proto"))
    func itReadsWhatIsWrittenAndWritesTheSame() throws {
        let requests = (0..<UInt64(60 * Seed.soak)).map { round in
            var generator = SpanGenerator(seed: Seed.value &+ round)
            return Hex.string(OTLPTraceEncoder.encode(spans: generator.spans(20)))
        }
        let answer = try Self.run(["reserialize"], input: requests)
        #expect(answer.status == 0)
        #expect(answer.lines == requests, "WAYBILL_SEED=\(Seed.value)")
    }

    @Test(.enabled(if: isAvailable, "needs the Python package opentelemetry-proto"))
    func itReadsTheJSON() throws {
        let seed = Seed.value % 1_000_000
        let requests = try Self.run(["generate", String(seed), String(60 * Seed.soak)]).lines
        let lines = try requests.map { line in
            let batch = try Request.decode(try #require(Hex.bytes(line))).batch
            return line + "\t" + Hex.string(OTLPJSON.traces(batch))
        }
        let answer = try Self.run(["json"], input: lines)
        #expect(answer.status == 0 && answer.lines.count == lines.count)
        #expect(
            answer.lines.allSatisfy { $0 == "ok" }, "WAYBILL_SEED=\(seed) \(answer.lines.first { $0 != "ok" } ?? "")")
    }
}
