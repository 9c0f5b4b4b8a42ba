import Telemetry

/// Reads what a projection wants of rows.
struct SpanProjector {
    let groups: SpanGroups
    private let keys: [ProjectedField]
    private let number: ProjectedField?
    private let isWhole: Bool

    init(_ projection: SpanProjection) {
        let groups = SpanGroups(keyCount: projection.keys.count)
        self.groups = groups
        keys = projection.keys.map { ProjectedField($0, isNumber: false, groups) }
        number = projection.number.map { ProjectedField($0, isNumber: true, groups) }
        isWhole = projection.isWhole
    }

    var fields: [ProjectedField] { keys + (number.map { [$0] } ?? []) }

    func project(_ batch: SpanBatch, _ rows: [Int]) -> ProjectedRows {
        project(count: batch.count) { field, whole in
            var reading = LiveProjection(field, batch)
            return reading.cells(of: rows, &whole)
        }
    }

    func project(_ rows: inout BlockScan, _ scan: GroupScan, path: String) throws(StoreError) -> ProjectedRows {
        if keys.isEmpty, number == nil { return ProjectedRows(count: rows.block.rowCount, isWhole: isWhole) }
        let shapes: ShapeProjection
        if let known = scan.projection {
            shapes = known
        } else {
            shapes = try ShapeProjection(fields, scan.verdicts.dictionaries, path: path)
            scan.projection = shapes
        }
        return try project(count: rows.block.rowCount) { number, whole throws(StoreError) in
            var reading = BlockProjection(shapes, number, rows)
            return try reading.cells(&rows, &whole)
        }
    }

    private func project(
        count: Int, _ cells: (ProjectedField, inout RowBitmap) -> [UInt64]
    ) -> ProjectedRows {
        var projected = ProjectedRows(count: count, isWhole: isWhole)
        for (place, key) in keys.enumerated() { projected.add(cells(key, &projected.whole), key: place, groups) }
        if let number { projected.add(numbers: cells(number, &projected.whole)) }
        return projected
    }

    private func project(
        count: Int, _ cells: (Int, inout RowBitmap) throws(StoreError) -> [UInt64]
    ) throws(StoreError) -> ProjectedRows {
        var projected = ProjectedRows(count: count, isWhole: isWhole)
        for place in keys.indices { projected.add(try cells(place, &projected.whole), key: place, groups) }
        if number != nil { projected.add(numbers: try cells(keys.count, &projected.whole)) }
        return projected
    }
}
