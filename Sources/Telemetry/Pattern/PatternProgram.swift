/// A regular expression as steps of a nondeterministic automaton (Thompson's construction).
struct PatternProgram: Sendable {
    enum Step: Sendable {
        /// One scalar of the set `sets[set]`, then the step that follows.
        case scalar(set: Int)
        case split(Int, Int)
        case jump(Int)
        case assertStart
        case assertEnd
        case accept
    }

    private(set) var steps: [Step] = []
    private(set) var sets: [ScalarSet] = []

    init(_ node: PatternNode) throws(PatternError) {
        try append(node)
        try append(.accept)
    }

    private mutating func append(_ step: Step) throws(PatternError) {
        guard steps.count < TextPattern.maximumSteps else {
            throw PatternError(
                "the regular expression takes more than \(TextPattern.maximumSteps) steps: it is too large"
            )
        }
        steps.append(step)
    }

    private mutating func append(_ node: PatternNode) throws(PatternError) {
        switch node {
        case .empty: return
        case .set(let set):
            try append(.scalar(set: sets.count))
            sets.append(set)
        case .start: try append(.assertStart)
        case .end: try append(.assertEnd)
        case .sequence(let parts): for part in parts { try append(part) }
        case .choice(let branches):
            var jumps: [Int] = []
            for (index, branch) in branches.enumerated() {
                let split = steps.count
                let isLast = index == branches.count - 1
                if !isLast { try append(.split(split + 1, 0)) }
                try append(branch)
                if isLast { break }
                jumps.append(steps.count)
                try append(.jump(0))
                steps[split] = .split(split + 1, steps.count)
            }
            for jump in jumps { steps[jump] = .jump(steps.count) }
        case .repeated(let part, let least, let most):
            for _ in 0..<least { try append(part) }
            if let most {
                var splits: [Int] = []
                for _ in least..<most {
                    splits.append(steps.count)
                    try append(.split(steps.count + 1, 0))
                    try append(part)
                }
                for split in splits { steps[split] = .split(split + 1, steps.count) }
            } else {
                let split = steps.count
                try append(.split(split + 1, 0))
                try append(part)
                try append(.jump(split))
                steps[split] = .split(split + 1, steps.count)
            }
        }
    }
}
