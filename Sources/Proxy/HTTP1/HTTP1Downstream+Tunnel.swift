import NIOCore

/// What is left of HTTP when the client's connection has become a tunnel: nothing.
extension HTTP1Downstream {
    /// The answer's head is written; whatever follows goes by as it is.
    func startTunnel() {
        phase = .tunnel
        bodyDone = false
        allowHalfClose()
    }

    /// `false` when nothing more can be passed on now.
    func passTunnel() -> Bool {
        guard let exchange else { return false }
        if input.readableBytes > 0 {
            guard exchange.takesContent else { return false }
            let content = input
            input = worker.emptyBuffer
            exchange.requestContent(content)
            return true
        }
        if hasInputEnded, !bodyDone {
            bodyDone = true
            exchange.requestEnd(trailers: nil)
        }
        if inputClosed, phase == .tunnel {
            phase = .closing
            self.exchange = nil
            exchange.tunnelLost(.client, nil)
        }
        return false
    }

    /// What the head of an answer that opens a tunnel says of it.
    func writeTunnelFields(to output: inout ByteBuffer) {
        guard case .upgrade(let name) = exchange?.tunnel?.kind else { return }
        output.writeStaticString("upgrade: ")
        output.writeBytes(name)
        output.writeStaticString("\r\nconnection: upgrade\r\n")
    }
}
