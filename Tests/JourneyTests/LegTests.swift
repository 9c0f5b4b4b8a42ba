import Telemetry
import Testing

@Suite struct LegTests {
    @Test func aPaymentAuthorisedNowAndSettledTonight() {
        let journey = Story.payment().journey()
        #expect(journey.legs.count == 2)
        #expect(journey.traces.count == 3)
        #expect(journey.legs[0].traces.count == 2)
        #expect(journey.legs[1].start.nanoseconds - journey.legs[0].start.nanoseconds == 28_800_000_000_000)
        #expect(journey.legs.map(\.outcome) == [.succeeded, .succeeded])
        #expect(journey.summary.services.count == 9)
        #expect(journey.summary.sentence == "Succeeded in 2 legs over 8 h across 9 services, after 1 retry.")
        #expect(journey.completeness.verdict == .complete)
        #expect(journey.alsoKnownAs == [TransactionKey(kind: "uetr", value: "97ed4827-7b6f-4491-a06f-b548d5a7512d")])
    }

    /// The other id of the same operation finds the same journey.
    @Test func eitherIDFindsAll() {
        let story = Story.payment()
        let byPayment = story.journey("P-1001")
        let byUETR = story.journey("97ED4827-7B6F-4491-A06F-B548D5A7512D")
        #expect(byUETR.keys == [TransactionKey(kind: "uetr", value: "97ed4827-7b6f-4491-a06f-b548d5a7512d")])
        #expect(byUETR.hops == byPayment.hops)
    }

    @Test func aServiceThatForwardsNoHeadersIsLinkedByTheTransaction() throws {
        let journey = Story.payment().journey()
        let hop = try #require(journey.hops.first { $0.service == "sanctions" })
        let parent = try #require(hop.parent)
        #expect(journey.hops[parent].service == "limits")
        #expect(hop.linkedBy == .transaction)
        #expect(hop.traceID != journey.hops[parent].traceID)
        #expect(journey.hops.count { $0.linkedBy == .transaction } == 1)
    }

    /// Two calls into the same service at the same time: nobody can tell which made the third.
    @Test func anAmbiguousCallStaysAlone() throws {
        var story = Story()
        let root = story.span("a", "x", at: 0, took: 100_000)
        story.hop(below: root, "a", "b", "one", at: 1000, took: 50_000)
        story.hop(below: root, "a", "b", "two", at: 2000, took: 50_000)
        story.hop(trace: 2, "b", "c", "lost", at: 10_000, took: 5000, transaction: "P-1001")
        let journey = story.journey()
        let lost = try #require(journey.hops.first { $0.service == "c" })
        #expect(lost.parent == nil && lost.linkedBy == .parent)
        #expect(journey.legs.count == 2)
        // It lies inside the first leg and decides nothing.
        #expect(journey.summary.outcome == .succeeded)
    }

    /// Of hops inside one another, the innermost made the call.
    @Test func theInnermostOfNestedHopsMadeTheCall() throws {
        var story = Story()
        let outer = story.hop("a", "b", "outer", at: 0, took: 100_000)
        story.hop(below: outer, "b", "b", "inner", at: 5000, took: 50_000)
        story.hop(trace: 2, "b", "c", "lost", at: 10_000, took: 5000)
        let journey = story.journey()
        let lost = try #require(journey.hops.first { $0.service == "c" })
        let parent = try #require(lost.parent)
        #expect(journey.hops[parent].operation == "inner")
    }

    /// The caller of an orphaned server span is known by its certificate.
    @Test func aCalleeIsPlacedByItsCallersPrincipal() throws {
        var story = Story()
        story.hop("a", "b", "call", at: 0, took: 100_000)
        _ = story.span(
            trace: 2, parent: 0xbeef, "c", "serve", at: 10_000, took: 500,
            attributes: [
                Attribute("waybill.principal", .string(Story.principal("c"))),
                Attribute("waybill.peer.principal", .string(Story.principal("b"))),
            ])
        let journey = story.journey()
        #expect(journey.hops.map(\.service) == ["b", "c"])
        #expect(journey.hops[1].parent == 0 && journey.hops[1].linkedBy == .transaction)
        #expect(journey.completeness.missing.map(\.role) == [.caller])
    }

    @Test func outsideTheTimeOfAnyHopNothingIsPlaced() {
        var story = Story()
        story.hop("a", "b", "call", at: 0, took: 1000)
        story.hop(trace: 2, "b", "c", "later", at: 5000, took: 500)
        #expect(story.journey().hops.allSatisfy { $0.parent == nil })
    }

    /// Two trees that each lie inside a hop of the other cannot both be placed.
    @Test func placingMakesNoCircle() {
        var story = Story()
        story.hop("a", "b", "one", at: 0, took: 100_000)
        story.hop(trace: 2, "b", "a", "two", at: 500, took: 99_000)
        let journey = story.journey()
        #expect(journey.hops.count == 2)
        #expect(journey.hops.count { $0.parent == nil } == 1)
    }

    @Test func theLastLegDecides() {
        var story = Story()
        _ = story.span(trace: 1, "gateway", "POST", at: 0, took: 1000, status: 503)
        _ = story.span(trace: 2, "gateway", "POST", at: 5_000_000, took: 1000, status: 201)
        #expect(story.journey().summary.outcome == .succeeded)
        #expect(story.journey().legs.map(\.outcome) == [.failed, .succeeded])
        _ = story.span(trace: 3, "settlement", "settle", at: 9_000_000, took: 1000, error: "no cover")
        #expect(story.journey().summary.outcome == .failed)
        #expect(story.journey().summary.cause == 2)
    }
}
