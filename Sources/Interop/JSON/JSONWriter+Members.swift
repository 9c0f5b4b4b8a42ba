import Telemetry

/// Members of an object; those without a value are left out.
extension JSONWriter {
    public mutating func add(_ name: String, _ text: String?) {
        guard let text else { return }
        key(name)
        string(text)
    }

    public mutating func add(_ name: String, _ value: Int?) {
        guard let value else { return }
        key(name)
        number(Int64(value))
    }

    public mutating func add(_ name: String, _ value: UInt64?) {
        guard let value else { return }
        key(name)
        number(value)
    }

    public mutating func add(_ name: String, _ flag: Bool) {
        key(name)
        bool(flag)
    }

    public mutating func add(_ name: String, _ time: Timestamp?) {
        guard let time else { return }
        key(name)
        string(time.description)
    }

    public mutating func list<Element>(
        _ name: String, _ elements: [Element], _ write: (Element, inout JSONWriter) -> Void
    ) {
        key(name)
        beginArray()
        for element in elements { write(element, &self) }
        endArray()
    }
}
