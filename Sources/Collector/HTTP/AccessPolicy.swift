import NIOHTTP1
import Transport

/// Who may use an HTTP listener: anyone where there are no tokens (loopback), the holder of a token otherwise.
struct AccessPolicy: Sendable {
    let tokens: BearerTokens

    /// The answer to a request that may not pass; `nil` when it may.
    func refusal(_ head: HTTPRequestHead) -> HTTPAnswer? {
        guard !tokens.isEmpty, principal(head) == nil else { return nil }
        var answer = HTTPAnswer.error(
            .unauthorized, code: "unauthorized", "This listener wants a bearer token in the Authorization header.")
        answer.headers.add(name: "WWW-Authenticate", value: "Bearer realm=\"waybill\"")
        return answer
    }

    /// The name of the token that the request holds.
    func principal(_ head: HTTPRequestHead) -> String? {
        tokens.name(authorization: head.headers.first(name: "Authorization"))
    }
}
