import NIOCore
import Telemetry

/// Metrics as they stand at a door: whose, in which format, compressed or not.
package struct MetricRequest: Sendable {
    package var door: Door
    package var principal: String
    package var format: MetricFormat
    package var coding: ContentCoding
    package var body: ByteBuffer
    /// Whether nobody waits for the answer any more; asked before work that takes long.
    package var isAbandoned: @Sendable () -> Bool

    package init(
        door: Door, principal: String, format: MetricFormat, coding: ContentCoding, body: ByteBuffer,
        isAbandoned: @escaping @Sendable () -> Bool = { false }
    ) {
        self.door = door
        self.principal = principal
        self.format = format
        self.coding = coding
        self.body = body
        self.isAbandoned = isAbandoned
    }
}
