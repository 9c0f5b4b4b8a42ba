import Telemetry

/// How a filter looks at a row of a batch.
extension CompiledFilter {
    /// What is left of the filter once it is known which keys and strings the batch does not have at all.
    func reduced(by batch: borrowing SpanBatch) -> Node {
        var isAbsent: [Bool] = []
        for leaf in leaves { isAbsent.append(CompiledFilter.isAbsent(leaf, batch)) }
        return CompiledFilter.reduce(root) { isAbsent[$0] ? false : nil }
    }

    private static func isAbsent(_ leaf: Leaf, _ batch: borrowing SpanBatch) -> Bool {
        switch leaf.field {
        case .attribute:
            guard let key = leaf.key.withUnsafeBytes({ batch.strings.find($0) }) else { return true }
            // An array has its strings in its own bytes.
            let hasArrays = batch.shapes.fields.contains { $0.key == key && $0.type == .array }
            return !hasArrays && isStringAbsent(leaf, batch)
        case .name, .statusMessage, .traceState, .eventName: return isStringAbsent(leaf, batch)
        default: return false
        }
    }

    private static func isStringAbsent(_ leaf: Leaf, _ batch: borrowing SpanBatch) -> Bool {
        guard let string = leaf.test.onlyString else { return false }
        return string.withUnsafeBytes { batch.strings.find($0) } == nil
    }

    mutating func evaluate(
        _ node: Node, _ binding: inout BatchBinding, _ batch: borrowing SpanBatch, _ row: Int
    ) -> Bool {
        switch node {
        case .constant(let value): return value
        case .leaf(let leaf): return evaluate(leaf, &binding, batch, row)
        case .not(let part): return !evaluate(part, &binding, batch, row)
        case .and(let parts):
            for part in parts where !evaluate(part, &binding, batch, row) { return false }
            return true
        case .or(let parts):
            for part in parts where evaluate(part, &binding, batch, row) { return true }
            return false
        }
    }

    private mutating func evaluate(
        _ leaf: Int, _ binding: inout BatchBinding, _ batch: borrowing SpanBatch, _ row: Int
    ) -> Bool {
        switch leaves[leaf].field {
        case .attribute(let scope, _): return attribute(leaf, scope, &binding, batch, row)
        case .service: return resource(leaf, Int(batch.resource[row]), &binding, batch)
        case .name: return string(leaf, batch.name[row], batch)
        case .kind: return leaves[leaf].test.matches(signed: Int64(batch.kind[row]))
        case .status: return leaves[leaf].test.matches(signed: Int64(batch.statusCode[row]))
        case .statusMessage: return string(leaf, batch.statusMessage[row], batch)
        case .duration:
            let (start, end) = (batch.startNanoseconds[row], batch.endNanoseconds[row])
            return leaves[leaf].test.matches(unsigned: end > start ? end - start : 0)
        case .start: return leaves[leaf].test.matches(unsigned: batch.startNanoseconds[row])
        case .end: return leaves[leaf].test.matches(unsigned: batch.endNanoseconds[row])
        case .traceID: return leaves[leaf].test.matches(batch.traceID[row])
        case .spanID: return leaves[leaf].test.matches(batch.spanID[row])
        case .parentSpanID:
            let parent = batch.parentSpanID[row]
            return parent.isValid && leaves[leaf].test.matches(parent)
        case .traceState: return string(leaf, batch.traceState[row], batch)
        case .isRoot: return leaves[leaf].test.matches(!batch.parentSpanID[row].isValid)
        case .scopeName, .scopeVersion: return scope(leaf, Int(batch.scope[row]), &binding, batch)
        case .eventName:
            for event in Int(batch.eventStart[row])..<Int(batch.eventStart[row + 1])
            where string(leaf, batch.events[event].name, batch) { return true }
            return false
        case .linkTraceID:
            for link in Int(batch.linkStart[row])..<Int(batch.linkStart[row + 1])
            where leaves[leaf].test.matches(batch.links[link].traceID) { return true }
            return false
        case .linkSpanID:
            for link in Int(batch.linkStart[row])..<Int(batch.linkStart[row + 1])
            where leaves[leaf].test.matches(batch.links[link].spanID) { return true }
            return false
        }
    }

