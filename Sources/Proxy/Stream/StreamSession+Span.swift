import Telemetry

extension SpanRecorder {
    /// The span and the log line of a connection that has ended.
    func record(_ session: StreamSession) {
        appendLine { line, masking in line.append(session, masking: masking) }
        session.appendSpan(to: self)
    }
}

extension StreamSession {
    /// One span for the connection: server inbound, client outbound.
    func appendSpan(to recorder: SpanRecorder) {
        let kind = RecordClass(route?.recordClass, refused: flag == .recordingRefused && opened == 0)
        recorder.append(kind, at: ended) { builder in
            var row = SpanRow()
            row.traceID = traceID
            row.spanID = spanID
            row.flags = 0x101
            row.kind = (listener.direction == .inbound ? SpanKind.server : SpanKind.client).rawValue
            row.startNanoseconds = startedWall
            row.endNanoseconds = startedWall &+ (ended &- started)
            row.name = builder.intern(table.protocol.text + (route.map { " " + $0.route.name } ?? ""))
            let start = builder.beginAttributes()
            recorder.masking.begin()
            addCommon(to: &builder, masking: &recorder.masking)
            addNumber("waybill.stream.received_bytes", received, to: &builder)
            addNumber("waybill.stream.sent_bytes", sent, to: &builder)
            if !tried.isEmpty { builder.add(.waybillAttempt, tried.count) }
            if let flag {
                builder.add(.waybillResponseFlags, builder.intern(flag.rawValue))
                builder.add(.errorType, builder.intern(flag.errorType))
                row.statusCode = SpanStatus.error
                row.statusMessage = builder.intern(
                    recorder.masking.mask(sentence, keeping: [], as: "status.message"))
            }
            recorder.masking.addNotes(to: &builder)
            row.attributes = builder.endAttributes(start)
            builder.append(row)
        }
    }

    /// What the spans of a stream and of its messages share.
    func addCommon(to builder: inout BatchBuilder, masking: inout SpanMasking) {
        builder.add(builder.intern("network.transport"), builder.intern("tcp"))
        builder.add(builder.intern("network.protocol.name"), builder.intern(protocolName))
        builder.add(builder.intern("waybill.listener"), builder.intern(listener.name))
        if let policy, let decision {
            builder.add(.waybillPolicyDecision, decision.outcome == .allow ? "allow" : "deny")
            builder.add(.waybillPolicyRule, policy.ruleBytes(decision))
            builder.add(.waybillPolicyRevision, policy.revisionBytes)
        }
        if isPlaintext { builder.add(.waybillPlaintext, true) }
        if let serverName {
            let name = masking.mask(serverName, keeping: [], as: "server.address")
            builder.add(.serverAddress, builder.intern(name))
        }
        if let original {
            if serverName == nil {
                builder.add(.serverAddress, builder.intern(original.address.description))
                builder.add(.serverPort, original.port)
            }
            builder.add(.waybillOriginalDestination, builder.intern(original.text))
        }
        builder.add(.waybillDirection, builder.intern(listener.direction.rawValue))
        builder.add(.waybillPrincipal, worker.principal.bytes)
        if let route {
            builder.add(.waybillRoute, route.nameBytes)
        }
        if let destination { builder.add(.waybillCluster, destination.clusterBytes) }
        if listener.direction == .inbound {
            builder.add(.waybillPeerPrincipal, principal.bytes)
            builder.add(.clientAddress, downstream.peerAddress)
        } else {
            builder.add(.waybillPeerPrincipal, peerPrincipal.bytes)
            if let endpoint {
                builder.add(.peerAddress, endpoint.addressBytes)
                builder.add(.peerPort, endpoint.endpoint.port)
            }
        }
    }

    /// As OpenTelemetry names it.
    var protocolName: String {
        switch table.protocol {
        case .tcp: "tcp"
        case .tlsPassthrough: "tls"
        case .iso8583: "iso8583"
        }
    }

    private func addNumber(_ key: StaticString, _ number: Int, to builder: inout BatchBuilder) {
        builder.add(builder.intern(key), number)
    }
}
