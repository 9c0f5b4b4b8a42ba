import NIOCore

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#endif

/// The system's words for what went wrong.
public enum SystemReason {
    /// For an error number.
    static func text(_ code: CInt) -> String { String(cString: strerror(code)) }

    /// For an error of a socket; any other says it itself.
    public static func text(of error: any Error) -> String {
        if let system = error as? IOError { return text(system.errnoCode) }
        return "\(error)"
    }
}
