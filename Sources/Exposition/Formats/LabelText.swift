import Telemetry

/// Labels as both text formats write them.
enum LabelText {
    /// `a="1",b="2"`, without braces.
    static func append(_ labels: [MetricLabel], to output: inout [UInt8]) {
        var isFirst = true
        for label in labels {
            if !isFirst { output.append(UInt8(ascii: ",")) }
            isFirst = false
            output += label.name.utf8
            output.append(UInt8(ascii: "="))
            output.append(UInt8(ascii: "\""))
            escaped(label.value, quotes: true, to: &output)
            output.append(UInt8(ascii: "\""))
        }
    }

    /// Backslashes and new lines as `\\` and `\n`, and quotes as `\"` where they are to be escaped.
    static func escaped(_ text: String, quotes: Bool, to output: inout [UInt8]) {
        let utf8 = text.utf8
        guard utf8.contains(where: { $0 == 0x5C || $0 == 0x0A || $0 == 0x22 }) else {
            output += utf8
            return
        }
        for byte in utf8 {
            switch byte {
            case 0x5C: output += [0x5C, 0x5C]
            case 0x0A: output += [0x5C, 0x6E]
            case 0x22 where quotes: output += [0x5C, 0x22]
            default: output.append(byte)
            }
        }
    }
}

/// Writes the lines of one sample: its labels are made into text once.
struct SampleLines {
    private var labels: [UInt8] = []

    /// Makes `labels` those of the lines that follow.
    mutating func begin(_ labels: [MetricLabel]) {
        self.labels.removeAll(keepingCapacity: true)
        LabelText.append(labels, to: &self.labels)
    }

    /// `name` `suffix` `{labels,extra="bound"} `, without the value.
    func start(
        _ name: String, _ suffix: StaticString = "", extra: (name: StaticString, value: String)? = nil,
        to output: inout [UInt8]
    ) {
        output += name.utf8
        output.append(suffix)
        if !labels.isEmpty || extra != nil {
            output.append(UInt8(ascii: "{"))
            output += labels
            if let extra {
                if !labels.isEmpty { output.append(UInt8(ascii: ",")) }
                output.append(extra.name)
                output.append(UInt8(ascii: "="))
                output.append(UInt8(ascii: "\""))
                output += extra.value.utf8
                output.append(UInt8(ascii: "\""))
            }
            output.append(UInt8(ascii: "}"))
        }
        output.append(UInt8(ascii: " "))
    }
}

extension [UInt8] {
    mutating func append(_ text: StaticString) {
        append(contentsOf: UnsafeBufferPointer(start: text.utf8Start, count: text.utf8CodeUnitCount))
    }
}
