/// What a request asks for beyond an answer.
enum TunnelRequest {
    /// To switch protocols: where the names of those that would do stand in the head.
    case upgrade(Range<Int>)
    case connect
}
