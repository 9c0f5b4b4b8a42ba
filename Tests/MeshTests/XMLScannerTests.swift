import Mesh
import Testing

@Suite struct XMLScannerTests {
    static func find(_ path: String, _ body: some Collection<UInt8>, isWhole: Bool = true) throws -> BodyFinding {
        let path = try #require(XMLElementPath(path))
        return Array(body).withUnsafeBytes { XMLScanner.find(path, in: $0, isWhole: isWhole) }
    }

    private func found(_ texts: String...) -> BodyFinding { .found(texts.map { Array($0.utf8) }) }

    static let message = """
        <?xml version="1.0" encoding="UTF-8"?>
        <!-- <UETR>not this</UETR> -->
        <pacs:Document xmlns:pacs="urn:iso:std:iso:20022:tech:xsd:pacs.008.001.08" note="a > b </UETR>">
          <pacs:FIToFICstmrCdtTrf>
            <pacs:GrpHdr><pacs:MsgId>M1</pacs:MsgId><pacs:NbOfTxs>1</pacs:NbOfTxs></pacs:GrpHdr>
            <pacs:CdtTrfTxInf>
              <pacs:PmtId>
                <pacs:EndToEndId>E&amp;E</pacs:EndToEndId>
                <pacs:UETR>
                  eb6305c9-1f7f-49de-aed0-16487c27b42d
                </pacs:UETR>
              </pacs:PmtId>
              <pacs:Dbtr/>
            </pacs:CdtTrfTxInf>
          </pacs:FIToFICstmrCdtTrf>
        </pacs:Document>
        """

    @Test(arguments: [
        ("CdtTrfTxInf/PmtId/UETR", "eb6305c9-1f7f-49de-aed0-16487c27b42d"), ("EndToEndId", "E&E"),
        ("/Document/FIToFICstmrCdtTrf/GrpHdr/MsgId", "M1"), ("GrpHdr/MsgId", "M1"),
    ]) func theElementIsFound(path: String, text: String) throws {
        #expect(try Self.find(path, Self.message.utf8) == found(text))
    }

    @Test(arguments: ["TxId", "/UETR", "GrpHdr/UETR", "/FIToFICstmrCdtTrf", "Dbtr", "pmtid/uetr"])
    func nothingThereIsAbsent(path: String) throws {
        #expect(try Self.find(path, Self.message.utf8) == .absent)
    }

    @Test(arguments: [
        ("<a><id>P1</id></a>", "P1"), ("<a><id x='<'>P1</id></a>", "P1"), ("<a><id><![CDATA[P<1>]]></id></a>", "P<1>"),
        ("<a><id>P<!-- c -->1</id></a>", "P1"), ("<a><id>P<?pi?>1</id></a>", "P1"),
        ("<a><id>&#80;&#x31;</id></a>", "P1"),
        ("<a><id>&lt;&gt;&quot;&apos;&amp;</id></a>", "<>\"'&"), ("<a><id >P1</id ></a>", "P1"),
        ("<a><x><y/></x><id>P1</id></a>", "P1"),
        ("<a><id>P1<b>no</b></id></a>", "P1"), ("\u{FEFF}<a><id>P1</id></a>", "P1"), ("<a><id/><id>P1</id></a>", "P1"),
    ]) func textIsDecoded(body: String, text: String) throws {
        #expect(try Self.find("id", body.utf8) == found(text))
    }

    @Test func everyPaymentOfABulkMessageIsFound() throws {
        let body = "<d>" + (1...100).map { "<t><id>P\($0)</id></t>" }.joined() + "</d>"
        guard case .found(let values) = try Self.find("t/id", body.utf8) else {
            Issue.record("nothing found")
            return
        }
        #expect(values.count == XMLScanner.maximumFindings)
        #expect(values.first == Array("P1".utf8) && values.last == Array("P64".utf8))
    }

    @Test(arguments: [
        "<!DOCTYPE a [<!ENTITY x \"y\">]><a><id>&x;</id></a>", "<a><id>&x;</id></a>", "<a><id>&#0;</id></a>",
        "<a></b></a>",
        "<a><id>P1", "text", "{\"id\":1}", "<a><b></a></b>", "<a <id>P1</id></a>", "< a/>", "<a><id>&amp</id></a>",
        "<a><id>&#xD800;</id></a>", "</a>",
    ]) func whatBreaksTheRulesOnTheWayIsMalformed(body: String) throws {
        #expect(try Self.find("id", body.utf8) == .malformed)
    }

    @Test func everyCutBodyIsBeyondTheBoundOrFound() throws {
        let body = Array(Self.message.utf8)
        let mark = Array("</pacs:UETR>".utf8)
        let end = try #require(body.indices.first { body[$0...].starts(with: mark) }) + mark.count
        let whole = found("eb6305c9-1f7f-49de-aed0-16487c27b42d")
        for length in 0..<body.count {
            let finding = try Self.find("PmtId/UETR", body[..<length], isWhole: false)
            #expect(finding == (length >= end ? whole : .beyondBound), "length \(length)")
        }
    }

    @Test func depthAndTextAreBounded() throws {
        #expect(try Self.find("id", String(repeating: "<a>", count: 65).utf8, isWhole: false) == .malformed)
        let long = "<a><id>" + String(repeating: "x", count: 100_000) + "</id></a>"
        guard case .found(let values) = try Self.find("id", long.utf8) else {
            Issue.record("nothing found")
            return
        }
        #expect(values[0].count == 16_384)
    }

    @Test(arguments: ["", "/", "a//b", "a:b", "1a", "a b", "a/", String(repeating: "a/", count: 16) + "a"])
    func badPathsAreRefused(text: String) {
        #expect(XMLElementPath(text) == nil)
    }
}
