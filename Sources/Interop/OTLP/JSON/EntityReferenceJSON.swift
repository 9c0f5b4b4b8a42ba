/// `EntityRef`s from JSON, turned into the protobuf fields that a resource keeps.
enum EntityReferenceJSON {
    static func read(_ reader: inout JSONReader, _ names: JSONNames) throws(DecodeFault) -> [UInt8] {
        var output = ProtobufWriter()
        try reader.enterArray()
        var isFirst = true
        while try reader.nextElement(&isFirst) {
            let start = output.beginMessage(3)
            try reference(&reader, names, &output)
            output.endMessage(start)
        }
        return output.finish()
    }

    /// Fields in ascending order of number, in whichever order the members stand.
    private static func reference(
        _ reader: inout JSONReader, _ names: JSONNames, _ output: inout ProtobufWriter
    ) throws(DecodeFault) {
        var parts = (ProtobufWriter(), ProtobufWriter(), ProtobufWriter(), ProtobufWriter())
        try reader.enterObject()
        var isFirst = true
        var seen: UInt128 = 0
        while let name = OTLPName(rawValue: try reader.nextField(names, &isFirst, &seen)) {
            switch name {
            case .schemaUrl: parts.0.bytesField(1, try reader.string())
            case .type: parts.1.bytesField(2, try reader.string())
            case .idKeys: try keys(3, &reader, &parts.2)
            case .descriptionKeys: try keys(4, &reader, &parts.3)
            default: try reader.skip()
            }
        }
        for part in [parts.0, parts.1, parts.2, parts.3] { part.output.withUnsafeBytes { output.raw($0) } }
    }

    private static func keys(
        _ number: UInt64, _ reader: inout JSONReader, _ output: inout ProtobufWriter
    ) throws(DecodeFault) {
        try reader.enterArray()
        var isFirst = true
        while try reader.nextElement(&isFirst) { output.bytes(number, try reader.string()) }
    }
}
