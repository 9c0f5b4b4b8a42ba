/// One of the two ends of a stream.
enum StreamSide {
    case downstream
    case upstream

    var other: StreamSide { self == .downstream ? .upstream : .downstream }
}
