/// A set of bytes: the characters that strings of a column consist of.
struct SymbolSet: Equatable {
    private var words: (UInt64, UInt64, UInt64, UInt64) = (0, 0, 0, 0)

    mutating func insert(_ byte: UInt8) {
        let bit = UInt64(1) << UInt64(byte & 63)
        switch byte >> 6 {
        case 0: words.0 |= bit
        case 1: words.1 |= bit
        case 2: words.2 |= bit
        default: words.3 |= bit
        }
    }

    func contains(_ byte: UInt8) -> Bool {
        let word =
            switch byte >> 6 {
            case 0: words.0
            case 1: words.1
            case 2: words.2
            default: words.3
            }
        return word >> UInt64(byte & 63) & 1 == 1
    }

    var count: Int {
        words.0.nonzeroBitCount + words.1.nonzeroBitCount + words.2.nonzeroBitCount + words.3.nonzeroBitCount
    }

    /// Ascending.
    var bytes: [UInt8] { (0...255).filter { contains($0) } }

    static func == (left: SymbolSet, right: SymbolSet) -> Bool { left.words == right.words }
}

/// Strings of a fixed length over an alphabet, as numbers: chunks of as many symbols as 64 bits hold, the first symbol
/// the most significant, each chunk in as many bits as its largest number needs.
struct SymbolCoding: Equatable {
    let alphabet: [UInt8]
    let length: Int
    /// Symbols of a chunk, and of the last one where fewer are left.
    let chunk: Int
    private let chunkBits: Int
    private let lastBits: Int

    static let alphabetSizes = 2...64
    static let lengths = 1...255

    init(alphabet: [UInt8], length: Int) {
        self.alphabet = alphabet
        self.length = length
        var chunk = 0
        var power: UInt64 = 1
        while chunk < length {
            let (next, overflow) = power.multipliedReportingOverflow(by: UInt64(alphabet.count))
            if overflow { break }
            power = next
            chunk += 1
        }
        self.chunk = chunk
        chunkBits = SymbolCoding.bits(alphabet.count, chunk)
        lastBits = length % chunk == 0 ? chunkBits : SymbolCoding.bits(alphabet.count, length % chunk)
    }

    /// Bits of the largest number that `symbols` symbols spell.
    private static func bits(_ base: Int, _ symbols: Int) -> Int {
        var largest: UInt64 = 0
        for _ in 0..<symbols { largest = largest * UInt64(base) + UInt64(base - 1) }
        return 64 - largest.leadingZeroBitCount
    }

    private var chunks: Int { (length + chunk - 1) / chunk }

    /// Bits of one string.
    var width: Int { (chunks - 1) * chunkBits + lastBits }

    /// Writes a string; `rank` says which symbol each byte is.
    func write(_ string: UnsafeRawBufferPointer, rank: [UInt8], to sink: inout BitSink) {
        var position = 0
        while position < length {
            let size = min(chunk, length - position)
            var number: UInt64 = 0
            for byte in string[position..<position + size] {
                number = number &* UInt64(alphabet.count) &+ UInt64(rank[Int(byte)])
            }
            sink.write(number, UInt64(size == chunk ? chunkBits : lastBits))
            position += size
        }
    }

    /// By byte: its number in the alphabet.
    var ranks: [UInt8] {
        var ranks = [UInt8](repeating: 0, count: 256)
        for (number, byte) in alphabet.enumerated() { ranks[Int(byte)] = UInt8(number) }
        return ranks
    }

    /// Appends the string at bit `offset`; `false` where a number is larger than any that is written.
    func read(_ offset: Int, _ source: BitSource, to text: inout [UInt8]) -> Bool {
        var place = offset
        var position = 0
        while position < length {
            let size = min(chunk, length - position)
            let bits = size == chunk ? chunkBits : lastBits
            var number = source.read(place, bits)
            place += bits
            let start = text.count
            for _ in 0..<size {
                text.append(alphabet[Int(number % UInt64(alphabet.count))])
                number /= UInt64(alphabet.count)
            }
            text[start...].reverse()
            if number != 0 { return false }
            position += size
        }
        return true
    }
}
