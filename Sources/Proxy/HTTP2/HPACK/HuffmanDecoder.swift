/// Decodes four bits at a step: no code has less than five, so that a step ends at most one symbol.
enum HuffmanDecoder {
    private struct Step {
        /// The node of the code's tree that is reached.
        var next: UInt16
        var symbol: UInt8 = 0
        var emits = false
        /// No text leads here: the end of string, spelt out.
        var fails = false
    }

    private struct Table {
        /// 16 for each node.
        var steps: [Step] = []
        /// Whether a text may end at a node: at most seven bits of padding, all ones.
        var mayEnd: [Bool] = []
    }

    private static let table = makeTable()

    private static func makeTable() -> Table {
        // Children of inner nodes: another node, or minus one minus a symbol.
        var nodes: [(Int, Int)] = [(0, 0)]
        for (symbol, length) in HuffmanCode.lengths.enumerated() {
            let code = HuffmanCode.codes[symbol]
            var node = 0
            for place in stride(from: Int(length) - 1, through: 0, by: -1) {
                let isOne = code >> UInt32(place) & 1 == 1
                var child = isOne ? nodes[node].1 : nodes[node].0
                if place == 0 {
                    child = -1 - symbol
                } else if child == 0 {
                    child = nodes.count
                    nodes.append((0, 0))
                }
                if isOne { nodes[node].1 = child } else { nodes[node].0 = child }
                node = child
            }
        }
        var table = Table()
        for start in nodes.indices { for bits in 0..<16 { table.steps.append(step(from: start, bits, nodes)) } }
        table.mayEnd = [Bool](repeating: false, count: nodes.count)
        var node = 0
        for _ in 0...7 {
            table.mayEnd[node] = true
            node = nodes[node].1
        }
        return table
    }

    private static func step(from start: Int, _ bits: Int, _ nodes: [(Int, Int)]) -> Step {
        var step = Step(next: 0)
        var node = start
        for place in stride(from: 3, through: 0, by: -1) {
            let child = bits >> place & 1 == 1 ? nodes[node].1 : nodes[node].0
            guard child < 0 else {
                node = child
                continue
            }
            let symbol = -1 - child
            if symbol == HuffmanCode.endOfString {
                step.fails = true
                return step
            }
            step.symbol = UInt8(symbol)
            step.emits = true
            node = 0
        }
        step.next = UInt16(node)
        return step
    }

    /// Appends what `text` stands for; `false` when it is no sound encoding.
    static func decode(_ text: UnsafeRawBufferPointer, into output: inout [UInt8]) -> Bool {
        let table = table
        return table.steps.withUnsafeBufferPointer { steps in
            var node = 0
            for byte in text {
                for shift in stride(from: 4, through: 0, by: -4) {
                    let step = steps[node &* 16 &+ Int(byte >> UInt8(shift) & 15)]
                    if step.fails { return false }
                    if step.emits { output.append(step.symbol) }
                    node = Int(step.next)
                }
            }
            return table.mayEnd[node]
        }
    }
}
