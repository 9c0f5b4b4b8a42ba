/// The fields that both ends know from the start (RFC 7541 Appendix A).
enum StaticHeaderTable {
    /// From index 1.
    static let fields: [(name: [UInt8], value: [UInt8])] = text.map { (Array($0.0.utf8), Array($0.1.utf8)) }
    static var count: Int { 61 }

    private static let text: [(String, String)] = [
        (":authority", ""), (":method", "GET"), (":method", "POST"), (":path", "/"), (":path", "/index.html"),
        (":scheme", "http"), (":scheme", "https"), (":status", "200"), (":status", "204"), (":status", "206"),
        (":status", "304"), (":status", "400"), (":status", "404"), (":status", "500"), ("accept-charset", ""),
        ("accept-encoding", "gzip, deflate"), ("accept-language", ""), ("accept-ranges", ""), ("accept", ""),
        ("access-control-allow-origin", ""), ("age", ""), ("allow", ""), ("authorization", ""), ("cache-control", ""),
        ("content-disposition", ""), ("content-encoding", ""), ("content-language", ""), ("content-length", ""),
        ("content-location", ""), ("content-range", ""), ("content-type", ""), ("cookie", ""), ("date", ""),
        ("etag", ""), ("expect", ""), ("expires", ""), ("from", ""), ("host", ""), ("if-match", ""),
        ("if-modified-since", ""), ("if-none-match", ""), ("if-range", ""), ("if-unmodified-since", ""),
        ("last-modified", ""), ("link", ""), ("location", ""), ("max-forwards", ""), ("proxy-authenticate", ""),
        ("proxy-authorization", ""), ("range", ""), ("referer", ""), ("refresh", ""), ("retry-after", ""),
        ("server", ""), ("set-cookie", ""), ("strict-transport-security", ""), ("transfer-encoding", ""),
        ("user-agent", ""), ("vary", ""), ("via", ""), ("www-authenticate", ""),
    ]

    private static let slots = 256

    /// By the low bits of a name's hash, in open addressing: the first index with that name, 0 where there is none.
    private static let byName: [UInt8] = {
        var table = [UInt8](repeating: 0, count: slots)
        for (place, field) in fields.enumerated() where place == 0 || fields[place - 1].name != field.name {
            var slot = field.name.withUnsafeBytes { Int(FieldHash.of($0)) } % slots
            while table[slot] != 0 { slot = (slot + 1) % slots }
            table[slot] = UInt8(place + 1)
        }
        return table
    }()

    /// The first index with this name; 0 when there is none.
    static func first(_ name: UnsafeRawBufferPointer, hash: UInt32) -> Int {
        var slot = Int(hash) % slots
        while true {
            let index = Int(byName[slot])
            if index == 0 || fields[index - 1].name.elementsEqual(name) { return index }
            slot = (slot + 1) % slots
        }
    }

    /// The index of this very field, whose name stands at `first`; 0 when there is none.
    static func index(of value: UnsafeRawBufferPointer, from first: Int) -> Int {
        var index = first
        while index <= count, fields[index - 1].name == fields[first - 1].name {
            if fields[index - 1].value.elementsEqual(value) { return index }
            index += 1
        }
        return 0
    }
}

/// FNV-1a.
enum FieldHash {
    static func of(_ bytes: UnsafeRawBufferPointer, after start: UInt32 = 2_166_136_261) -> UInt32 {
        var hash = start
        for byte in bytes { hash = (hash ^ UInt32(byte)) &* 16_777_619 }
        return hash
    }
}
