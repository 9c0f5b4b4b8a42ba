import ArgumentParser
import Foundation
import NIOCore
import NIOHTTP1
import NIOPosix
import Transport

/// One question to a collector's query API. Whatever is not an answer ends the command with a sentence.
enum CollectorQuery {
    /// The body of the answer to `GET path`.
    static func get(_ address: CollectorAddress, path: String, accept: String) async -> [UInt8] {
        let client = HTTPClient(group: MultiThreadedEventLoopGroup.singleton)
        do {
            let response = try await client.get(address.url + path, headers: headers(address, accept))
            client.closeIdle()
            if response.status == 200 { return Array(response.body.readableBytesView) }
            refuse(response, address)
        } catch {
            fail(error, address)
        }
    }

    /// Gives `onBytes` the body of the answer to `GET path` as it comes. What it takes long over comes no sooner.
    static func stream(
        _ address: CollectorAddress, path: String, accept: String, onBytes: @escaping @Sendable (ByteBuffer) -> Void
    ) async {
        let client = HTTPClient(group: MultiThreadedEventLoopGroup.singleton)
        do {
            let response = try await client.get(
                address.url + path, headers: headers(address, accept), onBytes: onBytes)
            client.closeIdle()
            if response.status != 200 { refuse(response, address) }
        } catch {
            fail(error, address)
        }
    }

    private static func headers(_ address: CollectorAddress, _ accept: String) -> HTTPHeaders {
        var headers: HTTPHeaders = ["accept": accept]
        if let bearer = address.bearer {
            guard bearer.utf8.allSatisfy({ $0 > 0x20 && $0 < 0x7F }) else {
                Failure.exit(.usage, "The bearer token holds a space or a character outside ASCII.")
            }
            headers.add(name: "authorization", value: "Bearer \(bearer)")
        }
        return headers
    }

    /// `text` as one path segment or query value.
    static func escape(_ text: String) -> String {
        let unreserved = CharacterSet(
            charactersIn: "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~")
        return text.addingPercentEncoding(withAllowedCharacters: unreserved) ?? text
    }

    private static func refuse(_ response: HTTPClient.Response, _ address: CollectorAddress) -> Never {
        struct Body: Decodable {
            struct Message: Decodable { var message: String }
            var error: Message
        }
        let body = try? JSONDecoder().decode(Body.self, from: Data(response.body.readableBytesView))
        let message = body?.error.message ?? "The collector at \(address.url) answered \(response.status)."
        switch response.status {
        case 404 where body != nil: Failure.exit(.negative, message)
        case 401, 403:
            Failure.exit(.usage, message + " Give a token with --token or WAYBILL_TOKEN.")
        case 404:
            Failure.exit(
                .unreachable, "There is no query API at \(address.url): name the collector's with --collector URL.")
        case 400...499: Failure.exit(.usage, message)
        default: Failure.exit(.unreachable, message)
        }
    }

    private static func fail(_ error: HTTPClientError, _ address: CollectorAddress) -> Never {
        switch error.code {
        case .badURL:
            Failure.exit(
                .usage, "--collector \(address.url): expected an address such as \(CollectorAddress.fallback).")
        case .connect:
            Failure.exit(
                .unreachable,
                "No collector answers at \(address.url) (\(error.description)); start one with 'waybill collector "
                    + "--data DIR' or name another with --collector URL.")
        case .timeout:
            Failure.exit(.unreachable, "The collector at \(address.url) did not answer in time.")
        case .connection, .responseTooLarge:
            Failure.exit(.unreachable, "The collector at \(address.url) gave no usable answer: \(error.description).")
        }
    }
}
