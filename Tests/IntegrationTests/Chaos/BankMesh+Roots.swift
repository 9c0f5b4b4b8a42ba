/// New roots of trust while payments go on.
extension BankMesh {
    /// As operators do it: the new root beside the old everywhere, then every certificate under the new one, then the old
    /// root goes. No proxy may be ended or started meanwhile.
    func rotateRoots() async throws {
        let from = Chronicle.now()
        let (old, new) = signer.withLock { signer in
            signer.number += 1
            return (signer.name, "authority-\(signer.number)")
        }
        try await certificates.makeAuthority(new)
        try certificates.trust([old, new])
        try await allReadAnew(by: old)
        for service in BankService.allCases {
            _ = try await certificates.issue(service.rawValue, spiffe: service.spiffeID, by: new)
        }
        signer.withLock { $0.name = new }
        try await allReadAnew(by: new)
        try certificates.trust([new])
        try await allReadAnew(by: new)
        chronicle.rotatedRoots(Stretch(from: from, to: Chronicle.now()))
    }

    /// The collector gets its own certificate in place, and is not ended meanwhile: who starts has read its files.
    private func allReadAnew(by signer: String) async throws {
        try await holdingCollector {
            _ = try await certificates.issue("collector", spiffe: BankService.spiffeID("collector"), by: signer)
            try await collector.readAnew()
        }
        try await withThrowingTaskGroup(of: Void.self) { group in
            for proxy in proxies.values { group.addTask { try await proxy.readAnew() } }
            try await group.waitForAll()
        }
    }
}
