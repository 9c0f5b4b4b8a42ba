import Telemetry

/// The resources of a trace as Jaeger's processes: `p1`, `p2`, … in order of first appearance.
struct JaegerProcesses {
    private var numbers: [Resource: Int] = [:]
    private var resources: [Resource] = []
    private var last: (resource: Resource, number: Int)?

    /// The number of the process that recorded a span.
    mutating func number(of resource: Resource) -> Int {
        if let last, last.resource == resource { return last.number }
        let number = numbers[resource] ?? resources.count + 1
        if number > resources.count {
            resources.append(resource)
            numbers[resource] = number
        }
        last = (resource, number)
        return number
    }

    func write(to json: inout JSONWriter) {
        json.key("processes")
        json.beginObject()
        for (index, resource) in resources.enumerated() {
            json.key("p\(index + 1)")
            json.beginObject()
            json.add("serviceName", resource.serviceName)
            JaegerTag.write(
                [JaegerTag](resource.attributes.filter { !Self.isServiceName($0, of: resource) }), "tags", to: &json)
            json.endObject()
        }
        json.endObject()
    }

    private static func isServiceName(_ attribute: Attribute, of resource: Resource) -> Bool {
        attribute.key == "service.name" && attribute.value == .string(resource.serviceName)
    }
}
