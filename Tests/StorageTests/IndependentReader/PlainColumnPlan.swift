/// How the values of one attribute of one shape are stored.
struct PlainColumnPlan {
    enum Prediction: UInt8 {
        case none, all, bitmap
    }

    enum Encoding {
        case constant(PlainValue)
        case number(PlainNumberPlan)
        case scaled(power: Int, PlainNumberPlan)
        case dictionary([PlainValue])
        case dictionaryPlanes([PlainValue])
        case uuid(PlainEnds, isUpperCase: Bool)
        case hex(PlainEnds, bytes: Int)
        case decimal(PlainEnds, digits: Int, PlainNumberPlan)
        case text(PlainEnds)
        case symbols(PlainEnds, length: Int, alphabet: [UInt8])
        /// Of a column that has no data.
        case absent
    }

    let prediction: Prediction
    let encoding: Encoding

    init(constant value: PlainValue) {
        prediction = .none
        encoding = .constant(value)
    }

    init(_ source: inout PlainBytes, type: UInt8, strings: PlainStrings, version: UInt32) throws {
        let byte = try source.u8()
        guard let prediction = Prediction(rawValue: byte >> 4) else { throw PlainError("prediction \(byte >> 4)") }
        self.prediction = prediction
        if prediction == .all {
            encoding = .absent
            return
        }
        func value(_ source: inout PlainBytes) throws -> PlainValue {
            try PlainValue(type: type, &source) { try strings[try $0.varint()] }
        }
        func values(_ source: inout PlainBytes) throws -> [PlainValue] {
            var list: [PlainValue] = []
            for _ in 0..<(try source.count(atMost: 65_536)) { list.append(try value(&source)) }
            return list
        }
        let isText = byte & 15 >= 5
        let ends = isText && version > 1 ? try PlainEnds(&source) : PlainEnds()
        switch byte & 15 {
        case 0: encoding = .constant(try value(&source))
        case 1: encoding = .number(try PlainNumberPlan(&source, version: version))
        case 2: encoding = .scaled(power: Int(try source.u8()), try PlainNumberPlan(&source, version: version))
        case 3: encoding = .dictionary(try values(&source))
        case 4: encoding = .dictionaryPlanes(try values(&source))
        case 5: encoding = .uuid(ends, isUpperCase: version > 1 ? try source.u8() == 1 : false)
        case 6: encoding = .hex(ends, bytes: Int(try source.u8()))
        case 7:
            let digits = Int(try source.u8())
            let prefix = version > 1 ? ends : PlainEnds(prefix: try source.string())
            encoding = .decimal(prefix, digits: digits, try PlainNumberPlan(&source, version: version))
        case 8: encoding = .text(ends)
        case 9 where version > 1:
            encoding = .symbols(ends, length: Int(try source.u8()), alphabet: try source.string())
        default: throw PlainError("encoding \(byte & 15) before \(source.position)")
        }
    }

    /// What part A of a rows block holds of `count` values; nil where part B holds them.
    func dataOfPartA(_ source: inout PlainBytes, _ count: Int, type: UInt8) throws -> [PlainValue]? {
        switch encoding {
        case .dictionaryPlanes(let values):
            return try source.planes(of: values.count > 256 ? 2 : 1, count).map { index in
                guard index < values.count else { throw PlainError("value \(index) of \(values.count)") }
                return values[index]
            }
        case .text(let ends):
            let length = try source.count()
            let end = source.position + length
            var lengths: [Int] = []
            for _ in 0..<count { lengths.append(try source.count()) }
            let values = try lengths.map { try PlainValue(type: type, bytes: ends.around(try source.take($0))) }
            guard source.position == end else { throw PlainError("text up to \(source.position), not \(end)") }
            return values
        default: return nil
        }
    }

    /// What part B of a rows block holds of `count` values.
    func dataOfPartB(_ bits: inout PlainBits, _ count: Int, type: UInt8) throws -> [PlainValue] {
        switch encoding {
        case .constant(let value): return [PlainValue](repeating: value, count: count)
        case .number(let plan): return try bits.values(plan, count).map { try PlainValue(type: type, number: $0) }
        case .scaled(let power, let plan):
            let unit = (0..<power).reduce(1.0) { unit, _ in unit * 10 }
            return try bits.values(plan, count).map { .double((Double(Int64(bitPattern: $0)) / unit).bitPattern) }
        case .dictionary(let values):
            var width = 0
            while 1 << width < values.count { width += 1 }
            return try (0..<count).map { _ in
                let index = Int(try bits.take(width))
                guard index < values.count else { throw PlainError("value \(index) of \(values.count)") }
                return values[index]
            }
        case .uuid(let ends, let isUpperCase):
            return try (0..<count).map { _ in
                var text = PlainColumnPlan.hexadecimal(try bits.bytes(16))
                for place in [8, 13, 18, 23] { text.insert(0x2D, at: place) }
                if isUpperCase { text = text.map { $0 >= 0x61 ? $0 - 0x20 : $0 } }
                return try PlainValue(type: type, bytes: ends.around(text))
            }
        case .hex(let ends, let bytes):
            return try (0..<count).map { _ in
                let text = PlainColumnPlan.hexadecimal(try bits.bytes(bytes))
                return try PlainValue(type: type, bytes: ends.around(text))
            }
        case .decimal(let ends, let digits, let plan):
            return try bits.values(plan, count).map { number in
                let text = Array(String(number).utf8)
                guard digits == 0 || text.count <= digits else { throw PlainError("\(number) in \(digits) digits") }
                let zeros = [UInt8](repeating: 0x30, count: max(0, digits - text.count))
                return try PlainValue(type: type, bytes: ends.around(zeros + text))
            }
        case .symbols(let ends, let length, let alphabet):
            return try (0..<count).map { _ in
                let text = try PlainColumnPlan.symbols(&bits, length, alphabet)
                return try PlainValue(type: type, bytes: ends.around(text))
            }
        case .dictionaryPlanes, .text, .absent: return []
        }
    }

    /// A string of `length` bytes of `alphabet`, in chunks that are numbers in its base.
    private static func symbols(_ bits: inout PlainBits, _ length: Int, _ alphabet: [UInt8]) throws -> [UInt8] {
        guard (2...64).contains(alphabet.count) else { throw PlainError("an alphabet of \(alphabet.count)") }
        let base = UInt64(alphabet.count)
        func power(_ count: Int) -> UInt64? {
            var power: UInt64 = 1
            for _ in 0..<count {
                let (next, overflow) = power.multipliedReportingOverflow(by: base)
                if overflow { return nil }
                power = next
            }
            return power
        }
        var most = 1
        while power(most + 1) != nil { most += 1 }
        var text: [UInt8] = []
        while text.count < length {
            let count = min(most, length - text.count)
            var number = try bits.take(64 - ((power(count) ?? 0) - 1).leadingZeroBitCount)
            var chunk: [UInt8] = []
            for _ in 0..<count {
                chunk.insert(alphabet[Int(number % base)], at: 0)
                number /= base
            }
            guard number == 0 else { throw PlainError("a chunk of more than \(count) symbols") }
            text += chunk
        }
        return text
    }

    static func hexadecimal(_ bytes: [UInt8]) -> [UInt8] {
        let digits = Array("0123456789abcdef".utf8)
        return bytes.flatMap { byte in [digits[Int(byte >> 4)], digits[Int(byte & 15)]] }
    }
}
