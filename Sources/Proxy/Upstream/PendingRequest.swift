/// A request that waits for a connection to one of the endpoints that a balancer offers.
struct PendingRequest {
    let exchange: Exchange
    let balancer: Int
}
