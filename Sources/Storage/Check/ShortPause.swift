import Glibc

/// For those who wait for another process, which no condition can announce.
enum ShortPause {
    static func microseconds(_ count: UInt32) { usleep(count) }
}
