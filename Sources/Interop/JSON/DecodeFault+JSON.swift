extension DecodeFault {
    /// The end of a sentence about JSON; empty for faults of other encodings.
    var jsonSentence: String {
        switch self {
        case .truncatedJSON: "the document ends before its value does"
        case .trailingJSON: "something follows the document's value"
        case .nestedJSON: "objects and arrays nest deeper than \(JSONReader.maximumDepth)"
        case .controlCharacter: "a control character stands here; in a string it must be escaped"
        case .invalidUTF8: "the bytes are not UTF-8"
        case .escape: "the escape is none that JSON has"
        case .number: "the number is not written as JSON has it"
        case .longNumber: "the number has more than \(JSONNumber.maximumBytes) characters"
        case .expectedObject: "an object was expected"
        case .expectedArray: "an array was expected"
        case .expectedString: "a string was expected"
        case .expectedNumber: "a number was expected"
        case .expectedBool: "true or false was expected"
        case .expectedValue: "a value was expected"
        case .expectedName: "a member's name was expected"
        case .expectedColon: "a colon was expected"
        case .expectedComma: "a comma or the end of the object or array was expected"
        case .duplicateMember: "the member stands twice"
        case .twoMembers: "a value has two members, only one may be set"
        case .integerRange: "the number is not whole or does not fit its type"
        case .doubleRange: "the number is beyond the range of a double"
        default: ""
        }
    }
}
