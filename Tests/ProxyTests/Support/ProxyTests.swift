import Testing

/// All tests with sockets, one after another: they share the machine's two cores with blocking threads.
@Suite(.serialized)
enum ProxyTests {}
