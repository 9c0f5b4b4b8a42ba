import Telemetry
import Testing

@Suite struct CompletenessTests {
    @Test func aHopWhoseSpansAreAllLostIsNamed() throws {
        var story = Story()
        story.hop(below: 0xdead, "fx", "rates", "GET /", at: 0, took: 2000)
        story.hop(below: 0xdead, "fx", "cache", "GET /", at: 3000, took: 2000)
        let journey = story.journey()
        #expect(journey.hops.map(\.form) == [.missing, .request, .request])
        #expect(journey.hops[0].service == "fx")
        #expect(journey.hops[0].durationNanoseconds == 5_000_000)
        #expect(journey.hops[1].parent == 0 && journey.hops[2].parent == 0)
        let missing = try #require(journey.completeness.missing.first)
        #expect(journey.completeness.missing.count == 1)
        #expect(missing.role == .hop && missing.spanID == "000000000000dead" && missing.hop == 0)
        #expect(missing.sentence == "A hop into fx is not stored: span 000000000000dead is named as parent.")
        #expect(journey.completeness.verdict == .incomplete)
    }

    @Test func aLostCallerIsNamedByItsCertificate() throws {
        var story = Story()
        story.hop("a", "b", "call", at: 0, took: 5000)
        story.remove { $0.span.kind == .client }
        let missing = try #require(story.journey().completeness.missing.first)
        #expect(missing.role == .caller)
        #expect(missing.recorder == Story.principal("a"))
        #expect(story.journey().hops[0].callerPrincipal == Story.principal("a"))
    }

    @Test func aLostCalleeIsNamed() throws {
        var story = Story()
        story.hop("a", "b", "call", at: 0, took: 5000, answered: false)
        let missing = try #require(story.journey().completeness.missing.first)
        #expect(missing.role == .callee && missing.spanID == nil && missing.recorder == Story.principal("b"))
    }

    /// The connection failed: the callee never saw the request.
    @Test func aRequestThatNeverArrivedHasNoCalleeToMiss() {
        var story = Story()
        story.hop("a", "b", "call", at: 0, took: 5000, status: 503, flags: "UF,URX", answered: false)
        #expect(story.journey().completeness.verdict == .complete)
        #expect(story.journey().summary.sentence == "Failed after 5 ms: b did not answer 'call' (503 UF,URX).")
    }

    /// A connection that is going away: its other end has said what it did not look at, and that was sent elsewhere.
    @Test func aStreamThatWasNotTakenHasNoCalleeToMiss() {
        for unprocessed in [true, false, nil] {
            var story = Story()
            story.hop(
                "a", "b", "call", at: 0, took: 1000, status: 0, attempt: 1, flags: "UR", answered: false,
                unprocessed: unprocessed)
            story.hop("a", "b", "call", at: 1000, took: 5000, attempt: 2)
            // A reset says nothing of what was done before it.
            #expect(story.journey().completeness.verdict == (unprocessed == true ? .complete : .incomplete))
        }
    }

    /// Callers outside the mesh send trace headers too, and record elsewhere.
    @Test func aCallerOutsideTheMeshIsNotMissing() {
        var story = Story()
        _ = story.span(
            parent: 0xabc, "gateway", "POST", at: 0, took: 10,
            attributes: [Attribute("waybill.principal", .string(Story.principal("gateway")))])
        #expect(story.journey().completeness.verdict == .complete)
    }

    @Test func gapsThatMayTouchTheJourney() {
        let journey = Story.payment().journey(gaps: Story.gaps)
        #expect(journey.completeness.gaps.map(\.instance) == ["fx-1", "limits-0"])
        #expect(journey.completeness.verdict == .uncertain)
    }

    /// What is stored of a journey need not be its first or its last attempt.
    @Test func gapsShortlyBeforeAndAfterMayHideAPart() {
        let story = Story.payment()
        let whole = story.journey().summary
        let start = whole.start.nanoseconds
        let end = start + whole.durationNanoseconds
        func gap(_ instance: String, _ from: UInt64, _ to: UInt64) -> JourneyGap {
            JourneyGap(
                kind: .recordedLoss, principal: Story.principal("fx"), instance: instance,
                from: Timestamp(nanoseconds: from), to: Timestamp(nanoseconds: to), spans: 1, reason: "spool full")
        }
        let slack = JourneyGap.slackNanoseconds
        let gaps = [
            gap("long before", start - slack - 9, start - slack - 1), gap("before", start - slack - 9, start - slack),
            gap("after", end + slack, end + slack + 9), gap("long after", end + slack + 1, end + slack + 9),
        ]
        let completeness = story.journey(gaps: gaps).completeness
        #expect(completeness.gaps.map(\.instance) == ["before", "after"] && completeness.verdict == .uncertain)
        // The ends of time are no trap.
        let always = JourneyGap(
            kind: .missingSequences, principal: Story.principal("fx"), instance: "fx-1",
            from: Timestamp(nanoseconds: .max), to: Timestamp(nanoseconds: 0))
        #expect(story.journey(gaps: [always]).completeness.gaps.isEmpty)
    }

    @Test func conflictingSpansAreBothShown() {
        var story = Story()
        _ = story.span(id: 5, "a", "x", at: 0, took: 100, status: 200)
        _ = story.span(id: 5, "a", "x", at: 0, took: 100, status: 500)
        story.hop(below: 5, "a", "b", "y", at: 10, took: 50)
        let journey = story.journey()
        #expect(journey.hops.count == 3)
        #expect(journey.hops.count { $0.hasConflict } == 2)
        #expect(journey.completeness.conflictingSpans == 2)
        #expect(journey.hops.count { $0.parent != nil } == 1)
    }

    @Test func theSameSpanFromTwoCollectorsIsOne() {
        var story = Story.payment()
        let once = story.journey()
        for stored in story.spans {
            var again = stored
            again.provenance.receivedNanoseconds += 5
            story.add(again)
        }
        #expect(story.journey() == once)
    }

    @Test func clocksThatDifferAreNotedNotCorrected() throws {
        var story = Story()
        let client = story.span("a", "x", .client, at: 5000, took: 10_000)
        let server = story.span(parent: client, "b", "x", at: 1000, took: 9000)
        story.hop(below: server, "b", "c", "y", at: 500, took: 100)
        let journey = story.journey()
        #expect(journey.hops[0].startsEarlyNanoseconds == 4_000_000)
        #expect(journey.hops[1].startsEarlyNanoseconds == 500_000)
        #expect(journey.hops[0].caller?.start.nanoseconds == Story.epoch + 5_000_000)
        #expect(journey.hops[0].callee?.start.nanoseconds == Story.epoch + 1_000_000)
        #expect(journey.completeness.hopsOutOfOrder == 2)
        #expect(journey.summary.start.nanoseconds == Story.epoch + 500_000)
    }
}
