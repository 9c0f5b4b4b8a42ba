/// A span's content and its hash, and sums of hashes.
enum PlainContent {
    static func write(_ resource: PlainResource, _ output: inout PlainOutput) {
        PlainAttribute.write(resource.attributes, &output)
        output.varint(UInt64(resource.dropped))
        output.string(resource.schemaURL)
        output.string(resource.entityReferences)
    }

    static func write(_ scope: PlainScope, _ output: inout PlainOutput) {
        output.string(scope.name)
        output.string(scope.version)
        PlainAttribute.write(scope.attributes, &output)
        output.varint(UInt64(scope.dropped))
        output.string(scope.schemaURL)
    }

    static func readResource(_ form: [UInt8]) throws -> PlainResource {
        var source = PlainBytes(form)
        let resource = PlainResource(
            attributes: try PlainAttribute.read(&source), dropped: try source.u32Varint(),
            schemaURL: try source.string(), entityReferences: try source.string())
        guard source.isAtEnd else { throw PlainError("a resource of \(form.count) bytes ends at \(source.position)") }
        return resource
    }

    static func readScope(_ form: [UInt8]) throws -> PlainScope {
        var source = PlainBytes(form)
        let scope = PlainScope(
            name: try source.string(), version: try source.string(), attributes: try PlainAttribute.read(&source),
            dropped: try source.u32Varint(), schemaURL: try source.string())
        guard source.isAtEnd else { throw PlainError("a scope of \(form.count) bytes ends at \(source.position)") }
        return scope
    }

    private static func shapeHash(_ span: PlainSpan) -> [UInt8] {
        var output = PlainOutput(bytes: Array("waybill.shape.1".utf8))
        write(span.resource, &output)
        write(span.scope, &output)
        output.string(span.name)
        output.u32(UInt32(bitPattern: span.kind))
        output.u32(UInt32(bitPattern: span.statusCode))
        output.u32(span.flags)
        output.varint(UInt64(span.attributes.count))
        for attribute in span.attributes {
            output.string(attribute.key)
            output.bytes.append(attribute.value.type)
        }
        return PlainChecksums.sha256(output.bytes)
    }

    static func hash(_ span: PlainSpan) -> [UInt8] {
        var output = PlainOutput(bytes: shapeHash(span))
        output.bytes += span.traceID
        output.id(span.spanID)
        output.id(span.parentID)
        output.u64(span.start)
        output.u64(span.end)
        for attribute in span.attributes { attribute.value.write(&output) }
        output.string(span.statusMessage)
        output.string(span.traceState)
        for dropped in [span.droppedAttributes, span.droppedEvents, span.droppedLinks] {
            output.varint(UInt64(dropped))
        }
        output.varint(UInt64(span.events.count))
        for event in span.events {
            output.u64(event.time)
            output.string(event.name)
            PlainAttribute.write(event.attributes, &output)
            output.varint(UInt64(event.dropped))
        }
        output.varint(UInt64(span.links.count))
        for link in span.links {
            output.bytes += link.traceID
            output.id(link.spanID)
            output.string(link.traceState)
            PlainAttribute.write(link.attributes, &output)
            output.varint(UInt64(link.dropped))
            output.u32(link.flags)
        }
        return PlainChecksums.sha256(output.bytes)
    }

    static let zero = [UInt8](repeating: 0, count: 32)

    /// Little-endian addition of 32 bytes, modulo 2^256.
    static func sum(_ left: [UInt8], _ right: [UInt8]) -> [UInt8] {
        var carry = 0
        return zip(left, right).map { a, b in
            carry += Int(a) + Int(b)
            defer { carry >>= 8 }
            return UInt8(carry & 0xFF)
        }
    }
}