    private mutating func attribute(
        _ leaf: Int, _ scope: SpanFilter.AttributeScope, _ binding: inout BatchBinding, _ batch: borrowing SpanBatch,
        _ row: Int
    ) -> Bool {
        if binding.keys[leaf] == nil { return false }
        switch scope {
        case .span: return list(leaf, batch.attributes[row], binding, batch) ?? false
        case .any:
            return list(leaf, batch.attributes[row], binding, batch)
                ?? resource(leaf, Int(batch.resource[row]), &binding, batch)
        case .resource: return resource(leaf, Int(batch.resource[row]), &binding, batch)
        case .scope: return self.scope(leaf, Int(batch.scope[row]), &binding, batch)
        case .event:
            for event in Int(batch.eventStart[row])..<Int(batch.eventStart[row + 1])
            where list(leaf, batch.events[event].attributes, binding, batch) ?? false { return true }
            return false
        case .link:
            for link in Int(batch.linkStart[row])..<Int(batch.linkStart[row + 1])
            where list(leaf, batch.links[link].attributes, binding, batch) ?? false { return true }
            return false
        }
    }

    /// Whether resource `number` of the batch passes a leaf that asks for the service or for a resource's attribute.
    mutating func resource(
        _ leaf: Int, _ number: Int, _ binding: inout BatchBinding, _ batch: borrowing SpanBatch
    ) -> Bool {
        if !binding.ofResource.isEmpty, binding.ofResource[leaf][number] != .unknown {
            return binding.ofResource[leaf][number] == .isTrue
        }
        let attributes = batch.resources[number].attributes
        let outcome: Bool
        if case .service = leaves[leaf].field {
            outcome = string(leaf, batch.serviceName(of: attributes), batch, whenEmpty: ServiceName.unknown)
        } else {
            outcome = list(leaf, attributes, binding, batch) ?? false
        }
        if !binding.ofResource.isEmpty { binding.ofResource[leaf][number] = outcome ? .isTrue : .isFalse }
        return outcome
    }

    /// Whether scope `number` of the batch passes a leaf that asks for its name, its version or an attribute of it.
    mutating func scope(
        _ leaf: Int, _ number: Int, _ binding: inout BatchBinding, _ batch: borrowing SpanBatch
    ) -> Bool {
        if !binding.ofScope.isEmpty, binding.ofScope[leaf][number] != .unknown {
            return binding.ofScope[leaf][number] == .isTrue
        }
        let record = batch.scopes[number]
        let outcome =
            switch leaves[leaf].field {
            case .scopeName: string(leaf, record.name, batch)
            case .scopeVersion: string(leaf, record.version, batch)
            default: list(leaf, record.attributes, binding, batch) ?? false
            }
        if !binding.ofScope.isEmpty { binding.ofScope[leaf][number] = outcome ? .isTrue : .isFalse }
        return outcome
    }

    /// Whether any attribute of the leaf's key in `attributes` matches; `nil` when there is none.
    private mutating func list(
        _ leaf: Int, _ attributes: AttributeList, _ binding: BatchBinding, _ batch: borrowing SpanBatch
    ) -> Bool? {
        guard let key = binding.keys[leaf], let place = binding.place(leaf, attributes, batch) else { return nil }
        let fields = batch.shapes.range(attributes.shape)
        for index in fields.lowerBound + place..<fields.upperBound where batch.shapes.fields[index].key == key {
            let type = batch.shapes.fields[index].type
            let payload = batch.values[Int(attributes.start) + index - fields.lowerBound]
            let ref = type.isReference ? StringRef(UInt32(truncatingIfNeeded: payload)) : .empty
            if batch.strings.withBytes(ref, { leaves[leaf].test.matches(type, payload, bytes: $0) }) { return true }
        }
        return false
    }

    private mutating func string(
        _ leaf: Int, _ ref: StringRef, _ batch: borrowing SpanBatch, whenEmpty: StaticString? = nil
    ) -> Bool {
        if let whenEmpty, ref == .empty {
            return leaves[leaf].test.matches(
                UnsafeRawBufferPointer(start: whenEmpty.utf8Start, count: whenEmpty.utf8CodeUnitCount))
        }
        return batch.strings.withBytes(ref) { leaves[leaf].test.matches($0) }
    }
}

extension ValueTest {
    mutating func matches(_ id: TraceID) -> Bool {
        withUnsafeTemporaryAllocation(of: UInt8.self, capacity: 32) { digits in
            Hex.write(id.high, to: UnsafeMutableBufferPointer(rebasing: digits[..<16]))
            Hex.write(id.low, to: UnsafeMutableBufferPointer(rebasing: digits[16...]))
            return matches(UnsafeRawBufferPointer(digits))
        }
    }

    mutating func matches(_ id: SpanID) -> Bool {
        withUnsafeTemporaryAllocation(of: UInt8.self, capacity: 16) { digits in
            Hex.write(id.rawValue, to: digits)
            return matches(UnsafeRawBufferPointer(digits))
        }
    }
}
