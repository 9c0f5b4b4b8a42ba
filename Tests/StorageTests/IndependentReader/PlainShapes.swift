/// The resources, scopes, layouts and shapes of a row group.
struct PlainShapes {
    typealias Field = (key: [UInt8], type: UInt8)

    struct Shape {
        var resource: Int
        var scope: Int
        var names: PlainColumnPlan
        var kind: Int32
        var statusCode: Int32
        var flags: UInt32
        var fields: [Field]
        var spanID: PlainNumberPlan
        var startAfterParent: PlainNumberPlan
        var startAfterFirst: PlainNumberPlan
        var duration: PlainNumberPlan
        var externalParent: PlainNumberPlan
        var columns: [PlainColumnPlan]
    }

    var resources: [PlainResource] = []
    var scopes: [PlainScope] = []
    var layouts: [[Field]] = [[]]
    var shapes: [Shape] = []

    init(_ part: [UInt8], _ strings: PlainStrings, version: UInt32) throws {
        var source = PlainBytes(part)
        for _ in 0..<(try source.count()) { resources.append(try PlainContent.readResource(try source.string())) }
        for _ in 0..<(try source.count()) { scopes.append(try PlainContent.readScope(try source.string())) }
        for _ in 0..<(try source.count()) {
            var fields: [Field] = []
            for _ in 0..<(try source.count()) {
                fields.append((try strings[try source.varint()], try source.u8()))
            }
            layouts.append(fields)
        }
        for _ in 0..<(try source.count()) { shapes.append(try shape(&source, strings, version)) }
        guard source.isAtEnd else { throw PlainError("shapes end at \(source.position) of \(part.count)") }
    }

    private func shape(_ source: inout PlainBytes, _ strings: PlainStrings, _ version: UInt32) throws -> Shape {
        let resource = try source.index(below: resources.count)
        let scope = try source.index(below: scopes.count)
        let name = version == 1 ? try strings[try source.varint()] : nil
        let kind = try source.i32Zigzag()
        let statusCode = try source.i32Zigzag()
        let flags = try source.u32Varint()
        let fields = layouts[try source.index(below: layouts.count)]
        let names =
            try name.map { PlainColumnPlan(constant: .string($0)) }
            ?? PlainColumnPlan(&source, type: 1, strings: strings, version: version)
        guard names.prediction == .none else { throw PlainError("names that repeat") }
        let plans = try (0..<5).map { _ in try PlainNumberPlan(&source, version: version) }
        let columns = try fields.map {
            try PlainColumnPlan(&source, type: $0.type, strings: strings, version: version)
        }
        return Shape(
            resource: resource, scope: scope, names: names, kind: kind, statusCode: statusCode, flags: flags,
            fields: fields, spanID: plans[0], startAfterParent: plans[1], startAfterFirst: plans[2],
            duration: plans[3], externalParent: plans[4], columns: columns)
    }

    /// An attribute list of an event or a link: its layout, then its values.
    func list(_ source: inout PlainBytes, _ strings: PlainStrings) throws -> [PlainAttribute] {
        let fields = layouts[try source.index(below: layouts.count)]
        return try fields.map { field in
            PlainAttribute(
                key: field.key, value: try PlainValue(type: field.type, &source) { try strings[try $0.varint()] })
        }
    }
}
