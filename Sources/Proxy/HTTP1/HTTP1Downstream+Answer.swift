import NIOCore

/// How an answer is written.
extension HTTP1Downstream {
    func sendInterim(_ response: ResponseHead) {
        guard head.version != .http10 else { return }
        write { output in
            writeStatusAndFields(response, HeadEdits(), to: &output)
            output.writeStaticString("\r\n")
        }
    }

    func sendHead(_ response: ResponseHead, _ edits: HeadEdits) {
        if response.opensTunnel {
            sendTunnelHead(response, edits)
            return
        }
        // With the rest of the request still to come, where the next one starts is not certain enough to go on.
        // Behind a CONNECT that was refused there may be bytes for the tunnel that there is none of.
        keepsAlive = head.wantsKeepAlive && bodyDone && !isEnding && head.method != .connect
        answersInChunks = false
        answersUntilClose = false
        let isHTTP11 = head.version != .http10
        var length: Int?
        switch response.body {
        case .none: length = response.status == 204 ? nil : response.statedLength
        case .fixed(let count): length = count
        case .chunked, .untilClose:
            answersInChunks = isHTTP11
            answersUntilClose = !isHTTP11
            if answersUntilClose { keepsAlive = false }
        }
        write { output in
            writeStatusAndFields(response, edits, to: &output)
            if answersInChunks {
                output.writeStaticString("transfer-encoding: chunked\r\n")
            } else if let length {
                output.writeStaticString("content-length: ")
                output.writeDecimal(length)
                output.writeStaticString("\r\n")
            }
            if !keepsAlive {
                output.writeStaticString("connection: close\r\n")
            } else if !isHTTP11 {
                output.writeStaticString("connection: keep-alive\r\n")
            }
            output.writeStaticString("\r\n")
        }
    }

    private func sendTunnelHead(_ response: ResponseHead, _ edits: HeadEdits) {
        keepsAlive = false
        answersInChunks = false
        write { output in
            writeStatusAndFields(response, edits, to: &output)
            writeTunnelFields(to: &output)
            output.writeStaticString("\r\n")
        }
        startTunnel()
    }

    private func writeStatusAndFields(_ head: ResponseHead, _ edits: HeadEdits, to output: inout ByteBuffer) {
        output.writeStaticString("HTTP/1.1 ")
        if head.statusRange.isEmpty {
            output.writeString(StatusLine.text(head.status))
            output.writeStaticString("\r\n")
        } else {
            head.fields.withBytes(head.statusRange) { _ = output.writeBytes($0) }
        }
        head.fields.write(to: &output) { field, raw in head.passesOn(field, in: raw, edits) }
        output.writeImmutableBuffer(edits.lines)
    }

    func sendContent(_ content: ByteBuffer) {
        guard answersInChunks else {
            write(content)
            return
        }
        write { $0.writeChunkSize(content.readableBytes) }
        write(content)
        write { _ = $0.writeStaticString("\r\n") }
    }

    func sendEnd(trailers: FieldSection?) {
        if phase == .tunnel { return endOutput() }
        guard answersInChunks else { return }
        write { $0.writeLastChunk(trailers) }
    }

    func answer(_ answer: ProxyAnswer) {
        keepsAlive = bodyDone && hasSoundHead && head.wantsKeepAlive && !isEnding && head.method != .connect
        write { output in
            output.writeStaticString("HTTP/1.1 ")
            output.writeString(StatusLine.text(answer.status))
            output.writeStaticString("\r\ncontent-type: text/plain; charset=utf-8\r\ncontent-length: ")
            output.writeDecimal(answer.sentence.utf8.count + 1)
            output.writeStaticString("\r\nx-waybill-response-flags: ")
            output.writeString(answer.flag.rawValue)
            if !keepsAlive { output.writeStaticString("\r\nconnection: close") }
            output.writeStaticString("\r\n")
            output.writeImmutableBuffer(answer.edits.lines)
            output.writeStaticString("\r\n")
            if !(hasSoundHead && head.method == .head) {
                output.writeString(answer.sentence)
                output.writeStaticString("\n")
            }
        }
    }
}
