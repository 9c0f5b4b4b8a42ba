import Telemetry

/// What a service is called: the resource's first `service.name`, when that is a string and not empty.
enum ServiceName {
    /// What the semantic conventions call a service that does not say its name.
    static let unknown: StaticString = "unknown_service"
    static let key: StaticString = "service.name"

    static var unknownBytes: UnsafeRawBufferPointer {
        UnsafeRawBufferPointer(start: unknown.utf8Start, count: unknown.utf8CodeUnitCount)
    }

    static var keyBytes: UnsafeRawBufferPointer {
        UnsafeRawBufferPointer(start: key.utf8Start, count: key.utf8CodeUnitCount)
    }
}

extension SpanBatch {
    /// The service's name in a resource's attributes; empty where there is none.
    func serviceName(of attributes: AttributeList) -> StringRef {
        guard let key = strings.find(ServiceName.keyBytes) else { return .empty }
        let fields = shapes.range(attributes.shape)
        guard let index = fields.first(where: { shapes.fields[$0].key == key }),
            shapes.fields[index].type == .string
        else { return .empty }
        return StringRef(UInt32(truncatingIfNeeded: values[Int(attributes.start) + index - fields.lowerBound]))
    }
}
