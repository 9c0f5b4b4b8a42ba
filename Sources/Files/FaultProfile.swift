/// How often which operation of a `SimulatedFileSystem` goes wrong: chances from 0 to 1, drawn from the disk's seed.
public struct FaultProfile: Sendable, Hashable {
    public static let none = FaultProfile()

    /// EIO from these, with nothing done.
    public var open = 0.0
    public var read = 0.0
    public var create = 0.0
    public var remove = 0.0
    public var link = 0.0
    public var list = 0.0
    public var truncate = 0.0
    public var makeDirectory = 0.0
    public var syncDirectory = 0.0
    /// EIO from a write, with none or a part of its bytes put down.
    public var write = 0.0
    /// EIO from a sync.
    public var sync = 0.0
    /// The share of failed syncs that forget the dirty bytes, as Linux does since 4.13: later syncs succeed, and a power
    /// cut shows that the bytes never got there. After the others the bytes are still dirty.
    public var droppingSyncs = 0.5

    public init() {}

    /// The same chance for all.
    public init(every chance: Double) {
        open = chance
        read = chance
        create = chance
        remove = chance
        link = chance
        list = chance
        truncate = chance
        makeDirectory = chance
        syncDirectory = chance
        write = chance
        sync = chance
    }

    func chance(of operation: FileError.Operation) -> Double {
        switch operation {
        case .open: open
        case .create: create
        case .read: read
        case .write: write
        case .sync: sync
        case .truncate: truncate
        case .list: list
        case .makeDirectory: makeDirectory
        case .remove, .removeDirectory: remove
        case .link: link
        case .syncDirectory: syncDirectory
        case .close, .size, .lock, .freeSpace: 0
        }
    }
}
