/// A regular expression that whole strings are matched against, in time linear in the string, whatever the expression.
///
/// The syntax is RE2's: literals, `.`, classes (`[a-z]`, `[^,]`), groups, `|`, `*`, `+`, `?`, `{m,n}`, `^`, `$`,
/// `\d \w \s` and their opposites, `\n \t \r \f \v`, escaped punctuation; `(?i)` (ASCII letters) and `(?s)` (a dot
/// matches a newline) at the start. Backreferences, lookaround and `\b` are refused, with the place. A byte that is not
/// valid UTF-8 counts as U+FFFD.
///
/// A deterministic automaton is made step by step, as strings ask for its states, and thrown away where it grows too
/// large: at worst a character costs the number of the expression's steps.
package struct TextPattern: Sendable {
    package static let maximumScalars = 1000
    package static let maximumDepth = 50
    package static let maximumRepetitions = 1000
    package static let maximumSteps = 2000
    /// Entries of the table of transitions.
    private static let maximumTransitions = 1 << 16

    private static let unknown: Int32 = -1
    private static let dead: Int32 = -2

    private let program: PatternProgram
    /// Where each class of scalars starts that no set tells apart.
    private let classStarts: [UInt32]
    private let classOfASCII: [UInt16]

    /// By state: the steps it stands for, sorted.
    private var states: [[Int32]] = []
    private var isAccepting: [Bool] = []
    private var numbers: [[Int32]: Int32] = [:]
    /// By state and class: the next state.
    private var transitions: [Int32] = []
    private var mark: [UInt32]
    private var generation: UInt32 = 0

    package init(_ pattern: String) throws(PatternError) {
        program = try PatternProgram(try PatternParser.parse(pattern))
        var starts: Set<UInt32> = [0]
        for set in program.sets {
            for range in set.ranges {
                starts.insert(range.lowerBound)
                if range.upperBound < ScalarSet.maximumScalar { starts.insert(range.upperBound + 1) }
            }
        }
        let sorted = starts.sorted()
        classStarts = sorted
        classOfASCII = (0..<128 as Range<UInt32>).map { TextPattern.classIndex(of: $0, sorted) }
        mark = [UInt32](repeating: 0, count: program.steps.count)
        restart()
    }

    /// Whether all of `bytes` matches.
    package mutating func matches(_ bytes: UnsafeRawBufferPointer) -> Bool {
        var state = 0
        var position = 0
        let classes = classStarts.count
        while position < bytes.count {
            let byte = bytes[position]
            let kind: Int
            if byte < 0x80 {
                kind = Int(classOfASCII[Int(byte)])
                position &+= 1
            } else {
                let (scalar, length) = TextPattern.scalar(bytes, at: position)
                kind = Int(TextPattern.classIndex(of: scalar, classStarts))
                position &+= length
            }
            var next = transitions[state &* classes &+ kind]
            if next == TextPattern.unknown { next = step(from: state, kind) }
            if next == TextPattern.dead { return false }
            state = Int(next)
        }
        return isAccepting[state]
    }

    package mutating func matches(_ text: String) -> Bool {
        var text = text
        return text.withUTF8 { matches(UnsafeRawBufferPointer($0)) }
    }

    private static func classIndex(of scalar: UInt32, _ starts: [UInt32]) -> UInt16 {
        var low = 0
        var high = starts.count
        while high - low > 1 {
            let middle = (low + high) / 2
            if starts[middle] <= scalar { low = middle } else { high = middle }
        }
        // At most two starts a range, and a pattern has at most `maximumScalars` of those in its classes.
        return UInt16(low)
    }

    /// Throws the automaton away, all but where it starts.
    private mutating func restart() {
        states.removeAll()
        isAccepting.removeAll()
        numbers.removeAll()
        transitions.removeAll()
        let start = closure([0], isStart: true, isEnd: false)
        // The start is a state of its own: only there does `^` hold.
        _ = add(start, isStart: true)
    }

    private mutating func add(_ steps: [Int32], isStart: Bool) -> Int32 {
        let number = Int32(states.count)
        states.append(steps)
        isAccepting.append(
            closure(steps, isStart: isStart, isEnd: true).contains {
                if case .accept = program.steps[Int($0)] { true } else { false }
            })
        transitions += repeatElement(TextPattern.unknown, count: classStarts.count)
        if !isStart { numbers[steps] = number }
        return number
    }

    private mutating func step(from state: Int, _ kind: Int) -> Int32 {
        let scalar = classStarts[kind]
        var next: [Int32] = []
        for index in states[state] {
            if case .scalar(let set) = program.steps[Int(index)], program.sets[set].contains(scalar) {
                next.append(index + 1)
            }
        }
        let steps = closure(next, isStart: false, isEnd: false)
        if steps.isEmpty {
            transitions[state * classStarts.count + kind] = TextPattern.dead
            return TextPattern.dead
        }
        if let known = numbers[steps] {
            transitions[state * classStarts.count + kind] = known
            return known
        }
        if transitions.count + classStarts.count > TextPattern.maximumTransitions, states.count > 1 {
            restart()
            return add(steps, isStart: false)
        }
        let number = add(steps, isStart: false)
        transitions[state * classStarts.count + kind] = number
        return number
    }

    /// All steps that wait for a scalar or for the end and are reached from `steps` without taking any; `end` is passed
    /// at the end of the text only.
    private mutating func closure(_ steps: [Int32], isStart: Bool, isEnd: Bool) -> [Int32] {
        generation += 1
        var reached: [Int32] = []
        var stack = steps
        while let index = stack.popLast() {
            if mark[Int(index)] == generation { continue }
            mark[Int(index)] = generation
            switch program.steps[Int(index)] {
            case .scalar, .accept: reached.append(index)
            case .split(let first, let second):
                stack.append(Int32(second))
                stack.append(Int32(first))
            case .jump(let target): stack.append(Int32(target))
            case .assertStart: if isStart { stack.append(index + 1) }
            case .assertEnd: if isEnd { stack.append(index + 1) } else { reached.append(index) }
            }
        }
        return reached.sorted()
    }

    /// The scalar at `position` and its length; what is no UTF-8 is U+FFFD, a byte at a time.
    private static func scalar(_ bytes: UnsafeRawBufferPointer, at position: Int) -> (UInt32, Int) {
        let first = UInt32(bytes[position])
        let length = first >= 0xF0 ? 4 : first >= 0xE0 ? 3 : 2
        guard 0xC2...0xF4 ~= first, position + length <= bytes.count else { return (0xFFFD, 1) }
        var value = first & (0x7F >> UInt32(length))
        for offset in 1..<length {
            let byte = UInt32(bytes[position + offset])
            guard byte & 0xC0 == 0x80 else { return (0xFFFD, 1) }
            value = value << 6 | byte & 0x3F
        }
        let least: UInt32 = length == 4 ? 0x10000 : length == 3 ? 0x800 : 0x80
        guard value >= least, value <= ScalarSet.maximumScalar, !(0xD800...0xDFFF ~= value) else { return (0xFFFD, 1) }
        return (value, length)
    }
}
