import Synchronization

/// The accounts. It takes each entry once, whatever is repeated, and is too busy now and then.
final class LedgerService: BankService {
    /// Minor units in every account at the start.
    static let openingBalance = 1_000_000_000
    /// An account that is nearly empty, for payments that cannot be covered.
    static let poorAccount = "DE00-0000-POOR"
    static let poorBalance = 5_000
    /// One write in so many is answered 503.
    static let busyEvery = 12

    private struct Books {
        var balances: [String: Int] = [LedgerService.poorAccount: LedgerService.poorBalance]
        var entries: Set<String> = []
        var settled: Set<String> = []
    }

    private let books = Mutex(Books())

    func answer(_ request: BankRequest, peers: BankPeers) async -> BankReply {
        await BankWork.take(0.5...3)
        let segments = request.segments
        switch (request.method, segments.first, segments.count) {
        case (.GET, "accounts"?, 3): return balance(segments[1])
        case (.PUT, "entries"?, _) where Int.random(in: 0..<Self.busyEvery) == 0:
            return .refused(.serviceUnavailable, "the ledger is busy")
        case (.PUT, "entries"?, 2):
            guard let posting = request.decode(Posting.self) else { return .refused(.badRequest, "not a posting") }
            return book(segments[1], posting)
        case (.PUT, "entries"?, 3) where segments[2] == "settled": return settle(segments[1])
        default: return .refused(.notFound, "the ledger has no such page")
        }
    }

    private func balance(_ account: String) -> BankReply {
        let minorUnits = books.withLock { $0.balances[account] ?? Self.openingBalance }
        return BankReply(.ok, Balance(account: account, minorUnits: minorUnits))
    }

    private func book(_ payment: String, _ posting: Posting) -> BankReply {
        let isCovered = books.withLock { books in
            if books.entries.contains(payment) { return true }
            let balance = books.balances[posting.debit] ?? Self.openingBalance
            guard balance >= posting.amount else { return false }
            books.balances[posting.debit] = balance - posting.amount
            books.balances[posting.credit, default: Self.openingBalance] += posting.amount
            books.entries.insert(payment)
            return true
        }
        guard isCovered else { return .refused(.conflict, "insufficient funds") }
        return BankReply(.created, Receipt(payment: payment, state: "booked"))
    }

    private func settle(_ payment: String) -> BankReply {
        let isKnown = books.withLock { books in
            if books.entries.contains(payment) { books.settled.insert(payment) }
            return books.entries.contains(payment)
        }
        guard isKnown else { return .refused(.notFound, "no such entry") }
        return BankReply(.ok, Receipt(payment: payment, state: "settled"))
    }
}
