/// Whose spans a segment holds: what its header says.
package struct SegmentHeaderInfo: Hashable, Sendable {
    package var storeID: StoreID
    /// Which life of the store wrote it: grows by one with each restore from a backup.
    package var epoch: UInt64
    package var tenant: String
    package var retentionClass: String
    /// The UTC day on which the spans were received, in days since 1970-01-01.
    package var day: UInt32
    /// Grows by one with each segment of the store; never used twice.
    package var segmentNumber: UInt64

    package init(
        storeID: StoreID, epoch: UInt64, tenant: String, retentionClass: String, day: UInt32, segmentNumber: UInt64
    ) {
        self.storeID = storeID
        self.epoch = epoch
        self.tenant = tenant
        self.retentionClass = retentionClass
        self.day = day
        self.segmentNumber = segmentNumber
    }
}
