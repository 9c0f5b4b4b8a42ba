/// Principals as short as they can be: the trust domain is said once where all share it.
struct PrincipalNames {
    /// `spiffe://bank.example`; `nil` where principals have several or none.
    let domain: String?

    init(_ principals: [String?]) {
        var domains: Set<Substring> = []
        var hasOther = false
        for principal in principals {
            guard let principal else { continue }
            if let domain = Self.domain(principal) { domains.insert(domain) } else { hasOther = true }
        }
        domain = domains.count == 1 && !hasOther ? domains.first.map(String.init) : nil
    }

    func short(_ principal: String) -> String {
        guard let domain, principal.hasPrefix(domain) else { return principal }
        return String(principal.dropFirst(domain.count))
    }

    private static func domain(_ principal: String) -> Substring? {
        let scheme = "spiffe://"
        guard principal.hasPrefix(scheme) else { return nil }
        let rest = principal.dropFirst(scheme.count)
        guard let slash = rest.firstIndex(of: "/"), slash > rest.startIndex else { return nil }
        return principal[..<slash]
    }
}
