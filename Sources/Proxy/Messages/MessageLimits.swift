import Mesh

/// Bounds on what a peer may send beside its body.
package struct MessageLimits: Sendable {
    package var maximumHeadBytes = 65_536
    package var maximumFields = 100
    package var maximumTargetBytes = 8_192
    package var maximumMethodBytes = 32
    package var maximumChunkLineBytes = 256
    /// Of one body together: extensions carry nothing, and a client could send nothing else (RFC 9112 §7.1.1).
    package var maximumChunkExtensionBytes = 16_384
    package var maximumTrailerBytes = 8_192

    package init() {}

    package init(_ limits: RequestLimits) {
        maximumHeadBytes = limits.maximumHeaderBytes
        maximumFields = limits.maximumHeaderCount
        maximumTargetBytes = limits.maximumURIBytes
    }
}
