import Files
import Storage
import Synchronization
import Telemetry
import Testing

/// A hold that was promised is never lost, and a damaged one keeps everything.
@Suite struct HoldDirectoryTests {
    static let subjects: [Hold.Subject] = [
        .transaction(value: "7f1c0f2e-9d55-4a8f-b1de-0c7a3d1f9b62", kind: nil),
        .transaction(value: "PAY-1", kind: "payment"), .attribute(key: "customer.id", value: "C 42 – Ünal"),
        .attribute(key: "empty", value: ""), .time(from: 1, to: .max),
    ]

    static func disk(_ path: String = "/data") throws -> SimulatedFileSystem {
        let disk = SimulatedFileSystem()
        try Store.open(directory: path, files: disk).close()
        return disk
    }

    @Test func whatIsPlacedIsListedUntilItIsReleased() throws {
        let directory = HoldDirectory(path: "/data", files: try Self.disk())
        #expect(try directory.all().isEmpty)
        var placed: [Hold] = []
        for (number, subject) in Self.subjects.enumerated() {
            placed.append(
                try directory.place(
                    subject, reason: "case \(number)" + String(repeating: "x", count: 900), by: "amy",
                    now: UInt64(number)))
        }
        #expect(try directory.all() == placed)
        #expect(placed.map(\.subject) == Self.subjects)
        #expect(Set(placed.map(\.id)).count == placed.count)
        #expect(placed.allSatisfy { $0.id.utf8.count == 6 && $0.isActive && $0.placedBy == "amy" })

        guard
            case .released(let released) = try directory.release(
                placed[1].id.uppercased(), reason: "case closed", by: "bob", now: 99)
        else {
            Issue.record("the hold is there and was not released before")
            return
        }
        #expect(released.release?.reason == "case closed")
        #expect(released.release?.releasedBy == "bob")
        #expect(released.release?.releasedNanoseconds == 99)
        #expect(try directory.release(placed[1].id, reason: "again", by: "bob") == .wasReleased(released))
        #expect(try directory.release("zzzzzz", reason: "again", by: "bob") == .unknown)
        var expected = placed
        expected[1] = released
        #expect(try directory.all() == expected)
        expected.remove(at: 1)
        #expect(try directory.active() == expected)
        #expect(try directory.whileLocked { $0 } == expected)
    }

