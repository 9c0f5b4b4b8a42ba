/// Why decoding stopped. Small, because the hot path throws it; where it happened is the reader's position.
enum DecodeFault: UInt8, Error {
    case truncatedVarint
    case varintTooLong
    case truncatedFixed
    case lengthBeyondMessage
    case fieldNumber
    case unknownWireType
    case group
    case wrongWireType
    case tooManySpans
    case tooManyPoints
    case tooMuchMemory
    /// A resource or a scope is beyond a limit; the decoder's `rejection` says which.
    case unusableResource

    case truncatedJSON, trailingJSON, nestedJSON, controlCharacter, invalidUTF8, escape, number, longNumber
    case expectedObject, expectedArray, expectedString, expectedNumber, expectedBool, expectedValue
    case expectedName, expectedColon, expectedComma
    case duplicateMember, twoMembers, integerRange, doubleRange

    /// The end of a sentence that starts with the field's path.
    func sentence(_ limits: OTLPLimits) -> String {
        switch self {
        case .truncatedVarint: "the message ends inside a varint"
        case .varintTooLong: "a varint is longer than 10 bytes or does not fit in 64 bits"
        case .truncatedFixed: "the message ends inside a fixed-width number"
        case .lengthBeyondMessage: "a length reaches beyond the end of the message that holds it"
        case .fieldNumber: "a field has the number 0 or one above 536870911"
        case .unknownWireType: "a field has wire type 6 or 7, which do not exist"
        case .group: "a field is a group (wire type 3 or 4), which proto3 does not have"
        case .wrongWireType: "the field has another wire type than its definition"
        case .tooManySpans: "the request has more than \(limits.maximumSpans) spans (limit requestSpans)"
        case .tooManyPoints: "the request has too many data points"
        case .tooMuchMemory: "the request takes too much memory"
        case .unusableResource: "a resource or scope is beyond a limit"
        default: jsonSentence
        }
    }
}
