import Interop
import Telemetry
import Testing

@Suite struct PropagationTests {
    private static let trace = "4bf92f3577b34da6a3ce929d0e0e4736"
    private static let span = "00f067aa0ba902b7"

    @Test func traceParentIsReadAndWritten() throws {
        let header = "00-\(Self.trace)-\(Self.span)-01"
        let context = try #require(W3C.parse(traceParent: header))
        #expect(context.traceID.description == Self.trace)
        #expect(context.parentSpanID.description == Self.span)
        #expect(context.isSampled)
        #expect(
            W3C.traceParent(traceID: context.traceID, spanID: context.parentSpanID, flags: context.flags) == header)
    }

    @Test(arguments: [
        ("00-\(trace)-\(span)-00", 0), ("00-\(trace)-\(span)-03", 3), ("00-\(trace)-\(span)-ff", 0xFF),
        // Later versions: what follows 55 bytes is ignored, unknown flags too.
        ("cc-\(trace)-\(span)-01", 1), ("01-\(trace)-\(span)-ff-what-the-future-brings", 3),
        ("fe-\(trace)-\(span)-01-", 1),
    ])
    func traceParentsThatAreTaken(_ header: String, _ flags: Int) {
        #expect(W3C.parse(traceParent: header)?.flags == UInt8(flags))
    }

    @Test(arguments: [
        "", "00", "ff-\(trace)-\(span)-01", "FF-\(trace)-\(span)-01", "0-\(trace)-\(span)-01", "00-\(trace)-\(span)-1",
        "00-00000000000000000000000000000000-\(span)-01", "00-\(trace)-0000000000000000-01",
        "00-4BF92F3577B34DA6A3CE929D0E0E4736-\(span)-01", "00-\(trace)-00F067AA0BA902B7-01", "00-\(trace)-\(span)-0G",
        "00-\(trace)-\(span)-01-", "00-\(trace)-\(span)-01.", "01-\(trace)-\(span)-01.x", "0g-\(trace)-\(span)-01",
        " 00-\(trace)-\(span)-01", "00-\(trace)-\(span)-01 ", "00_\(trace)-\(span)-01", "00-\(trace)_\(span)-01",
        "00-\(trace)-\(span)_01", "00-\(trace)é-\(span)-01",
    ])
    func traceParentsThatAreRefused(_ header: String) {
        #expect(W3C.parse(traceParent: header) == nil)
    }

    @Test func traceStateIsCombined() {
        let traceParent = "00-\(Self.trace)-\(Self.span)-01"
        func state(_ headers: [String]) -> String? {
            W3C.parse(traceParent: traceParent, traceState: headers)?.traceState
        }
        #expect(state([]) == "")
        #expect(state(["a=1"]) == "a=1")
        #expect(state(["a=1,b=2"]) == "a=1,b=2")
        #expect(state([" a=1 ,\tb=2,", "", "c@d=3"]) == "a=1,b=2,c@d=3")
        #expect(state(["0a/b*c-d_e=x y"]) == "0a/b*c-d_e=x y")
        for broken in ["a", "=1", "a=", "A=1", "a=1=2", "a=1,a=2", "a@=1", "@b=1", "a@0=1", "a b=1", "a=é", "-a=1"] {
            #expect(state([broken]) == "", "\(broken)")
        }
        #expect(state([(0..<32).map { "k\($0)=v" }.joined(separator: ",")])?.isEmpty == false)
        #expect(state([(0..<33).map { "k\($0)=v" }.joined(separator: ",")]) == "")
        let long = "\(String(repeating: "k", count: 257))=v"
        #expect(state([long]) == "")
        #expect(state(["k=" + String(repeating: "v", count: 257)]) == "")
    }

    @Test func aTraceStateThatIsTooLongLosesLongMembersFirst() throws {
        let long = (0..<20).map { "long\($0)=" + String(repeating: "v", count: 200) }
        let combined = try #require(TraceState.combine([(["a=1"] + long + ["z=1"]).joined(separator: ",")]))
        #expect(combined.utf8.count <= TraceState.maximumBytes)
        #expect(combined.hasPrefix("a=1,long0=") && combined.hasSuffix(",z=1"))
        let short = (0..<31).map { "short\($0)=" + String(repeating: "v", count: 100) }
        let cut = try #require(TraceState.combine([short.joined(separator: ",")]))
        #expect(cut.utf8.count <= TraceState.maximumBytes && cut.hasPrefix("short0="))
        #expect(!cut.contains("short30"))
    }

    @Test(arguments: [
        ("\(trace)-\(span)", false), ("\(trace)-\(span)-1", true), ("\(trace)-\(span)-d", true),
        ("\(trace)-\(span)-0", false), ("\(trace)-\(span)-1-\(span)", true), ("\(trace)-\(span)-\(span)", false),
        ("a3ce929d0e0e4736-\(span)-1", true), ("4BF92F3577B34DA6A3CE929D0E0E4736-\(span)-1", true),
    ])
    func b3SingleHeadersThatAreTaken(_ header: String, _ sampled: Bool) {
        #expect(parse(header)?.isSampled == sampled)
        #expect(parse(header)?.parentSpanID.description == Self.span)
    }

    @Test(arguments: [
        "", "0", "1", "d", "-", "\(trace)", "\(trace)-", "\(trace)-\(span)-", "\(trace)-\(span)-2",
        "\(trace)-\(span)-1-",
        "\(trace)-\(span)-1-\(span)0", "\(trace)-0000000000000000-1", "00000000000000000000000000000000-\(span)-1",
        "\(trace)0-\(span)", "\(trace)-\(span)x", "\(trace)-\(span)-1-zzzzzzzzzzzzzzzz",
    ])
    func b3SingleHeadersThatAreRefused(_ header: String) {
        #expect(parse(header) == nil)
    }

    private func parse(_ header: String) -> TraceContext? {
        TraceContext.extract(from: HeaderList([(.b3, header)]))
    }
}
