import CLI
import Files
import Foundation
import Storage
import Telemetry
import Testing

/// The commands of `waybill store`, on a real directory.
@Suite struct StoreCommandTests {
    /// A directory of its own with a store in it, gone with the value.
    private final class Place {
        let path: String
        var data: String { path + "/data" }

        init(spans: UInt64 = 30) throws {
            path = FileManager.default.temporaryDirectory.path + "/waybill-command-\(UUID().uuidString)"
            try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
            let store = try Store.open(directory: data)
            for part in 0..<3 as Range<UInt64> {
                try append(store, from: part * spans / 3, to: (part + 1) * spans / 3)
                if part < 2 { try store.seal() }
            }
            try store.close()
        }

        deinit { try? FileManager.default.removeItem(atPath: path) }

        private func append(_ store: Store, from first: UInt64, to end: UInt64) throws {
            let spans = (first..<end).map { number in
                Span(
                    traceID: TraceID(high: 1, low: number + 1), spanID: SpanID(number + 1), name: "charge",
                    kind: .server,
                    startNanoseconds: 1_795_392_000_000_000_000 + number, endNanoseconds: 1_795_392_000_000_001_000,
                    attributes: [Attribute("payment.transaction_id", .string("TX-\(number)"))],
                    resource: Resource(attributes: [Attribute("service.name", .string("pay"))]))
            }
            let done = DispatchSemaphore(value: 0)
            let provenance = Provenance(
                door: .otlpHTTP, principal: "", instance: "", incarnation: 0, sequence: 0,
                receivedNanoseconds: 1_795_392_000_000_000_000)
            store.append(Submission(spans: SpanBatch(spans), provenance: provenance)) { result in
                if case .failure(let error) = result { Issue.record(error) }
                done.signal()
            }
            done.wait()
        }

        func file(_ suffix: String) throws -> String {
            let all = try #require(FileManager.default.enumerator(atPath: data)).compactMap { $0 as? String }
            return data + "/" + (try #require(all.sorted().first { $0.hasSuffix(suffix) }))
        }

        func flip(_ path: String, at offset: Int) throws {
            var bytes = [UInt8](try #require(FileManager.default.contents(atPath: path)))
            bytes[offset] ^= 0x20
            try Data(bytes).write(to: URL(fileURLWithPath: path))
        }
    }

    private func run(_ arguments: String...) throws -> StoreAnswer {
        let answer = try StoreCommand.answer(arguments)
        if !arguments.contains("--json") {
            for line in answer.text.split(separator: "\n") where !line.contains("/") {
                #expect(DisplayWidth.of(String(line)) <= 80, "\(line)")
            }
            #expect(!answer.text.contains("\u{1B}"))
        }
        return answer
    }

    private func json(_ arguments: String...) throws -> [String: Any] {
        let answer = try StoreCommand.answer(arguments + ["--json"])
        return try #require(try JSONSerialization.jsonObject(with: Data(answer.text.utf8)) as? [String: Any])
    }

    @Test func stats() throws {
        let place = try Place()
        let page = try run("stats", "--data", place.data + "/")
        #expect(page.isYes && page.text.contains("20 sealed spans") && page.text.contains("standard"))
        let days = try run("stats", "--days", "--data", place.data)
        #expect(days.text.contains("standard 2026-11-23"))
        let stats = try json("stats", "--data", place.data)
        #expect(stats["spans"] as? Int == 20 && stats["segments"] as? Int == 2)
        let parts = try #require(stats["bytesByPart"] as? [String: Int])
        #expect(parts.values.reduce(0, +) == stats["bytes"] as? Int)
        #expect(parts.count == 5 && (parts["log"] ?? 0) > 0)
    }

    @Test func check() throws {
        let place = try Place()
        let sound = try run("check", "--data", place.data)
        #expect(sound.isYes && sound.text.hasPrefix("Sound."))
        #expect(sound.text.contains("2 segments"))
        let segment = try place.file(".seg")
        try place.flip(segment, at: 200)
        let damaged = try run("check", "--data", place.data)
        #expect(!damaged.isYes)
        #expect(damaged.text.contains("1 damage found.") && damaged.text.contains("offset"))
        let findings = try #require(try json("check", "--data", place.data)["findings"] as? [[String: Any]])
        #expect(findings.map { $0["file"] as? String } == [String(segment.dropFirst(place.data.count + 1))])
        #expect(findings[0]["isDamage"] as? Bool == true)
    }

    @Test func backupAndRestore() throws {
        let place = try Place()
        let first = try run("backup", place.path + "/first", "--data", place.data)
        #expect(first.isYes && first.text.hasPrefix("Backed up to"))
        let second = try json("backup", place.path + "/second", "--onto", place.path + "/first", "--data", place.data)
        #expect(second["isWhole"] as? Bool == true && (second["sharedFiles"] as? Int ?? 0) >= 4)
        let restored = try run("restore", place.path + "/second", "--data", place.path + "/new")
        #expect(restored.isYes && restored.text.contains("proven"))
        #expect(restored.text.contains("this is epoch 2"))
        #expect(try run("check", "--data", place.path + "/new").isYes)
        // A directory that is not empty is not written to.
        #expect(throws: StoreError.self) { try run("restore", place.path + "/second", "--data", place.path + "/new") }
        #expect(throws: StoreError.self) { try run("backup", place.path + "/first", "--data", place.data) }

        try place.flip(place.path + "/second/identity", at: 20)
        let refused = try run("restore", place.path + "/second", "--data", place.path + "/newer")
        #expect(!refused.isYes && refused.text.contains("identity"))
        let report = try json(
            "restore", place.path + "/second", "--accept-damage", "--data", place.path + "/newest")
        #expect(report["isProven"] as? Bool == false && report["differences"] as? [String] == [])
    }

    @Test func holds() throws {
        let place = try Place()
        #expect(try run("hold", "--list", "--data", place.data).text.contains("No hold"))
        let hold = try json(
            "hold", "--transaction", "TX-1", "--kind", "payment", "--reason", "case 4711", "--by", "amy", "--data",
            place.data)
        let id = try #require(hold["id"] as? String)
        #expect((hold["subject"] as? [String: Any])?["transaction"] as? String == "TX-1")
        _ = try run("hold", "--attribute", "customer=a=b", "--reason", "r", "--data", place.data)
        _ = try run("hold", "--from", "2026-11-01", "--to", "2026-11-30", "--reason", "r", "--data", place.data)
        let placed = try HoldDirectory(path: place.data, files: RealFileSystem()).all()
        #expect(placed.map(\.subject).contains(.attribute(key: "customer", value: "a=b")))
        let from = try #require(Timestamp("2026-11-01T00:00:00Z")).nanoseconds
        let to = try #require(Timestamp("2026-12-01T00:00:00Z")).nanoseconds
        #expect(placed.last?.subject == .time(from: from, to: to - 1))

        let list = try run("hold", "--list", "--data", place.data)
        #expect(list.text.contains(id) && list.text.contains("case 4711") && list.text.contains("by amy"))
        #expect(try run("release", id.uppercased(), "--reason", "over", "--by", "bob", "--data", place.data).isYes)
        let again = try run("release", id, "--reason", "over", "--data", place.data)
        #expect(!again.isYes && again.text.contains("before"))
        #expect(try !run("release", "zzzzzz", "--reason", "over", "--data", place.data).isYes)
        #expect(try run("stats", "--data", place.data).text.contains("2 of 3 legal holds in force"))
        try place.flip(try place.file("00000001.hold"), at: 90)
        #expect(throws: StoreError.self) { try run("hold", "--list", "--data", place.data) }
    }

    @Test func compact() throws {
        let place = try Place()
        let report = try json("compact", "--everything", "--data", place.data)
        #expect(report["compactions"] as? Int == 1 && report["errors"] as? [String] == [])
        #expect(try run("compact", "--everything", "--data", place.data).isYes)
        #expect(try run("check", "--data", place.data).isYes)
        let store = try Store.open(directory: place.data)
        #expect {
            try run("compact", "--data", place.data)
        } throws: { ($0 as? StoreError)?.message.contains("compacts by itself") == true }
        try store.close()
    }

