/// What becomes of the connection when an exchange is over.
extension HTTP1Downstream {
    func exchangeEnded() {
        if phase == .tunnel {
            exchange = nil
            phase = .closing
            deadline = .max
            closeWhenWritten()
            return
        }
        guard phase == .exchanging else { return }
        exchange = nil
        guard !inputClosed else { return }
        // An answer that began before draining may have promised to keep the connection: it may be closed all the same.
        if keepsAlive, !isEnding {
            phase = .idle
            finder.reset()
            deadline = Clock.monotonic().after(
                milliseconds: input.readableBytes > 0
                    ? limits.headerTimeoutMilliseconds : limits.idleTimeoutMilliseconds)
            process()
        } else if bodyDone {
            phase = .closing
            closeAfterFlush()
        } else {
            phase = .discarding
            discarded = 0
            deadline = Clock.monotonic().after(milliseconds: Self.discardMilliseconds)
            finishOutput(isSecure: isSecure)
            process()
        }
    }

    func resume() { process() }

    /// Ends the connection so that the client sees an incomplete answer.
    func abort() {
        exchange = nil
        flush()
        breakOff()
    }

    /// Closes at once, with a reset where the client would take a mere end for that of what it was getting.
    func breakOff() {
        let looksWhole = phase == .tunnel || answersUntilClose
        phase = .closing
        if looksWhole { reset() } else { close() }
    }
}
