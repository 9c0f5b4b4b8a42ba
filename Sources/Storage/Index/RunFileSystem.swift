import CSQLite
import Files
import Glibc
import Synchronization

/// SQLite's view of index runs: a read-only virtual file system over `Files`, so that faults reach the index too.
///
/// A run never changes once it is written, so no locks are taken and no journal is looked for
/// (https://sqlite.org/vfs.html, SQLITE_IOCAP_IMMUTABLE).
enum RunFileSystem {
    static let name = "waybill-run"

    private struct Files {
        var open: [String: RunFile] = [:]
        var next = 0
    }

    private static let files = Mutex(Files())

    /// Registered once a process; never unregistered.
    private static let registration: Int32 = register()

    /// A name under which SQLite finds `file` until `forget`.
    static func publish(_ file: RunFile) throws(StoreError) -> String {
        guard registration == SQLITE_OK else {
            throw StoreError(.failed, "SQLite refuses the file system of index runs (error \(registration))")
        }
        return files.withLock { files in
            files.next += 1
            let name = "run-\(files.next)"
            files.open[name] = file
            return name
        }
    }

    static func forget(_ name: String) { files.withLock { $0.open[name] = nil } }

    fileprivate static func file(_ name: String) -> RunFile? { files.withLock { $0.open[name] } }

    /// What SQLite allocates for an open file: its own part first.
    private struct Handle {
        var base: sqlite3_file
        var file: Unmanaged<RunFile>?
    }

    private static func runFile(_ handle: UnsafeMutablePointer<sqlite3_file>?) -> RunFile? {
        guard let handle else { return nil }
        return UnsafeMutableRawPointer(handle).assumingMemoryBound(to: Handle.self).pointee.file?
            .takeUnretainedValue()
    }

    private static func register() -> Int32 {
        // Both live as long as the process: SQLite keeps the pointers.
        let methods = UnsafeMutablePointer<sqlite3_io_methods>.allocate(capacity: 1)
        methods.initialize(to: ioMethods())
        let vfs = UnsafeMutablePointer<sqlite3_vfs>.allocate(capacity: 1)
        vfs.initialize(to: sqlite3_vfs())
        vfs.pointee.iVersion = 1
        vfs.pointee.szOsFile = Int32(MemoryLayout<Handle>.stride)
        vfs.pointee.mxPathname = 64
        vfs.pointee.zName = UnsafePointer(name.withCString { strdup($0) })
        vfs.pointee.pAppData = UnsafeMutableRawPointer(methods)
        setOpening(vfs)
        vfs.pointee.xRandomness = { _, count, output in
            guard let output else { return 0 }
            for index in 0..<Int(count) { output[index] = CChar(bitPattern: UInt8.random(in: 0...255)) }
            return count
        }
        vfs.pointee.xSleep = { _, _ in 0 }
        vfs.pointee.xCurrentTime = { _, day in
            // Nothing in a run depends on the time: the Julian day of 1970-01-01.
            day?.pointee = 2_440_587.5
            return SQLITE_OK
        }
        vfs.pointee.xGetLastError = { _, _, _ in 0 }
        return sqlite3_vfs_register(vfs, 0)
    }

    private static func setOpening(_ vfs: UnsafeMutablePointer<sqlite3_vfs>) {
        vfs.pointee.xOpen = { vfs, name, handle, flags, outputFlags in
            guard let handle else { return SQLITE_CANTOPEN }
            handle.pointee.pMethods = nil
            guard let name, let file = RunFileSystem.file(String(cString: name)), flags & SQLITE_OPEN_READONLY != 0
            else { return SQLITE_CANTOPEN }
            let methods = vfs?.pointee.pAppData.assumingMemoryBound(to: sqlite3_io_methods.self)
            UnsafeMutableRawPointer(handle).initializeMemory(
                as: Handle.self,
                to: Handle(
                    base: sqlite3_file(pMethods: methods.map { UnsafePointer($0) }),
                    file: Unmanaged.passRetained(file)))
            outputFlags?.pointee = SQLITE_OPEN_READONLY
            return SQLITE_OK
        }
        vfs.pointee.xDelete = { _, _, _ in deleteFailed }
        vfs.pointee.xAccess = { _, _, _, result in
            result?.pointee = 0
            return SQLITE_OK
        }
        vfs.pointee.xFullPathname = { _, name, capacity, output in
            guard let name, let output, strlen(name) < Int(capacity) else { return SQLITE_CANTOPEN }
            strcpy(output, name)
            return SQLITE_OK
        }
    }

    private static func ioMethods() -> sqlite3_io_methods {
        var methods = sqlite3_io_methods()
        methods.iVersion = 1
        methods.xClose = { handle in
            guard let handle else { return SQLITE_OK }
            let own = UnsafeMutableRawPointer(handle).assumingMemoryBound(to: Handle.self)
            own.pointee.file?.release()
            own.pointee.file = nil
            return SQLITE_OK
        }
        methods.xRead = { handle, buffer, count, offset in
            guard let file = RunFileSystem.runFile(handle), let buffer, count >= 0, offset >= 0 else {
                return readFailed
            }
            let target = UnsafeMutableRawBufferPointer(start: buffer, count: Int(count))
            guard let filled = file.read(into: target, at: Int(offset)) else { return readFailed }
            return filled == Int(count) ? SQLITE_OK : shortRead
        }
        methods.xWrite = { _, _, _, _ in SQLITE_READONLY }
        methods.xTruncate = { _, _ in SQLITE_READONLY }
        methods.xSync = { _, _ in SQLITE_OK }
        methods.xFileSize = { handle, size in
            guard let file = RunFileSystem.runFile(handle) else { return SQLITE_IOERR }
            size?.pointee = sqlite3_int64(file.pageBytes)
            return SQLITE_OK
        }
        methods.xLock = { _, _ in SQLITE_OK }
        methods.xUnlock = { _, _ in SQLITE_OK }
        methods.xCheckReservedLock = { _, result in
            result?.pointee = 0
            return SQLITE_OK
        }
        methods.xFileControl = { _, _, _ in SQLITE_NOTFOUND }
        methods.xSectorSize = { _ in 4096 }
        methods.xDeviceCharacteristics = { _ in SQLITE_IOCAP_IMMUTABLE }
        return methods
    }
}

/// `SQLITE_IOERR_READ`, `_SHORT_READ` and `_DELETE`: macros that Swift does not see (https://sqlite.org/rescode.html).
private let readFailed: Int32 = SQLITE_IOERR | (1 << 8)
private let shortRead: Int32 = SQLITE_IOERR | (2 << 8)
private let deleteFailed: Int32 = SQLITE_IOERR | (10 << 8)
