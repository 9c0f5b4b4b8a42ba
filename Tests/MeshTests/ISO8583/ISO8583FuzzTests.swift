import Mesh
import Testing

/// Whatever bytes come, reading ends within them, and the card number is in no value and no sentence.
@Suite struct ISO8583FuzzTests {
    private static func digits(_ count: Int, _ seed: inout Seed) -> String {
        (0..<count).map { _ in String(Int.random(in: 0...9, using: &seed)) }.joined()
    }

    private static func text(_ count: Int, _ seed: inout Seed) -> String {
        let alphabet = Array("ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-")
        return String((0..<count).map { _ in alphabet.randomElement(using: &seed) ?? "A" })
    }

    private static func two(_ range: ClosedRange<Int>, _ seed: inout Seed) -> String {
        let number = Int.random(in: range, using: &seed)
        return number < 10 ? "0\(number)" : "\(number)"
    }

    private static func dialect(_ seed: inout Seed) -> ISO8583Settings {
        let framing = ISO8583Framing.Encoding.allCases.randomElement(using: &seed) ?? .binary
        var settings = ISO8583Settings(
            framing: ISO8583Framing(
                lengthBytes: framing == .ascii ? 4 : Int.random(in: 2...4, using: &seed), encoding: framing,
                includesItself: Bool.random(using: &seed), headerBytes: [0, 5, 12].randomElement(using: &seed) ?? 0),
            encoding: ISO8583Settings.Encoding.allCases.randomElement(using: &seed) ?? .ascii,
            bitmap: ISO8583Settings.Bitmap.allCases.randomElement(using: &seed) ?? .binary)
        settings.framing.trailerBytes = Int.random(in: 0...1, using: &seed)
        settings.transactionSources = [[37], [11, 7], [48], [102], [90]].filter { _ in Bool.random(using: &seed) }
            .map { ISO8583Source(attribute: "id", fields: $0) }
        return settings
    }

    private static func fields(_ seed: inout Seed) -> [Int: String] {
        let card = "4" + digits(Int.random(in: 12...18, using: &seed), &seed)
        let all: [Int: String] = [
            2: card, 3: digits(6, &seed), 4: digits(12, &seed),
            7: two(1...12, &seed) + two(1...28, &seed) + two(0...23, &seed) + two(0...59, &seed) + two(0...59, &seed),
            11: digits(6, &seed), 22: digits(3, &seed), 32: digits(Int.random(in: 1...11, using: &seed), &seed),
            35: card + "=" + digits(7, &seed), 37: text(12, &seed), 39: text(2, &seed), 41: text(8, &seed),
            48: text(Int.random(in: 0...40, using: &seed), &seed), 52: digits(16, &seed), 66: digits(1, &seed),
            70: digits(3, &seed), 90: digits(42, &seed), 102: text(Int.random(in: 1...28, using: &seed), &seed),
            128: digits(16, &seed),
        ]
        var chosen = all.filter { $0.key == 2 || Int.random(in: 0..<3, using: &seed) > 0 }
        chosen[2] = card
        return chosen
    }

    @Test func whatIsWrittenIsReadAndEveryCutIsRefused() throws {
        var seed = Seed()
        for _ in 0..<2_000 * Seed.soak {
            let settings = Self.dialect(&seed)
            let writer = ISO8583Writer(settings)
            let fields = Self.fields(&seed)
            let bytes = writer.message("0200", fields)
            let frame = writer.frame(bytes)
            #expect(
                settings.framing.messageBytes(frame.prefix(settings.framing.lengthBytes)) == .success(bytes.count),
                seed.comment)
            let message = try writer.read(bytes)
            for (field, value) in message.values {
                #expect(String(decoding: value, as: UTF8.self) == fields[field], "field \(field) \(seed.comment)")
            }
            let wanted = Set(settings.transactionSources.flatMap(\.fields) + [7, 11, 32, 37, 39, 41])
            #expect(Set(message.values.keys) == wanted.intersection(fields.keys), seed.comment)
            let last = wanted.max() ?? 0
            guard fields.keys.allSatisfy({ $0 <= last }) else { continue }
            let cut = Int.random(in: 0..<bytes.count, using: &seed)
            #expect(throws: ISO8583Fault.self, "cut at \(cut) \(seed.comment)") {
                try writer.read(Array(bytes[..<cut]))
            }
        }
    }

    @Test func changedMessagesGiveNoCardNumber() throws {
        var seed = Seed()
        for _ in 0..<20_000 * Seed.soak {
            let settings = Self.dialect(&seed)
            let writer = ISO8583Writer(settings)
            let fields = Self.fields(&seed)
            let card = fields[2] ?? ""
            var bytes = writer.message("0200", fields)
            for _ in 0..<Int.random(in: 1...4, using: &seed) {
                let place = Int.random(in: 0..<bytes.count, using: &seed)
                switch Int.random(in: 0..<4, using: &seed) {
                case 0: bytes[place] ^= 1 << UInt8.random(in: 0...7, using: &seed)
                case 1: bytes[place] = UInt8.random(in: .min ... .max, using: &seed)
                case 2: bytes.insert(UInt8.random(in: 0x30...0x39, using: &seed), at: place)
                default: if bytes.count > 1 { bytes.remove(at: place) }
                }
            }
            do {
                let message = try writer.read(bytes)
                for (field, value) in message.values {
                    #expect(
                        !String(decoding: value, as: UTF8.self).contains(card), "field \(field) \(seed.comment)")
                }
            } catch let fault as ISO8583Fault {
                #expect((0...bytes.count).contains(fault.offset), "\(fault) \(seed.comment)")
                #expect((0...128).contains(fault.field), "\(fault) \(seed.comment)")
                #expect(!fault.description.contains(card.prefix(8)), "\(fault) \(seed.comment)")
            }
        }
    }

    @Test func randomBytesEnd() {
        var seed = Seed()
        for _ in 0..<20_000 * Seed.soak {
            let settings = Self.dialect(&seed)
            let bytes = (0..<Int.random(in: 0...200, using: &seed)).map { _ in
                Bool.random(using: &seed)
                    ? UInt8.random(in: .min ... .max, using: &seed) : UInt8.random(in: 0x30...0x39, using: &seed)
            }
            _ = settings.framing.messageBytes(bytes.prefix(settings.framing.lengthBytes))
            do {
                let message = try ISO8583Writer(settings).read(bytes)
                #expect((0...9_999).contains(message.type), seed.comment)
            } catch {
                let fault = error as? ISO8583Fault
                #expect(fault.map { (0...bytes.count).contains($0.offset) } == true, "\(error) \(seed.comment)")
            }
        }
    }
}
