import Telemetry

/// Zipkin spans from a seed, as reporters write them.
enum ZipkinSample {
    static func spans(_ generator: inout SpanGenerator) -> [UInt8] {
        var spans: [String] = []
        for _ in 0..<(1 + generator.below(5)) { spans.append(span(&generator)) }
        return Array("[\(spans.joined(separator: ","))]".utf8)
    }

    private static func span(_ generator: inout SpanGenerator) -> String {
        var members = [
            #""traceId":"\#(SpanID(generator.random.nonZero()))""#, #""id":"\#(SpanID(generator.random.nonZero()))""#,
        ]
        if generator.chance(2) { members.append(#""parentId":"\#(SpanID(generator.random.nonZero()))""#) }
        if generator.chance(2) { members.append(#""kind":"\#(generator.chance(2) ? "CLIENT" : "SERVER")""#) }
        members.append(#""name":"get /\#(generator.below(3))""#)
        members.append(
            #""timestamp":\#(1_780_000_000_000_000 + generator.below(1_000_000)),"duration":\#(generator.below(9999))"#)
        members.append(
            #""localEndpoint":{"serviceName":"s\#(generator.below(3))","ipv4":"10.0.0.1","port":\#(generator.below(65536))}"#
        )
        if generator.chance(3) { members.append(#""remoteEndpoint":{"ipv6":"::1","serviceName":"\u00e9"}"#) }
        if generator.chance(3) { members.append(#""annotations":[{"timestamp":1,"value":"ws"},{"value":"x"}]"#) }
        let tags = (0..<generator.below(5)).map { #""tag.\#($0)":"\#(generator.below(3))""# }
        members.append(#""tags":{\#(tags.joined(separator: ","))},"shared":\#(generator.chance(2))"#)
        return "{\(members.joined(separator: ","))}"
    }
}
