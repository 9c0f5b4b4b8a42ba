import Foundation
import Telemetry
import Testing

@Suite struct JourneyJSONTests {
    @Test func whatIsWrittenIsRead() throws {
        for journey in [Story.payment().journey(gaps: Story.gaps), Story.broken().journey("P-1002"), Story().journey()]
        {
            let data = try JSONEncoder().encode(journey)
            #expect(try JSONDecoder().decode(Journey.self, from: data) == journey)
        }
    }

    /// Names and forms that others build against.
    @Test func members() throws {
        let data = try JSONEncoder().encode(Story.payment().journey())
        let root = try #require(JSONSerialization.jsonObject(with: data) as? [String: Any])
        #expect(
            Set(root.keys) == [
                "transaction", "keys", "alsoKnownAs", "summary", "completeness", "legs", "traces", "hops",
            ])
        let summary = try #require(root["summary"] as? [String: Any])
        #expect(summary["start"] as? String == "2026-11-03T09:14:22.104000000Z")
        #expect(summary["outcome"] as? String == "succeeded")
        let hops = try #require(root["hops"] as? [[String: Any]])
        let hop = try #require(hops.first { $0["retriedBy"] != nil })
        #expect(hop["form"] as? String == "request")
        #expect(hop["httpStatus"] as? Int == 503)
        #expect(hop["attempt"] as? Int == 1)
        #expect(hop["responseFlags"] as? String == "UT")
        let caller = try #require(hop["caller"] as? [String: Any])
        #expect((caller["spanID"] as? String)?.count == 16)
        let attributes = try #require(caller["attributes"] as? [[String: Any]])
        #expect(attributes.contains { $0["key"] as? String == "waybill.attempt" && $0["value"] as? Int == 1 })
    }

    @Test func attributeValuesTakeTheNearestForm() throws {
        func text(_ value: AttributeValue) throws -> String {
            String(decoding: try JSONEncoder().encode(JourneyAttribute("k", value)), as: UTF8.self)
        }
        #expect(try text(.bool(true)).contains("true"))
        #expect(try text(.int(.max)).contains("9223372036854775807"))
        #expect(try text(.double(.nan)).contains(#""nan""#))
        #expect(try text(.bytes([0xCA, 0xFE])).contains(#""cafe""#))
        #expect(try text(.array([.int(1), .empty])).contains("[1,null]"))
        #expect(try text(.map([Attribute("a", .int(1))])).contains("["))
    }
}