    @Test func whatIsNoStoreIsLeftAlone() throws {
        let place = try Place(spans: 3)
        let empty = place.path + "/empty"
        try FileManager.default.createDirectory(atPath: empty, withIntermediateDirectories: true)
        for arguments in [
            ["stats"], ["check"], ["compact"], ["backup", place.path + "/b"], ["hold", "--list"],
            ["hold", "--transaction", "a", "--reason", "r"], ["release", "abcdef", "--reason", "r"],
        ] {
            #expect("\(arguments)") {
                try StoreCommand.answer(arguments + ["--data", empty])
            } throws: { ($0 as? StoreError)?.code == .notThisStore }
        }
        #expect(try FileManager.default.contentsOfDirectory(atPath: empty).isEmpty)
    }

    @Test(arguments: [
        ["hold", "--reason", "r"], ["hold", "--transaction", "a"], ["hold", "--transaction", "a", "--reason", ""],
        ["hold", "--transaction", "a", "--attribute", "b=c", "--reason", "r"],
        ["hold", "--attribute", "novalue", "--reason", "r"], ["hold", "--from", "2026-11-01", "--reason", "r"],
        ["hold", "--from", "yesterday", "--to", "2026-11-01", "--reason", "r"],
        ["hold", "--from", "2026-11-02", "--to", "2026-11-01", "--reason", "r"], ["hold", "--list", "--reason", "r"],
        ["release", "abcdef"], ["backup"], ["restore"],
    ])
    func mistakesOfUsageAreRefused(arguments: [String]) throws {
        #expect { try StoreCommand.answer(arguments + ["--data", "/nonexistent"]) } throws: { !($0 is StoreError) }
    }

    @Test func numbersForPeople() {
        #expect(ByteText.short(0) == "0 B" && ByteText.short(1023) == "1023 B" && ByteText.short(1536) == "1.5 KiB")
        #expect(ByteText.short(10 << 30) == "10.0 GiB" && ByteText.short(.max) == "16.0 EiB")
        #expect(ByteText.grouped(0) == "0" && ByteText.grouped(1000) == "1 000")
        #expect(ByteText.grouped(12_345_678) == "12 345 678")
    }
}
