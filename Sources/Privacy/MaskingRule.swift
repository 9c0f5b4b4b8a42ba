/// Why a part of a text was masked; spans say it in `waybill.masked`.
public enum MaskingRule: String, Sendable, Hashable, CaseIterable {
    case cardNumber = "card-number"
    case secret
}
