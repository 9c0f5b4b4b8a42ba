extension ResponseHead {
    /// Takes a response's header list (RFC 9113 §8.3.2); `nil` when it is sound.
    ///
    /// - Parameter tunnel: What was asked for beyond an answer.
    mutating func fill(
        _ headers: HeaderList, answering method: HTTPMethod, tunnel: Tunnel.Kind?, endsStream: Bool
    ) -> HTTPFault? {
        reset()
        fields.start()
        var isRegular = false
        var code: Int?
        let fault: HTTPFault? = headers.forEach { name, value, isNeverIndexed in
            guard name.first == 0x3A else {
                isRegular = true
                return fields.append(name, value, isNeverIndexed: isNeverIndexed)
            }
            guard name.elementsEqual(":status".utf8), !isRegular, code == nil else {
                return HTTPFault(
                    .malformedStatusLine,
                    "the pseudo field \(FieldSection.text(name)) is repeated or out of its place")
            }
            code = value.count == 3 && value.allSatisfy { $0 &- 0x30 < 10 } ? Int(FieldSection.text(value)) : 0
            return nil
        }
        if let fault { return fault }
        guard let number = code, (100...599).contains(number) else {
            return HTTPFault(.malformedStatusLine, "the response's :status is not a number from 100 to 599")
        }
        guard number != 101 else {
            return HTTPFault(.unexpectedUpgrade, "the upstream switched protocols, which HTTP/2 cannot")
        }
        status = number
        if let tunnel, (200...299).contains(number) {
            opensTunnel = true
            // What HTTP/1 says with 101, HTTP/2 says with 2xx (RFC 8441 §4).
            if case .upgrade = tunnel { status = 101 }
            return nil
        }
        if let fault = fields.withAllBytes({ readLength($0) }) { return fault }
        if status < 200 || status == 204 || status == 304 || method == .head {
            body = .none
        } else if endsStream {
            guard statedLength ?? 0 == 0 else {
                return HTTPFault(.conflictingLengths, "the response ends before the length that it states")
            }
            body = .none
            // HTTP/1 clients would wait for content until the connection ends.
            statedLength = 0
        } else {
            body = statedLength.map(BodyLength.fixed) ?? .chunked
        }
        return nil
    }
}
