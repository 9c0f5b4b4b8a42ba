/// Fields in their order, as bytes: what a header block stands for. Reused, so that a list costs no allocation.
package struct HeaderList {
    /// How a field is represented to the peer (RFC 7541 §6.2).
    package enum Indexing: Sendable {
        case indexable
        /// Values that differ each time would only push useful ones out of the peer's table.
        case nonIndexable
        /// Nobody on the way may put it in a table either.
        case neverIndexed
    }

    package struct Entry: Sendable {
        package var nameStart: Int
        package var nameLength: Int
        package var valueLength: Int
        package var indexing: Indexing

        var nameRange: Range<Int> { nameStart..<(nameStart + nameLength) }
        var valueRange: Range<Int> { (nameStart + nameLength)..<(nameStart + nameLength + valueLength) }
    }

    package internal(set) var bytes: [UInt8] = []
    package internal(set) var entries: [Entry] = []

    package init() {}

    package var isEmpty: Bool { entries.isEmpty }

    /// Forgets everything and keeps the memory.
    package mutating func clear() {
        bytes.removeAll(keepingCapacity: true)
        entries.removeAll(keepingCapacity: true)
    }

    // MARK: Adding

    /// `name` is in lower case.
    package mutating func add(name: StaticString, value: String, indexing: Indexing = .indexable) {
        let start = bytes.count
        bytes.append(contentsOf: UnsafeBufferPointer(start: name.utf8Start, count: name.utf8CodeUnitCount))
        end(start, name.utf8CodeUnitCount, value.utf8, indexing)
    }

    /// A field whose value stands in other bytes.
    mutating func add(name: StaticString, value: UnsafeRawBufferPointer, indexing: Indexing = .indexable) {
        let start = bytes.count
        bytes.append(contentsOf: UnsafeBufferPointer(start: name.utf8Start, count: name.utf8CodeUnitCount))
        end(start, name.utf8CodeUnitCount, value, indexing)
    }

    /// `name` is turned into lower case.
    package mutating func add(
        _ name: UnsafeRawBufferPointer, _ value: UnsafeRawBufferPointer, _ indexing: Indexing
    ) {
        let start = bytes.count
        for byte in name { bytes.append(byte &- 0x41 < 26 ? byte | 0x20 : byte) }
        end(start, name.count, value, indexing)
    }

    private mutating func end(_ start: Int, _ nameLength: Int, _ value: some Sequence<UInt8>, _ indexing: Indexing) {
        let valueStart = bytes.count
        bytes.append(contentsOf: value)
        entries.append(
            Entry(
                nameStart: start, nameLength: nameLength, valueLength: bytes.count - valueStart, indexing: indexing))
    }

    // MARK: Reading

    /// Calls `body` with each field's name, value, and whether it must stay out of every table, until one returns
    /// something; valid only inside.
    func forEach<Result>(
        _ body: (UnsafeRawBufferPointer, UnsafeRawBufferPointer, Bool) -> Result?
    ) -> Result? {
        bytes.withUnsafeBytes { raw in
            for entry in entries {
                let result = body(
                    UnsafeRawBufferPointer(rebasing: raw[entry.nameRange]),
                    UnsafeRawBufferPointer(rebasing: raw[entry.valueRange]), entry.indexing == .neverIndexed)
                if let result { return result }
            }
            return nil
        }
    }

    /// Keeps what `forEach` has handed out good while `body` runs.
    func reading<Result>(_ body: () -> Result) -> Result { bytes.withUnsafeBytes { _ in body() } }

    /// The value of the first field with this name, in lower case.
    func first(name: StaticString) -> String? {
        forEach { found, value, _ in
            equalsIgnoringCase(found, name) ? String(decoding: value, as: UTF8.self) : nil
        }
    }

    package func name(_ index: Int) -> [UInt8] { Array(bytes[entries[index].nameRange]) }
    package func value(_ index: Int) -> [UInt8] { Array(bytes[entries[index].valueRange]) }
}
