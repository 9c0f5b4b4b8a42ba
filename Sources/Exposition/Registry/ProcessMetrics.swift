import Glibc

/// The metrics every process exposes, under the names of Prometheus' client libraries.
public enum ProcessMetrics {
    /// Registers them; they are read from the kernel at each collection.
    public static func register(in registry: MetricRegistry, version: String) {
        let cpu = registry.counter(
            "process_cpu_seconds_total", help: "User and system CPU time spent, in seconds.")
        let memory = registry.gauge("process_resident_memory_bytes", help: "Resident memory size in bytes.")
        let openFiles = registry.gauge("process_open_fds", help: "Number of open file descriptors.")
        let maximumFiles = registry.gauge("process_max_fds", help: "Limit on open file descriptors.")
        registry.gauge(
            "process_start_time_seconds", help: "Start time of the process, seconds since the Unix epoch."
        ).set(Double(WallClock.nanoseconds() / 1_000_000) / 1000)
        registry.gauge(
            "waybill_build_info", help: "Always 1; the version is a label.", labels: [.init("version", version)]
        ).set(1)
        registry.onCollect {
            cpu.raise(to: cpuSeconds())
            if let bytes = residentBytes() { memory.set(bytes) }
            if let count = openFileCount() { openFiles.set(count) }
            var limit = rlimit()
            if getrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit) == 0 {
                maximumFiles.set(Double(limit.rlim_cur))
            }
        }
    }

    /// CPU time of this process so far.
    public static func cpuSeconds() -> Double {
        var usage = rusage()
        getrusage(__rusage_who_t(RUSAGE_SELF.rawValue), &usage)
        func seconds(_ time: timeval) -> Double { Double(time.tv_sec) + Double(time.tv_usec) * 1e-6 }
        return seconds(usage.ru_utime) + seconds(usage.ru_stime)
    }

    /// The second number of `/proc/self/statm`, in pages.
    static func residentBytes() -> Int? {
        let file = open("/proc/self/statm", O_RDONLY)
        guard file >= 0 else { return nil }
        defer { close(file) }
        var buffer = [UInt8](repeating: 0, count: 128)
        let count = read(file, &buffer, buffer.count)
        guard count > 0 else { return nil }
        let fields = buffer[..<count].split(separator: 0x20)
        guard fields.count > 1, let pages = Int(String(decoding: fields[1], as: UTF8.self)) else { return nil }
        return pages * Int(sysconf(Int32(_SC_PAGESIZE)))
    }

    static func openFileCount() -> Int? {
        guard let directory = opendir("/proc/self/fd") else { return nil }
        defer { closedir(directory) }
        var count = 0
        while readdir(directory) != nil { count += 1 }
        // `.`, `..` and the directory itself.
        return max(0, count - 3)
    }
}
