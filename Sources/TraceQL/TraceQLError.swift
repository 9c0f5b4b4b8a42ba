/// Why a query is not understood, and where.
public struct TraceQLError: Error, Sendable, Hashable, CustomStringConvertible {
    /// One sentence for the person who wrote the query.
    public var message: String
    /// The offset of the first byte that is not understood, in the query's UTF-8.
    public var offset: Int

    public init(_ message: String, at offset: Int) {
        self.message = message
        self.offset = offset
    }

    public var description: String { "at byte \(offset): \(message)" }

    /// The part of `query` around the offending place, on one line, and below it a line with a caret under that place.
    ///
    /// - Parameters:
    ///   - width: how many terminal cells both lines may take.
    ///   - cells: how many cells a character takes, where some take two.
    public func excerpt(
        of query: String, width: Int, cells: (Character) -> Int = { _ in 1 }
    ) -> (line: String, caret: String) {
        // Line breaks and tabs are one space each, so that the place stays where it is.
        let before = Self.oneLine(String(decoding: query.utf8.prefix(offset), as: UTF8.self))
        let after = Self.oneLine(String(decoding: query.utf8.dropFirst(offset), as: UTF8.self))
        let room = max(8, width)
        var head = before[...]
        var headCells = head.reduce(0) { $0 + cells($1) }
        let isCut = headCells > room * 2 / 3
        while headCells > (isCut ? room * 2 / 3 - 1 : room), let first = head.popFirst() { headCells -= cells(first) }
        if isCut { headCells += 1 }
        var tail = ""
        var used = headCells
        for character in after {
            used += cells(character)
            if used > room - 1 {
                tail += "…"
                break
            }
            tail.append(character)
        }
        return ((isCut ? "…" : "") + head + tail, String(repeating: " ", count: headCells) + "^")
    }

    private static func oneLine(_ text: String) -> String {
        String(text.map { $0.isNewline || $0 == "\t" ? " " : $0 })
    }
}
