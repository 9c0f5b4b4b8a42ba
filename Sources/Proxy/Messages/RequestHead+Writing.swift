import NIOCore

extension RequestHead {
    /// Appends this head as HTTP/1.1, its own field lines first, then the edits.
    ///
    /// - Parameters:
    ///   - endpoint: For the Host field when the client named no host.
    ///   - isWhole: The request has been received, so that nothing waits for a 100.
    func writeHTTP1(to output: inout ByteBuffer, _ edits: HeadEdits, endpoint: @autoclosure () -> String, isWhole: Bool)
    {
        let target = method == .connect ? authorityRange : targetRange
        fields.withAllBytes { raw in
            output.writePieces(upTo: methodRange.count + target.count + 16) { line in
                line.append(UnsafeRawBufferPointer(rebasing: raw[methodRange]))
                line.append(UInt8(ascii: " "))
                line.append(UnsafeRawBufferPointer(rebasing: raw[target]))
                line.append(" HTTP/1.1\r\n")
            }
        }
        let ownsHost = needsHostField
        if ownsHost {
            output.writeStaticString("host: ")
            if authorityRange.isEmpty {
                output.writeString(endpoint())
            } else {
                fields.withBytes(authorityRange) { _ = output.writeBytes($0) }
            }
            output.writeStaticString("\r\n")
        }
        fields.write(to: &output) { field, raw in
            if field.name == .host { return !ownsHost }
            if field.name == .expect { return version != .http10 && !isWhole }
            return passesOn(field, in: raw, edits)
        }
        output.writeImmutableBuffer(edits.lines)
        switch body {
        case .chunked: output.writeStaticString("transfer-encoding: chunked\r\n")
        case .fixed(let length):
            output.writeStaticString("content-length: ")
            output.writeDecimal(length)
            output.writeStaticString("\r\n")
        case .none: if statesZeroLength { output.writeStaticString("content-length: 0\r\n") }
        case .untilClose: preconditionFailure("no request is delimited by the end of its connection")
        }
        output.writeStaticString("\r\n")
    }
}
