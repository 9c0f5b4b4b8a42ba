/// Who is at the other end of a connection; `none` on plain connections.
struct Principal: Sendable {
    static let none = Principal(text: "")

    let text: String
    let bytes: [UInt8]

    init(text: String) {
        self.text = text
        bytes = Array(text.utf8)
    }
}
