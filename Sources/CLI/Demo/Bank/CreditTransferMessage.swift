/// An ISO 20022 customer credit transfer (pacs.008), as much of it as the demonstration needs.
package enum CreditTransferMessage {
    package static func text(_ identification: String, _ payments: [PaymentOrder.Payment]) -> String {
        var text = """
            <?xml version="1.0" encoding="UTF-8"?>
            <Document xmlns="urn:iso:std:iso:20022:tech:xsd:pacs.008.001.10"><FIToFICstmrCdtTrf>\
            <GrpHdr><MsgId>\(escape(identification))</MsgId><NbOfTxs>\(payments.count)</NbOfTxs></GrpHdr>
            """
        for payment in payments {
            text += """
                <CdtTrfTxInf><PmtId><EndToEndId>\(escape(payment.id))</EndToEndId><TxId>\(escape(payment.id))</TxId>\
                <UETR>\(escape(payment.uetr ?? ""))</UETR></PmtId>\
                <IntrBkSttlmAmt Ccy="\(escape(payment.currency))">\(payment.amount / 100).\(cents(payment.amount))</IntrBkSttlmAmt>\
                <Cdtr><Nm>\(escape(payment.creditorName))</Nm><CtryOfRes>\(escape(payment.country))</CtryOfRes></Cdtr>\
                </CdtTrfTxInf>
                """
        }
        return text + "</FIToFICstmrCdtTrf></Document>\n"
    }

    /// The texts of all elements with that name; for messages that this program wrote.
    package static func values(_ name: String, in text: String) -> [String] {
        var values: [String] = []
        var rest = text[...]
        while let open = rest.firstRange(of: "<\(name)>"),
            let close = rest[open.upperBound...].firstRange(of: "</\(name)>")
        {
            values.append(unescape(String(rest[open.upperBound..<close.lowerBound])))
            rest = rest[close.upperBound...]
        }
        return values
    }

    private static func cents(_ amount: Int) -> String { amount % 100 < 10 ? "0\(amount % 100)" : "\(amount % 100)" }

    private static func escape(_ text: String) -> String {
        text.replacing("&", with: "&amp;").replacing("<", with: "&lt;").replacing("\"", with: "&quot;")
    }

    private static func unescape(_ text: String) -> String {
        text.replacing("&lt;", with: "<").replacing("&quot;", with: "\"").replacing("&amp;", with: "&")
    }
}
