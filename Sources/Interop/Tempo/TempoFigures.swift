/// `tempopb.SearchMetrics`: how much a query looked at.
public struct TempoFigures: Sendable, Hashable {
    public var inspectedTraces: Int
    public var inspectedBytes: UInt64
    /// Whether all was looked at that had to be; told as one job of one done, or none of one.
    public var isComplete: Bool

    public init(inspectedTraces: Int = 0, inspectedBytes: UInt64 = 0, isComplete: Bool = true) {
        self.inspectedTraces = inspectedTraces
        self.inspectedBytes = inspectedBytes
        self.isComplete = isComplete
    }

    /// As protobuf's JSON mapping has it: zeros left out.
    func write(to json: inout JSONWriter) {
        json.key("metrics")
        json.beginObject()
        if inspectedTraces > 0 { json.add("inspectedTraces", UInt64(UInt32(clamping: inspectedTraces))) }
        if inspectedBytes > 0 {
            json.key("inspectedBytes")
            json.quoted(inspectedBytes)
        }
        if isComplete { json.add("completedJobs", 1) }
        json.add("totalJobs", 1)
        json.endObject()
    }
}
