import Foundation
import NIOHTTP1
import Telemetry
import Testing

/// Bad input gets a clear error, and nothing else suffers.
@Suite(.serialized, .timeLimit(.minutes(3))) struct BadInputTests {
    private func refused(_ arguments: [String]) async throws -> (status: Int32, errors: String) {
        let result = try await ChildProcess.run(Programs.waybill, ["collector"] + arguments, within: 20)
        #expect(!result.output.contains("ready"))
        #expect(result.errors.split(separator: "\n").count == 1, "\(result.errors)")
        return (result.status, result.errors)
    }

    @Test(arguments: ["--wire-listen", "--otlp-grpc-listen", "--otlp-http-listen", "--http-listen"])
    func aListenerOffLoopbackNeedsProtection(option: String) async throws {
        let directory = try TemporaryDirectory()
        let listeners = ["--wire-listen", "--otlp-grpc-listen", "--otlp-http-listen", "--http-listen"].flatMap {
            [$0, $0 == option ? "0.0.0.0:0" : "127.0.0.1:0"]
        }
        let (status, errors) = try await refused(["--data", directory.file("data")] + listeners)
        #expect(status == 2)
        #expect(
            errors.contains("loopback") && errors.contains(option == "--wire-listen" ? "TLS" : "token"), "\(errors)")
    }

    @Test(arguments: [
        ("requestSpans: 0", "limits.requestSpans: must be at least 1, not 0."),
        ("nestingDepth: 33", "limits.nestingDepth: must be at most 32, not 33."),
        ("connections: -1", "limits.connections: must be at least 1, not -1."),
        ("metricStaleSeconds: 86401", "limits.metricStaleSeconds: must be at most 86400, not 86401."),
        ("valueBytes: many", "limits.valueBytes: expected Int."),
        ("requestSpan: 5", "there is no setting limits.requestSpan; the settings here are"),
    ])
    func aLimitOutOfRangeIsRefused(limit: String, sentence: String) async throws {
        let directory = try TemporaryDirectory()
        let file = directory.file("collector.yaml")
        try "limits: { \(limit) }\n".write(toFile: file, atomically: true, encoding: .utf8)
        let (status, errors) = try await refused(["--data", directory.file("data"), "--config", file])
        #expect(status == 2 && errors.contains(sentence), "\(errors)")
    }

    @Test func oneConnectionTooManyIsToldSoInItsOwnProtocol() async throws {
        let directory = try TemporaryDirectory()
        let file = directory.file("collector.yaml")
        try "limits: { connections: 1 }\n".write(toFile: file, atomically: true, encoding: .utf8)
        let collector = try await RunningCollector(data: directory.file("data"), arguments: ["--config", file])
        // This client keeps its connection.
        #expect(try await collector.get("/healthz").status == 200)
        let sentence = "has as many connections open as it may, 1 (limit connections)"
        let http = try RawConnection(collector.otlp)
        http.send("POST /v1/traces HTTP/1.1\r\nhost: x\r\n\r\n")
        let answer = http.receive()
        #expect(answer.hasPrefix("HTTP/1.1 503 ") && answer.contains(sentence), "\(answer)")
        let grpc = try RawConnection(collector.grpc)
        grpc.send("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n")
        #expect(grpc.receive().contains(sentence))
        #expect(try await collector.get("/healthz").status == 200)
        try await collector.stop()
    }

    @Test func aDataDirectoryHasOneOwner() async throws {
        let directory = try TemporaryDirectory()
        let collector = try await RunningCollector(data: directory.file("data"))
        let (status, errors) = try await refused([
            "--data", directory.file("data"), "--wire-listen", "127.0.0.1:0", "--otlp-grpc-listen", "127.0.0.1:0",
            "--otlp-http-listen", "127.0.0.1:0",
            "--http-listen", "127.0.0.1:0",
        ])
        #expect(status == 3 && errors.contains("process \(collector.process.identifier)"), "\(errors)")
        #expect(try await collector.post(Samples.request(trace: 1)).status == 200)
        try await collector.stop()
    }

    @Test func dataOfANewerVersionIsRefused() async throws {
        let directory = try TemporaryDirectory()
        let data = directory.file("data")
        let collector = try await RunningCollector(data: data)
        #expect(try await collector.post(Samples.request(trace: 1)).status == 200)
        try await collector.process.kill9()
        // Magic (8 bytes), version (4), CRC-32 of these twelve: the same in every version.
        var changed = 0
        for name in try FileManager.default.subpathsOfDirectory(atPath: data) {
            let path = data + "/" + name
            guard var bytes = FileManager.default.contents(atPath: path), bytes.count >= 16,
                bytes.prefix(2) == Data("WB".utf8)
            else { continue }
            bytes[8] = 0xFE
            let checksum = crc32(bytes.prefix(12))
            for byte in 0..<4 { bytes[12 + byte] = UInt8(truncatingIfNeeded: checksum >> UInt32(8 * byte)) }
            try bytes.write(to: URL(fileURLWithPath: path))
            changed += 1
        }
        #expect(changed > 0)
        let (status, errors) = try await refused([
            "--data", data, "--wire-listen", "127.0.0.1:0", "--otlp-grpc-listen", "127.0.0.1:0",
            "--otlp-http-listen", "127.0.0.1:0", "--http-listen",
            "127.0.0.1:0",
        ])
        #expect(status == 2 || status == 3, "\(errors)")
        #expect(errors.contains("version"), "\(errors)")
    }

    @Test func aDataDirectoryThatCannotBeMade() async throws {
        let directory = try TemporaryDirectory()
        try "a file".write(toFile: directory.file("data"), atomically: true, encoding: .utf8)
        let (status, errors) = try await refused([
            "--data", directory.file("data"), "--wire-listen", "127.0.0.1:0", "--otlp-grpc-listen", "127.0.0.1:0",
            "--otlp-http-listen", "127.0.0.1:0",
            "--http-listen", "127.0.0.1:0",
        ])
        #expect(status == 3 && errors.contains(directory.path), "\(errors)")
    }

    @Test func aReadOnlyDataDirectory() async throws {
        guard getuid() == 0 else { return print("aReadOnly… skipped: only root can mount a read-only volume.") }
        let directory = try TemporaryDirectory()
        let volume = directory.file("volume")
        try FileManager.default.createDirectory(atPath: volume, withIntermediateDirectories: true)
        let mount = try await ChildProcess.run("/bin/mount", ["-t", "tmpfs", "-o", "ro", "tmpfs", volume])
        guard mount.status == 0 else { return print("aReadOnly… skipped: no tmpfs here: \(mount.errors)") }
        let (status, errors) = try await refused([
            "--data", volume, "--wire-listen", "127.0.0.1:0", "--otlp-grpc-listen", "127.0.0.1:0",
            "--otlp-http-listen", "127.0.0.1:0", "--http-listen",
            "127.0.0.1:0",
        ])
        _ = try await ChildProcess.run("/bin/umount", [volume])
        #expect(status == 3 && errors.lowercased().contains("read-only"), "\(errors)")
    }

    @Test func aFullDiskRefusesAndKeepsWhatItHas() async throws {
        guard getuid() == 0 else { return print("aFullDisk… skipped: only root can mount a small tmpfs.") }
        let directory = try TemporaryDirectory()
        let volume = directory.file("volume")
        try FileManager.default.createDirectory(atPath: volume, withIntermediateDirectories: true)
        let mount = try await ChildProcess.run("/bin/mount", ["-t", "tmpfs", "-o", "size=24m", "tmpfs", volume])
        guard mount.status == 0 else { return print("aFullDisk… skipped: no tmpfs here: \(mount.errors)") }
        var collector = try await RunningCollector(data: volume + "/data")
        var kept: [UInt64] = []
        var isRefused = false
        for number in 0..<400 where !isRefused {
            let trace = UInt64(number + 1)
            let body = Samples.request(transaction: "F-\(number)", trace: trace, count: 1000, incompressible: true)
            let response = try await collector.post(body)
            if response.status == 200 { kept.append(trace) } else { isRefused = true }
        }
        #expect(isRefused && !kept.isEmpty)
        for trace in kept.suffix(20) { #expect(try await collector.trace(Samples.traceID(trace)).count == 1000) }
        try await collector.process.kill9()
        collector = try await RunningCollector(data: volume + "/data")
        for trace in kept { #expect(try await collector.trace(Samples.traceID(trace)).count == 1000) }
        try await collector.process.kill9()
        _ = try await ChildProcess.run("/bin/umount", [volume])
    }

    @Test func badRequestsDisturbNobody() async throws {
        let directory = try TemporaryDirectory()
        let collector = try await RunningCollector(data: directory.file("data"))
        let load = try ChildProcess(
            Programs.waybill,
            ["load", "--wire", collector.wire, "--spans", "60000", "--rate", "10000", "--batch", "100", "--json"])
        let plain: HTTPHeaders = ["content-type": "application/x-protobuf"]
        let rubbish = (0..<5000).map { _ in UInt8.random(in: 0...255) }
        #expect(try await collector.post(rubbish, headers: plain).status == 400)
        #expect(try await collector.post([0x0A, 0xFF, 0xFF, 0xFF, 0x7F], headers: plain).status == 400)
        #expect(try await collector.post(rubbish, headers: ["content-type": "text/plain"]).status == 415)
        let gzip: HTTPHeaders = ["content-type": "application/x-protobuf", "content-encoding": "gzip"]
        #expect(try await collector.post(rubbish, headers: gzip).status == 400)
        let bomb = try await self.bomb(directory)
        #expect(bomb.count < 1 << 20)
        #expect(try await collector.post(bomb, headers: gzip).status == 413)
        for id in [String(repeating: "x", count: 10_240), "a\u{0}b", "\u{1B}[2J", ""] {
            let trace = UInt64(100 + id.utf8.count)
            #expect(try await collector.post(Samples.request(transaction: id, trace: trace)).status == 200)
            #expect(try await collector.trace(Samples.traceID(trace)).count == 1)
        }
        let long = try await collector.get("/api/v1/journeys/" + String(repeating: "x", count: 10_240))
        #expect((400...499).contains(long.status))
        for address in [collector.wire, collector.otlp, collector.http] {
            for _ in 0..<20 {
                let connection = try RawConnection(address)
                connection.send((0..<Int.random(in: 1...20_000)).map { _ in UInt8.random(in: 0...255) })
            }
            let half = try RawConnection(address)
            half.send("POST /v1/traces HTTP/1.1\r\nhost: x\r\ncontent-length: 100\r\n")
        }
        let smuggled = try RawConnection(collector.otlp)
        smuggled.send(
            "POST /v1/traces HTTP/1.1\r\nhost: x\r\ncontent-length: 5\r\ntransfer-encoding: chunked\r\n\r\n0\r\n\r\nGET / HTTP/1.1\r\n\r\n"
        )
        #expect(smuggled.receive().hasPrefix("HTTP/1.1 400"))
        let wide = try RawConnection(collector.http)
        wide.send("GET /healthz HTTP/1.1\r\nhost: x\r\nx: " + String(repeating: "y", count: 200_000) + "\r\n\r\n")
        #expect(["HTTP/1.1 431", "HTTP/1.1 400", ""].contains(String(wide.receive().prefix(12))))
        #expect(try await load.end(within: 60) == 0, "\(load.errors)")
        #expect(load.output.contains(#""spansAcknowledged":60000"#), "\(load.output)")
        #expect(try await collector.get("/readyz").status == 200)
        try await collector.stop()
    }

    @Test func chunkedBodiesAreTaken() async throws {
        let directory = try TemporaryDirectory()
        let collector = try await RunningCollector(data: directory.file("data"))
        let body = Samples.request(transaction: "CH-1", trace: 5)
        let connection = try RawConnection(collector.otlp)
        connection.send(
            "POST /v1/traces HTTP/1.1\r\nhost: x\r\nconnection: close\r\ncontent-type: application/x-protobuf\r\n"
                + "transfer-encoding: chunked\r\n\r\n")
        for chunk in stride(from: 0, to: body.count, by: 7) {
            let part = body[chunk..<min(chunk + 7, body.count)]
            connection.send(Array("\(String(part.count, radix: 16))\r\n".utf8) + part + Array("\r\n".utf8))
        }
        connection.send("0\r\n\r\n")
        #expect(connection.receive().hasPrefix("HTTP/1.1 200"))
        #expect(try await collector.journey("CH-1")?.summary.spans == 1)
        try await collector.stop()
    }

    /// CRC-32 as zlib computes it (polynomial 0xEDB88320).
    private func crc32(_ bytes: Data) -> UInt32 {
        ~bytes.reduce(UInt32.max) { sum, byte in
            (0..<8).reduce(sum ^ UInt32(byte)) { value, _ in value >> 1 ^ (value & 1 == 1 ? 0xEDB8_8320 : 0) }
        }
    }

    /// 300 MB of zeros in 300 KB.
    private func bomb(_ directory: TemporaryDirectory) async throws -> [UInt8] {
        let path = directory.file("bomb.gz")
        let made = try await ChildProcess.run(
            "/bin/sh", ["-c", "head -c 300000000 /dev/zero | gzip > '\(path)'"])
        #expect(made.status == 0)
        return [UInt8](try Data(contentsOf: URL(fileURLWithPath: path)))
    }
}
