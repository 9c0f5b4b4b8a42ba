/// The certificates that their authorities have taken back, from a file of revocation lists (RFC 5280 §5), PEM or DER.
///
/// Each list must be signed by one of the roots, or by an authority that a root has signed. A list whose `nextUpdate`
/// has passed still names what it names; to say so loudly is its user's part.
public struct RevocationList: Sendable, Hashable {
    public static let maximumBytes = 64 << 20
    public static let maximumLists = 256
    /// How far ahead of this machine's clock an authority's may be.
    public static let clockSkewSeconds: Int64 = 300

    private struct Issuer: Sendable, Hashable {
        /// Of the newest list.
        var thisUpdate: Int64
        var revoked: Set<SerialNumber> = []
    }

    /// By the issuer's name.
    private var issuers: [[UInt8]: Issuer] = [:]
    /// Of every list that has one, in Unix seconds.
    private var nextUpdates: [Int64] = []
    /// How many lists there are.
    public private(set) var lists = 0

    public init() {}

    /// How many certificates are named.
    public var count: Int { issuers.values.reduce(0) { $0 + $1.revoked.count } }

    /// When the first of the lists is due to be replaced, in Unix seconds.
    public var nextUpdate: Int64? { nextUpdates.min() }

    /// How many lists should have been replaced by then.
    public func expired(at now: Int64) -> Int { nextUpdates.count { $0 < now } }

    public func contains(_ name: CertificateName) -> Bool {
        issuers[name.issuer]?.revoked.contains(name.serial) ?? false
    }

    /// Reads a file. The certificates of intermediate authorities may stand in it beside the lists, as `CERTIFICATE`
    /// blocks.
    ///
    /// - Parameters:
    ///   - files: Whose roots vouch for the lists; the intermediates of its chain may too.
    ///   - old: The lists that serve now: none of their authorities may go back to an older one.
    ///   - now: Unix seconds.
    public static func read(
        _ path: String, for files: TLSFiles, replacing old: RevocationList = RevocationList(), now: Int64
    ) throws(TLSFileError) -> RevocationList {
        let bytes = try FileBytes.read(path, maximumBytes: maximumBytes)
        return try RevocationList(
            bytes, path: path, roots: try TLS.certificatesInDER(files.roots),
            intermediates: Array(try TLS.certificatesInDER(files.certificateChain).dropFirst()), replacing: old,
            now: now)
    }

    /// - Parameters:
    ///   - path: For the sentence of a refusal.
    ///   - roots: DER certificates.
    ///   - intermediates: DER certificates.
    public init(
        _ bytes: [UInt8], path: String, roots: [[UInt8]], intermediates: [[UInt8]] = [],
        replacing old: RevocationList = RevocationList(), now: Int64
    ) throws(TLSFileError) {
        self.init()
        let isDER = bytes.first == DER.sequence
        let lists = isDER ? [bytes] : try PEM.blocks("X509 CRL", in: bytes, path: path)
        guard !lists.isEmpty else {
            throw Self.refused(path, "\(path) does not hold revocation lists in PEM or DER form")
        }
        guard lists.count <= Self.maximumLists else {
            throw Self.refused(path, "\(path) holds \(lists.count) lists; at most \(Self.maximumLists) are taken")
        }
        let signers = ListSigners(
            roots: roots,
            intermediates: intermediates + (isDER ? [] : try PEM.blocks("CERTIFICATE", in: bytes, path: path)))
        for (index, bytes) in lists.enumerated() {
            let name = "list \(index + 1) in \(path)"
            let list: SignedRevocationList
            do {
                list = try SignedRevocationList.read(bytes)
            } catch {
                throw Self.refused(path, "\(name) \(error.sentence)")
            }
            if let fault = signers.fault(of: list) { throw Self.refused(path, "\(name) \(fault)") }
            guard list.thisUpdate <= now + Self.clockSkewSeconds else {
                throw Self.refused(
                    path, "\(name) is of a time to come: thisUpdate is \(list.thisUpdate - now) s ahead of the clock")
            }
            add(list)
        }
        for (issuer, before) in old.issuers {
            guard let age = issuers[issuer].map({ before.thisUpdate - $0.thisUpdate }), age > 0 else { continue }
            let name = DistinguishedName.text(issuer[...])
            throw Self.refused(
                path, "\(path) holds a list of \(name) that is \(age) s older than the one that serves")
        }
    }

    private mutating func add(_ list: SignedRevocationList) {
        lists += 1
        if let next = list.nextUpdate { nextUpdates.append(next) }
        let name = Array(list.issuer)
        var issuer = issuers[name] ?? Issuer(thisUpdate: list.thisUpdate)
        issuer.thisUpdate = max(issuer.thisUpdate, list.thisUpdate)
        issuer.revoked.formUnion(list.revoked)
        issuers[name] = issuer
    }

    private static func refused(_ path: String, _ sentence: String) -> TLSFileError {
        TLSFileError(.notRevocationList, path: path, sentence)
    }
}
