import Testing
import TraceQL

@Suite struct ParserTests {
    @Test func canonicalForm() throws {
        for (text, canonical) in ParserExamples.forms {
            let query = try TraceQuery.parse(text)
            let printed = query.description
            if let canonical {
                if text.contains("||") || text.contains(">>") {
                    // Parentheses that change nothing may be left out.
                    #expect(try TraceQuery.parse(canonical) == query)
                } else {
                    #expect(printed == canonical)
                }
            } else {
                #expect(printed == text)
            }
            #expect(try TraceQuery.parse(printed) == query)
        }
    }

    @Test func refusalNamesThePlace() {
        for (text, offset, part) in ParserExamples.refusals {
            let error = #expect(throws: TraceQLError.self) { try TraceQuery.parse(text) }
            #expect(error?.offset == offset, "\(text): \(error?.description ?? "")")
            #expect(error?.message.contains(part) == true, "\(text): \(error?.description ?? "")")
        }
    }

    @Test func regularExpressionsAreChecked() {
        let error = #expect(throws: TraceQLError.self) {
            try TraceQuery.parse("{ .a =~ \"ok\" && .b !~ \"[\" }") { $0 == "[" ? "a class that does not end" : nil }
        }
        #expect(error?.offset == 22)
        #expect(error?.message.contains("a class that does not end") == true)
    }

    @Test func limitsHold() {
        var limits = TraceQLLimits()
        limits.maximumBytes = 100
        #expect(throws: TraceQLError.self) {
            try TraceQuery.parse("{ .a = \"" + String(repeating: "x", count: 100) + "\" }", limits: limits)
        }
        for nested in [
            String(repeating: "(", count: 5000) + "{ }" + String(repeating: ")", count: 5000),
            "{ " + String(repeating: "!", count: 5000) + ".a }",
            "{ 1" + String(repeating: " ^ 1", count: 5000) + " = 1 }",
            "{ " + String(repeating: "-", count: 5000) + "1 = 1 }",
        ] {
            let error = #expect(throws: TraceQLError.self) { try TraceQuery.parse(nested) }
            #expect(error?.message.contains("deep") == true)
        }
        for long in [
            Array(repeating: "{ }", count: 600).joined(separator: " && "),
            "{ " + Array(repeating: ".a", count: 600).joined(separator: " || ") + " }",
            "{ }" + String(repeating: " | coalesce()", count: 600),
        ] {
            let error = #expect(throws: TraceQLError.self) { try TraceQuery.parse(long) }
            #expect(error?.message.contains("terms") == true)
        }
    }

    @Test func excerptPointsAtThePlace() {
        let error = TraceQLError("", at: 13)
        #expect(error.excerpt(of: "{ name\n= \"a\"  }", width: 80) == ("{ name = \"a\"  }", "             ^"))
        let text = String(repeating: "x", count: 200) + "!" + String(repeating: "y", count: 200)
        let (line, caret) = TraceQLError("", at: 200).excerpt(of: text, width: 60)
        #expect(line.count == 60)
        #expect(Array(line)[caret.count - 1] == "!")
        let wide = TraceQLError("", at: 6).excerpt(of: "支付!", width: 40) { $0.isASCII ? 1 : 2 }
        #expect(wide == ("支付!", "    ^"))
    }
}
