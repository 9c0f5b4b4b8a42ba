/// The lines that draw a tree in front of rows in pre-order.
package struct TreePrefix: Sendable {
    /// In front of the row itself.
    package var own: String
    /// In front of further lines that belong to the row.
    package var below: String

    /// - Parameters:
    ///   - depths: the depth of each row in pre-order; a row is at most one deeper than the one before it.
    ///   - maximumDepth: deeper rows show how deep they are in place of the lines nearest to the root.
    package static func prefixes(depths: [Int], maximumDepth: Int) -> [TreePrefix] {
        var prefixes = [TreePrefix](repeating: TreePrefix(own: "", below: ""), count: depths.count)
        // From the last row up: whether a sibling follows at each depth.
        var follows: [Bool] = []
        for row in depths.indices.reversed() {
            let depth = depths[row]
            if follows.count > depth + 1 { follows.removeLast(follows.count - depth - 1) }
            while follows.count <= depth { follows.append(false) }
            let hasChildren = row + 1 < depths.count && depths[row + 1] > depth
            prefixes[row] = prefix(depth, follows, hasChildren: hasChildren, maximumDepth)
            follows[depth] = true
        }
        return prefixes
    }

    private static func prefix(
        _ depth: Int, _ follows: [Bool], hasChildren: Bool, _ maximumDepth: Int
    ) -> TreePrefix {
        var lines = ""
        var first = 1
        if depth > maximumDepth {
            let mark = "⋯\(depth) "
            lines += mark
            // The mark takes the place of whole levels.
            first = depth - maximumDepth + (mark.count + 1) / 2
            if mark.count % 2 == 1 { lines += " " }
        }
        var level = first
        while level < depth {
            lines += follows[level] ? "│ " : "  "
            level += 1
        }
        let ending = hasChildren ? "│ " : "  "
        if depth == 0 { return TreePrefix(own: "", below: ending) }
        return TreePrefix(
            own: lines + (follows[depth] ? "├ " : "└ "), below: lines + (follows[depth] ? "│ " : "  ") + ending)
    }
}
