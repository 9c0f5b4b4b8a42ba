import Glibc
import NIOCore
import NIOPosix

/// Why a connection could not be made or broke, in words for a person.
enum ConnectionFailure {
    static func sentence(_ error: any Error) -> String {
        if let failure = error as? NIOConnectionError {
            // One attempt an address; the last one's reason is as good as any other's.
            if let last = failure.connectionErrors.last { return sentence(last.error) }
            return "the host name \(failure.host) has no address"
        }
        if let system = error as? IOError { return reason(system.errnoCode) }
        switch error as? ChannelError {
        case .connectTimeout?: return "there was no answer in time"
        case .eof?, .inputClosed?, .ioOnClosedChannel?, .alreadyClosed?: return "the other end closed the connection"
        default: return "the connection or its TLS handshake failed (\(error))"
        }
    }

    static func reason(_ number: CInt) -> String {
        switch number {
        case ECONNREFUSED: return "nothing listens there"
        case ECONNRESET, EPIPE: return "the other end reset the connection"
        case ETIMEDOUT: return "there was no answer in time"
        case EHOSTUNREACH, ENETUNREACH: return "no route leads there"
        case EMFILE, ENFILE: return "too many files are open"
        default:
            // Not `strerror`, which may write its answer into a buffer that threads share.
            var text = [CChar](repeating: 0, count: 128)
            guard strerror_r(number, &text, text.count) == 0 else { return "error number \(number)" }
            return String(decoding: text.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
        }
    }
}
