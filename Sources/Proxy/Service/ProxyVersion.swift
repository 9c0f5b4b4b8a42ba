/// The version of the proxy, as `--version` prints it and spans carry it in their scope.
package enum ProxyVersion {
    package static let text = "0.1.0"
}
