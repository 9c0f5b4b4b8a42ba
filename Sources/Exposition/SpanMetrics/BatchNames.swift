import Telemetry

/// What the strings of the batch at hand are to the metrics; made anew for every batch, its memory kept.
struct BatchNames: Sendable {
    private static let unknown = UInt32.max

    /// By `StringRef`: the number of that name.
    private var numbers: [UInt32] = []
    /// By resource: the number of its service's name.
    private var services: [UInt32] = []
    /// By shape: where a client span names its peer.
    private var peers: [PeerFields?] = []
    private var keys: PeerKeys?
    /// `service.name`, where the batch has it.
    private var serviceKey: StringRef?
    /// Attributes that name a transaction, with their rules; `nil` until asked for.
    private var transactionKeys: [(key: StringRef, rule: Int)]?

    mutating func begin(_ batch: borrowing SpanBatch) {
        Self.reset(&numbers, batch.strings.count, Self.unknown)
        Self.reset(&services, batch.resources.count, Self.unknown)
        Self.reset(&peers, batch.shapes.count, nil)
        keys = nil
        serviceKey = Self.find("service.name", batch)
        transactionKeys = nil
    }

    private static func reset<T>(_ list: inout [T], _ count: Int, _ value: T) {
        list.removeAll(keepingCapacity: true)
        list.append(contentsOf: repeatElement(value, count: count))
    }

    @inline(__always)
    mutating func number(_ ref: StringRef, _ batch: borrowing SpanBatch, _ names: inout NameTable) -> UInt32 {
        let index = Int(ref.rawValue)
        let known = numbers[index]
        if known != BatchNames.unknown { return known }
        let number = batch.strings.withBytes(ref) { names.number($0) }
        numbers[index] = number
        return number
    }

    @inline(__always)
    mutating func service(_ resource: UInt32, _ batch: borrowing SpanBatch, _ names: inout NameTable) -> UInt32 {
        let known = services[Int(resource)]
        if known != BatchNames.unknown { return known }
        let number = findService(batch.resources[Int(resource)].attributes, batch, &names)
        services[Int(resource)] = number
        return number
    }

    private mutating func findService(
        _ list: AttributeList, _ batch: borrowing SpanBatch, _ names: inout NameTable
    ) -> UInt32 {
        if let serviceKey, let payload = Self.string(serviceKey, list, batch), payload != .empty {
            return number(payload, batch, &names)
        }
        return names.number("unknown_service")
    }

    /// Where the client span of `list` names its peer.
    mutating func peerFields(_ list: AttributeList, _ batch: borrowing SpanBatch) -> PeerFields {
        if let known = peers[Int(list.shape)] { return known }
        if keys == nil { keys = PeerKeys(batch) }
        let fields = PeerFields(list.shape, keys!, batch)
        peers[Int(list.shape)] = fields
        return fields
    }

    /// The transaction that the span of `list` names, in its rule's spelling.
    mutating func transaction(_ list: AttributeList, _ batch: borrowing SpanBatch, _ rules: TransactionRules) -> [UInt8]
    {
        if transactionKeys == nil {
            let strings = batch.strings
            transactionKeys = rules.rules.enumerated().compactMap { index, rule in
                var attribute = rule.attribute
                return attribute.withUTF8 { strings.find(UnsafeRawBufferPointer($0)) }.map { ($0, index) }
            }
        }
        for (key, rule) in transactionKeys ?? [] {
            guard let ref = Self.string(key, list, batch),
                let value = rules.normalise(batch.strings.bytes(ref)[...], by: rules.rules[rule].normalisation)
            else { continue }
            return Array(value)
        }
        return []
    }

    /// No closure here: it would copy the batch.
    @inline(__always)
    static func find(_ text: StaticString, _ batch: borrowing SpanBatch) -> StringRef? {
        batch.strings.find(UnsafeRawBufferPointer(start: text.utf8Start, count: text.utf8CodeUnitCount))
    }

    /// The string under `key`, if that is what it holds.
    private static func string(_ key: StringRef, _ list: AttributeList, _ batch: borrowing SpanBatch) -> StringRef? {
        let range = batch.shapes.range(list.shape)
        for index in range where batch.shapes.fields[index] == ShapeField(key: key, type: .string) {
            let payload = batch.values[Int(list.start) + index - range.lowerBound]
            return StringRef(UInt32(truncatingIfNeeded: payload))
        }
        return nil
    }
}