    @Test func lengthsHaveLimits() throws {
        let directory = HoldDirectory(path: "/data", files: try Self.disk())
        let long = String(repeating: "a", count: 5000)
        let subjects: [Hold.Subject] = [
            .transaction(value: "", kind: nil), .transaction(value: long, kind: nil),
            .transaction(value: "a", kind: ""), .attribute(key: "", value: "a"), .attribute(key: long, value: "a"),
            .attribute(key: "a", value: long), .time(from: 2, to: 1),
        ]
        for subject in subjects {
            #expect { try directory.place(subject, reason: "r", by: "b") } throws: {
                ($0 as? StoreError)?.code == .limit
            }
        }
        for (reason, name) in [("", "b"), (long, "b"), ("r", ""), ("r", long)] {
            #expect { try directory.place(.time(from: 1, to: 2), reason: reason, by: name) } throws: {
                ($0 as? StoreError)?.code == .limit
            }
            #expect { try directory.release("abcdef", reason: reason, by: name) } throws: {
                ($0 as? StoreError)?.code == .limit
            }
        }
        #expect(try directory.all().isEmpty)
    }

    @Test func onlyAStoreHasHolds() throws {
        let disk = SimulatedFileSystem()
        try disk.makeDirectories("/other")
        let directory = HoldDirectory(path: "/other", files: disk)
        #expect { try directory.place(.time(from: 1, to: 2), reason: "r", by: "b") } throws: {
            ($0 as? StoreError)?.code == .notThisStore
        }
        #expect(try disk.list("/other").isEmpty)
    }

    @Test func everyFlippedBitIsNoticed() throws {
        let disk = try Self.disk()
        let directory = HoldDirectory(path: "/data", files: disk)
        let hold = try directory.place(Self.subjects[2], reason: "r", by: "b")
        _ = try directory.release(hold.id, reason: "r", by: "b")
        for path in ["/data/holds/00000001.hold", "/data/holds/00000002.hold"] {
            for byte in 0..<(try disk.size(of: path)) {
                for bit in 0..<8 {
                    disk.corrupt(path, at: byte, exclusiveOr: 1 << UInt8(bit))
                    #expect {
                        try directory.whileLocked { _ in Issue.record("removals must not be decided") }
                    } throws: { ($0 as? StoreError)?.path == path }
                    #expect(throws: StoreError.self) { try directory.all() }
                    disk.corrupt(path, at: byte, exclusiveOr: 1 << UInt8(bit))
                }
            }
        }
        #expect(try directory.all().count == 1)
    }

    @Test func aRecordThatIsGoneIsNoticed() throws {
        let disk = try Self.disk()
        let directory = HoldDirectory(path: "/data", files: disk)
        for _ in 0..<3 { _ = try directory.place(Self.subjects[0], reason: "r", by: "b") }
        try disk.remove("/data/holds/00000002.hold")
        #expect { try directory.whileLocked { _ in } } throws: {
            ($0 as? StoreError)?.path == "/data/holds/00000002.hold"
        }
    }

    @Test func aRecordOfAnotherStoreOrInAnotherPlaceIsNoticed() throws {
        let disk = try Self.disk()
        try Store.open(directory: "/other", files: disk).close()
        for path in ["/data", "/other"] {
            for _ in 0..<2 {
                _ = try HoldDirectory(path: path, files: disk).place(Self.subjects[0], reason: "r", by: "b")
            }
        }
        let second = try disk.readAll("/data/holds/00000002.hold", limit: 1 << 20)
        let foreign = try disk.readAll("/other/holds/00000001.hold", limit: 1 << 20)
        for (bytes, code) in [(second, StoreError.Code.corrupt), (foreign, .notThisStore)] {
            try disk.remove("/data/holds/00000001.hold")
            let file = try disk.create("/data/holds/00000001.hold")
            try file.append(bytes)
            #expect { try HoldDirectory(path: "/data", files: disk).all() } throws: {
                ($0 as? StoreError)?.code == code
            }
        }
    }

    /// Placing and releasing with a power cut at every change of the disk.
    @Test func everyWriteBoundary() throws {
        func work(_ directory: HoldDirectory, _ told: inout [Hold], _ released: inout Set<String>) throws {
            for subject in Self.subjects { told.append(try directory.place(subject, reason: "r", by: "b")) }
            for hold in [told[0], told[3]] {
                if case .released = try directory.release(hold.id, reason: "done", by: "b") { released.insert(hold.id) }
            }
        }
        let whole = try Self.disk()
        let before = whole.operations
        var told: [Hold] = []
        var released: Set<String> = []
        try work(HoldDirectory(path: "/data", files: whole), &told, &released)
        let total = whole.operations - before
        #expect(told.count == 5 && released.count == 2 && total > 40)
        for boundary in 1...total {
            for seed in 0..<3 {
                let seed = StoreSamples.seed &+ UInt64(boundary * 3 + seed)
                let comment = Comment(rawValue: "boundary \(boundary), seed \(StoreSamples.seed)")
                let disk = try Self.disk()
                disk.stop(after: boundary)
                told = []
                released = []
                #expect(throws: StoreError.self, comment) {
                    try work(HoldDirectory(path: "/data", files: disk), &told, &released)
                }
                let survivor = HoldDirectory(path: "/data", files: disk.crash(seed: seed))
                let before = try survivor.all()
                // At most the one that was on its way is more than was promised, and none is less.
                for hold in told {
                    #expect(before.contains { $0.id == hold.id && $0.subject == hold.subject }, comment)
                }
                #expect(before.count <= told.count + 1, comment)
                for id in released { #expect(before.contains { $0.id == id && !$0.isActive }, comment) }
                #expect(before.count { !$0.isActive } <= released.count + 1, comment)
                // And the history goes on.
                let next = try survivor.place(.time(from: 1, to: 2), reason: "r", by: "b")
                #expect(try survivor.all() == before + [next], comment)
            }
        }
    }

    /// Commands and the collector meet at the lock: every hold is numbered once, on the real disk.
    @Test func manyAtOnce() async throws {
        let directory = try TemporaryDirectory()
        try Store.open(directory: directory.path).close()
        let holds = HoldDirectory(path: directory.path, files: RealFileSystem())
        let inside = Inside()
        try await withThrowingTaskGroup(of: Void.self) { group in
            for worker in 0..<4 {
                group.addTask { try Self.placeAndLook(worker, holds, inside) }
            }
            try await group.waitForAll()
        }
        #expect(Set(try holds.all().map(\.subject)).count == 20)
        #expect(try RealFileSystem().list(directory.path + "/holds").count == 21)
    }

    /// How many are inside the lock.
    private final class Inside: Sendable {
        let count = Mutex(0)
    }

    private static func placeAndLook(_ worker: Int, _ holds: HoldDirectory, _ inside: Inside) throws {
        for number in 0..<5 {
            let subject = Hold.Subject.transaction(value: "\(worker)-\(number)", kind: nil)
            _ = try holds.place(subject, reason: "r", by: "b")
            try holds.whileLocked { active in
                let count = inside.count.withLock { count in
                    count += 1
                    return count
                }
                #expect(count == 1)
                #expect(active.contains { $0.subject == subject })
                inside.count.withLock { $0 -= 1 }
            }
        }
    }
}
