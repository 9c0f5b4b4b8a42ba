/// The catalog that spans should have.
extension PlainCatalog {
    init(of spans: [PlainSpan]) {
        for span in spans {
            let name = Array("service.name".utf8)
            var service: [UInt8] = []
            for attribute in span.resource.attributes where attribute.key == name {
                if case .string(let text) = attribute.value {
                    service = PlainCatalog.repaired(text)
                    break
                }
            }
            if !service.isEmpty { PlainCatalog.widen(&services[service], span.start) }
            let operation = Operation(service: service, name: PlainCatalog.repaired(span.name), kind: span.kind)
            PlainCatalog.widen(&operations[operation], span.start)
            note(1, span.resource.attributes, span.start)
            note(2, span.scope.attributes, span.start)
            note(3, span.attributes, span.start)
            for event in span.events { note(4, event.attributes, span.start) }
            for link in span.links { note(5, link.attributes, span.start) }
        }
    }

    private mutating func note(_ place: UInt8, _ attributes: [PlainAttribute], _ start: UInt64) {
        for attribute in attributes {
            let key = Key(place: place, key: PlainCatalog.repaired(attribute.key), type: attribute.value.type)
            PlainCatalog.widen(&keys[key], start)
            var value = attribute.value
            if case .string(let text) = value { value = .string(PlainCatalog.repaired(text)) }
            PlainCatalog.widen(&values[Value(key: key, value: value)], start)
        }
    }

    private static func widen(_ times: inout Times?, _ start: UInt64) {
        let old = times ?? Times(earliest: start, latest: start)
        times = Times(earliest: min(old.earliest, start), latest: max(old.latest, start))
    }

    static func repaired(_ text: [UInt8]) -> [UInt8] { Array(String(decoding: text, as: UTF8.self).utf8) }

    /// How this, read from a group, differs from what its spans say; empty where it does not.
    func differences(from spans: [PlainSpan]) -> [String] {
        let expected = PlainCatalog(of: spans)
        var differences: [String] = []
        if services != expected.services { differences.append("services \(services) for \(expected.services)") }
        if expected.operations.count <= 4096 {
            if operations != expected.operations { differences.append("operations") }
        } else if operations.count != 4096 || operations.contains(where: { expected.operations[$0] != $1 }) {
            differences.append("operations among \(expected.operations.count)")
        }
        if keys != expected.keys { differences.append("keys \(keys) for \(expected.keys)") }
        let found = Dictionary(grouping: values) { $0.key.key }
        let wanted = Dictionary(grouping: expected.values) { $0.key.key }
        for (key, all) in wanted {
            let isListed = all.count <= 256 && all.allSatisfy { PlainCatalog.isShort($0.key.value) }
            let its = found[key] ?? []
            let name = "\(key.place) \(String(decoding: key.key, as: UTF8.self)) of type \(key.type)"
            if Set(its.map(\.key)) != (isListed ? Set(all.map(\.key)) : []) {
                differences.append("values of \(name): \(its.count) for \(isListed ? all.count : 0) of \(all.count)")
            }
            for (value, times) in its {
                guard let exact = expected.values[value], times.earliest <= exact.earliest,
                    times.latest >= exact.latest
                else {
                    differences.append("times of a value of \(name)")
                    continue
                }
            }
        }
        return differences
    }

    private static func isShort(_ value: PlainValue) -> Bool {
        switch value {
        case .string(let text): text.count <= 256
        case .bool, .int, .double: true
        default: false
        }
    }
}
