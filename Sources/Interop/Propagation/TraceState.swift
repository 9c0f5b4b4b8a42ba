/// The `tracestate` list: checked, combined from several headers, and kept within bounds.
///
/// Source: W3C Trace Context §3.3. A list holds at most 32 members; one that breaks the grammar is dropped whole.
public enum TraceState {
    public static let maximumMembers = 32
    /// The specification asks for at least 512 bytes to be passed on.
    public static let maximumBytes = 2048
    /// Members longer than this go first when the list is too long (§3.3.1.5).
    static let longMemberBytes = 128

    /// One list from all headers; `nil` when a member is malformed, a key repeats, or there are more than 32 members.
    /// A list over `maximumBytes` loses its longest kind of members first (over 128 bytes), then those at its end.
    public static func combine(_ headers: [String]) -> String? {
        var members: [Substring.UTF8View] = []
        for header in headers {
            for part in header.utf8.split(separator: 0x2C, omittingEmptySubsequences: true) {
                let member = trimmed(part)
                if member.isEmpty { continue }
                guard isValid(member), members.count < maximumMembers else { return nil }
                let key = member.prefix { $0 != 0x3D }
                for earlier in members where earlier.prefix(while: { $0 != 0x3D }).elementsEqual(key) { return nil }
                members.append(member)
            }
        }
        if headers.count == 1, members.count == 1, members[0].count == headers[0].utf8.count,
            members[0].count <= maximumBytes
        {
            return headers[0]
        }
        var bytes = members.reduce(0) { $0 + $1.count } + max(0, members.count - 1)
        while bytes > maximumBytes {
            let victim = members.lastIndex { $0.count > longMemberBytes } ?? members.count - 1
            bytes -= members[victim].count + 1
            members.remove(at: victim)
        }
        return members.map { String(Substring($0)) }.joined(separator: ",")
    }

    private static func trimmed(_ text: Substring.UTF8View) -> Substring.UTF8View {
        var text = text
        while let first = text.first, first == 0x20 || first == 0x09 { text = text.dropFirst() }
        while let last = text.last, last == 0x20 || last == 0x09 { text = text.dropLast() }
        return text
    }

    /// `key=value` by §3.3.1.3: a key of at most 256 characters, a value of 1 to 256 printable characters without `,`
    /// and `=`.
    static func isValid(_ member: Substring.UTF8View) -> Bool {
        guard let equals = member.firstIndex(of: 0x3D) else { return false }
        let key = member[..<equals]
        let value = member[member.index(after: equals)...]
        guard (1...256).contains(key.count), (1...256).contains(value.count), isValidKey(key) else { return false }
        return value.allSatisfy { (0x20...0x7E).contains($0) && $0 != 0x2C && $0 != 0x3D }
    }

    /// A simple key starts with a lower-case letter or digit (level 2); of a multi-tenant key `tenant@system` the
    /// tenant has at most 241 and the system at most 14 characters, starting with a letter.
    private static func isValidKey(_ key: Substring.UTF8View) -> Bool {
        guard let at = key.firstIndex(of: 0x40) else {
            return isLowerOrDigit(key.first!) && key.allSatisfy(isKeyCharacter)
        }
        let tenant = key[..<at]
        let system = key[key.index(after: at)...]
        guard (1...241).contains(tenant.count), (1...14).contains(system.count) else { return false }
        return isLowerOrDigit(tenant.first!) && tenant.allSatisfy(isKeyCharacter)
            && (0x61...0x7A).contains(system.first!) && system.allSatisfy(isKeyCharacter)
    }

    private static func isLowerOrDigit(_ byte: UInt8) -> Bool {
        (0x61...0x7A).contains(byte) || (0x30...0x39).contains(byte)
    }

    private static func isKeyCharacter(_ byte: UInt8) -> Bool {
        isLowerOrDigit(byte) || byte == 0x5F || byte == 0x2D || byte == 0x2A || byte == 0x2F
    }
}
