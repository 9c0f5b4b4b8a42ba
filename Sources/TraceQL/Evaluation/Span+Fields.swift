import Telemetry

extension Telemetry.Span {
    func value(_ scope: Field.Scope, _ key: String) -> Value {
        switch scope {
        case .any:
            let own = attributes.value(key)
            return own == .none ? resource.attributes.value(key) : own
        case .span: return attributes.value(key)
        case .resource: return resource.attributes.value(key)
        case .instrumentation: return self.scope.attributes.value(key)
        case .event: return Value(all: events.compactMap { $0.attributes.value(key).some })
        case .link: return Value(all: links.compactMap { $0.attributes.value(key).some })
        }
    }

    /// Intrinsics that the span alone decides; nothing for the others.
    func value(_ intrinsic: Intrinsic) -> Value {
        switch intrinsic {
        case .name: .string(name)
        case .kind: .kind(kind.rawValue)
        case .status: .status(status.code)
        case .statusMessage: .string(status.message)
        case .duration: .duration(Int64(clamping: durationNanoseconds))
        case .spanID: .string(spanID.description)
        case .parentID: parentSpanID.isValid ? .string(parentSpanID.description) : .none
        case .traceID: .string(traceID.description)
        case .eventName: Value(all: events.map { .string($0.name) })
        case .eventTimeSinceStart:
            Value(
                all: events.map { event in
                    .duration(
                        event.timeNanoseconds >= startNanoseconds
                            ? Int64(clamping: event.timeNanoseconds - startNanoseconds)
                            : -Int64(clamping: startNanoseconds - event.timeNanoseconds))
                })
        case .linkTraceID: Value(all: links.map { .string($0.traceID.description) })
        case .linkSpanID: Value(all: links.map { .string($0.spanID.description) })
        case .instrumentationName: .string(scope.name)
        case .instrumentationVersion: .string(scope.version)
        case .childCount, .traceDuration, .rootName, .rootServiceName, .nestedSetLeft, .nestedSetRight,
            .nestedSetParent:
            .none
        }
    }
}

extension [Attribute] {
    /// The values under `key`, which a list may have more than once.
    fileprivate func value(_ key: String) -> Value {
        var found = Value.none
        for attribute in self where attribute.key == key && attribute.key.utf8.elementsEqual(key.utf8) {
            let value = Value(attribute.value)
            found = found == .none ? value : Value(all: [found, value])
        }
        return found
    }
}

extension Value {
    fileprivate var some: Value? { self == .none ? nil : self }
}
