import Mesh
import Telemetry

/// A `SpanBatch` of this proxy being filled: its resource and scope written once, its rows straight into the columns.
struct BatchBuilder {
    private(set) var batch = SpanBatch()
    /// Monotonic nanoseconds of the first row.
    var since: UInt64 = 0
    private let resource: Resource
    private var layout: [ShapeField] = []
    private var latest = [LatestText](repeating: LatestText(), count: AttributeKey.allCases.count + 1)

    /// The text that an attribute had last. Most are the same from span to span, down to where they stand in memory, and
    /// need not be looked up then.
    private struct LatestText {
        var start: UnsafeRawPointer?
        var count = 0
        /// Keeps the memory from being used for another text.
        var owner: [UInt8] = []
        var ref = StringRef.empty
    }

    init(resource: Resource) {
        self.resource = resource
        layout.reserveCapacity(32)
        begin()
    }

    static let scope = InstrumentationScope(name: "waybill-proxy", version: ProxyVersion.text)

    private mutating func begin() {
        batch = SpanBatch()
        for index in latest.indices { latest[index] = LatestText() }
        for key in AttributeKey.allCases {
            let ref = intern(key.name)
            precondition(ref == key.ref, "the keys are the first strings of a batch")
        }
        let attributes = batch.appendAttributes(resource.attributes)
        batch.resources.append(ResourceRecord(attributes: attributes))
        batch.scopes.append(
            ScopeRecord(
                name: batch.strings.intern(Self.scope.name), version: batch.strings.intern(Self.scope.version)))
    }

    /// The filled batch; an empty one takes its place.
    mutating func take() -> SpanBatch {
        let taken = batch
        begin()
        return taken
    }

    // MARK: One row

    mutating func beginAttributes() -> UInt32 {
        layout.removeAll(keepingCapacity: true)
        return UInt32(truncatingIfNeeded: batch.values.count)
    }

    mutating func endAttributes(_ start: UInt32) -> AttributeList {
        AttributeList(shape: layout.withUnsafeBufferPointer { batch.shapes.intern($0) }, start: start)
    }

    mutating func intern(_ text: StaticString) -> StringRef {
        batch.strings.intern(UnsafeRawBufferPointer(start: text.utf8Start, count: text.utf8CodeUnitCount))
    }

    mutating func intern(_ bytes: [UInt8]) -> StringRef { batch.strings.intern(bytes) }
    mutating func intern(_ bytes: UnsafeRawBufferPointer) -> StringRef { batch.strings.intern(bytes) }
    mutating func intern(_ text: String) -> StringRef { batch.strings.intern(text) }

    mutating func add(_ key: StringRef, _ value: StringRef) {
        layout.append(ShapeField(key: key, type: .string))
        batch.values.append(UInt64(value.rawValue))
    }

    mutating func add(_ key: AttributeKey, _ value: StringRef) { add(key.ref, value) }
    mutating func add(_ key: AttributeKey, _ value: StaticString) {
        let bytes = UnsafeRawBufferPointer(start: value.utf8Start, count: value.utf8CodeUnitCount)
        add(key.ref, intern(bytes, for: key, owner: []))
    }

    mutating func add(_ key: AttributeKey, _ value: [UInt8]) {
        if value.isEmpty { return }
        let ref = value.withUnsafeBytes { intern($0, for: key, owner: value) }
        add(key.ref, ref)
    }

    private mutating func intern(_ bytes: UnsafeRawBufferPointer, for key: AttributeKey, owner: [UInt8]) -> StringRef {
        let index = Int(key.rawValue)
        if latest[index].start == bytes.baseAddress, latest[index].count == bytes.count { return latest[index].ref }
        let ref = intern(bytes)
        latest[index] = LatestText(start: bytes.baseAddress, count: bytes.count, owner: owner, ref: ref)
        return ref
    }

    mutating func add(_ key: AttributeKey, _ number: Int) { add(key.ref, number) }

    mutating func add(_ key: StringRef, _ number: Int) {
        layout.append(ShapeField(key: key, type: .int))
        batch.values.append(UInt64(bitPattern: Int64(number)))
    }

    mutating func add(_ key: AttributeKey, _ flag: Bool) {
        layout.append(ShapeField(key: key.ref, type: .bool))
        batch.values.append(flag ? 1 : 0)
    }

    mutating func append(_ row: SpanRow) { batch.append(row: row) }
}
