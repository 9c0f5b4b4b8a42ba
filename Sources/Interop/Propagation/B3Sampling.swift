/// B3's sampling state. Source: https://github.com/openzipkin/b3-propagation §Sampling State.
public enum B3Sampling: Sendable, Hashable {
    /// Not said: the receiver decides.
    case deferred
    case deny
    case accept
    /// Accepted, and to be recorded with no sampler asked anywhere.
    case debug

    /// The letter of the single header.
    init?(letter: UInt8) {
        switch letter {
        case 0x30: self = .deny
        case 0x31: self = .accept
        case 0x64: self = .debug
        default: return nil
        }
    }

    /// `X-B3-Flags: 1` is debug and comes before `X-B3-Sampled`, which is `1` or `0`, from old senders `true` or `false`.
    /// Anything else says nothing.
    init(_ headers: some TraceHeaders) {
        let isDebug = headers.withValue(of: .b3Flags) { $0.elementsEqual([0x31]) ? true : nil }
        let sampled = headers.withValue(of: .b3Sampled) { Self(sampled: $0) }
        self = isDebug == true ? .debug : sampled ?? .deferred
    }

    private init?(sampled: UnsafeRawBufferPointer) {
        if sampled.elementsEqual([0x31]) || sampled.elementsEqual("true".utf8) {
            self = .accept
        } else if sampled.elementsEqual([0x30]) || sampled.elementsEqual("false".utf8) {
            self = .deny
        } else {
            return nil
        }
    }

    /// How a context from B3 says it.
    var flags: UInt8 { self == .accept || self == .debug ? TraceContext.sampled : 0 }
}
