import Mesh

/// Where the configuration of a running proxy comes from, so that it can be read anew.
package struct ConfigurationSource: Sendable {
    package var path: String
    /// In place of the one that the file names.
    package var spoolDirectory: String?

    package init(path: String, spoolDirectory: String? = nil) {
        self.path = path
        self.spoolDirectory = spoolDirectory
    }

    package func read() throws -> ProxyConfiguration {
        try ConfigurationFile.read(path, spoolDirectory: spoolDirectory)
    }
}
