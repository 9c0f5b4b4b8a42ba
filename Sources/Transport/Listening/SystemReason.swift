#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#endif

/// The system's words for an error number.
enum SystemReason {
    static func text(_ code: CInt) -> String { String(cString: strerror(code)) }
}
