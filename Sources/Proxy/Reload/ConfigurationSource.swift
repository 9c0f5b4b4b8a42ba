import Files
import Mesh

/// Where the configuration of a running proxy comes from, so that it can be read anew.
package struct ConfigurationSource: Sendable {
    package var path: String
    /// In place of the one that the file names.
    package var spoolDirectory: String?
    /// The file as it was before it was read first: what changes while the proxy waits to start is seen once it runs.
    let first: FileStamps

    package init(path: String, spoolDirectory: String? = nil) {
        self.path = path
        self.spoolDirectory = spoolDirectory
        first = FileStamps([path])
    }

    package func read() throws -> ProxyConfiguration {
        try ConfigurationFile.read(path, spoolDirectory: spoolDirectory)
    }
}
