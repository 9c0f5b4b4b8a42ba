/// The stamps of several files; taken before the files are read, so that a change during the reading is seen later.
public struct FileStamps: Sendable, Hashable {
    private let stamps: [String: FileStamp?]

    public init(_ paths: [String]) {
        stamps = Dictionary(paths.map { ($0, FileStamp($0)) }) { first, _ in first }
    }
}
