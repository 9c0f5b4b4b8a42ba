import CLI
import Testing

@Suite struct TerminalTextTests {
    @Test func nothingStoredReachesTheTerminalRaw() {
        let hostile = "\u{1B}]0;title\u{7}\u{1B}[31mred\r\n\u{9B}2J\u{7F}\u{202E}txt\u{2028}\u{200B}x"
        let clean = TerminalText.clean(hostile)
        for scalar in clean.unicodeScalars {
            #expect(!["Cc", "Cf", "Zl", "Zp"].contains("\(scalar.properties.generalCategory)"))
            #expect(scalar.value >= 0x20 && !(0x7F...0x9F).contains(scalar.value))
        }
        #expect(clean.hasPrefix("␛]0;title␇␛[31mred␍␊"))
        #expect(!clean.unicodeScalars.contains("\u{202E}"))
        var line = StyledLine()
        line.append(hostile, .bad)
        #expect(line.text(colored: true).unicodeScalars.count { $0 == "\u{1B}" } == 2)
        #expect(line.text(colored: false).unicodeScalars.allSatisfy { $0 != "\u{1B}" })
    }

    @Test func everyControlCharacterIsReplaced() {
        for value in (0...0x1F).map(UInt32.init) + (0x7F...0x9F).map(UInt32.init) {
            guard let scalar = Unicode.Scalar(value) else { continue }
            let clean = TerminalText.clean("a\(Character(scalar))b")
            #expect(!clean.unicodeScalars.contains(scalar))
            #expect(clean.unicodeScalars.count == 3)
        }
    }

    @Test func pilesOfMarksAreCut() {
        let pile = "a" + String(repeating: "\u{301}", count: 5000)
        #expect(TerminalText.clean(pile).unicodeScalars.count <= 8)
    }

    @Test func widths() {
        #expect(DisplayWidth.of("ledger") == 6)
        #expect(DisplayWidth.of("台帳") == 4)
        #expect(DisplayWidth.of("e\u{301}") == 1)
        #expect(DisplayWidth.of("👩‍👧") == 2)
        #expect(DisplayWidth.of("█┄→…✗") == 5)
    }

    @Test func fitting() {
        #expect(TerminalText.fit("payments", 8) == "payments")
        #expect(TerminalText.fit("payments", 5) == "paym…")
        #expect(TerminalText.fit("台帳サービス", 6) == "台帳…")
        #expect(TerminalText.fit("台帳", 0) == "")
        #expect(TerminalText.fitMiddle("0123456789", 7) == "012…789")
        for width in 0...20 {
            for text in ["payments-orchestration", "台帳サービス", "a台b帳c", "e\u{301}e\u{301}e\u{301}e\u{301}"] {
                #expect(DisplayWidth.of(TerminalText.fit(text, width)) <= width)
                #expect(DisplayWidth.of(TerminalText.fitMiddle(text, width)) <= width)
            }
        }
    }

    @Test func colourOnlyWhereItIsWanted() {
        #expect(ColorChoice.auto.isColored(isTerminal: true, environment: [:]))
        #expect(!ColorChoice.auto.isColored(isTerminal: false, environment: [:]))
        #expect(!ColorChoice.auto.isColored(isTerminal: true, environment: ["NO_COLOR": "1"]))
        #expect(ColorChoice.auto.isColored(isTerminal: true, environment: ["NO_COLOR": ""]))
        #expect(!ColorChoice.auto.isColored(isTerminal: true, environment: ["TERM": "dumb"]))
        #expect(ColorChoice.always.isColored(isTerminal: false, environment: ["NO_COLOR": "1"]))
        #expect(!ColorChoice.never.isColored(isTerminal: true, environment: [:]))
    }

    @Test func barsKeepTheirScale() {
        #expect(TimelineBar.draw(start: 0, duration: 100, scale: 100, width: 4) == "████")
        #expect(TimelineBar.draw(start: 50, duration: 50, scale: 100, width: 4) == "  ██")
        #expect(TimelineBar.draw(start: 25, duration: 12, scale: 100, width: 4) == " ▌  ")
        #expect(TimelineBar.draw(start: 100, duration: 0, scale: 100, width: 4) == "   ▐")
        #expect(TimelineBar.draw(start: 0, duration: 0, scale: 0, width: 4) == "▌   ")
        #expect(TimelineBar.draw(start: .max, duration: .max, scale: .max, width: 4) == "   ▐")
        #expect(TimelineBar.draw(start: 0, duration: 50, scale: 100, width: 4, hollow: true) == "┄┄  ")
    }

    @Test func deepTreesStayNarrow() {
        let depths = Array(0..<1000)
        for prefix in TreePrefix.prefixes(depths: depths, maximumDepth: 8) {
            #expect(DisplayWidth.of(prefix.own) <= 18 && DisplayWidth.of(prefix.below) <= 20)
        }
        let last = TreePrefix.prefixes(depths: depths, maximumDepth: 8).last?.own ?? ""
        #expect(last.hasPrefix("⋯999 ") && last.hasSuffix("└ "))
    }
}
