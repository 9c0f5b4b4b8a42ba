/// The tables of an index run; `Schemas/index.sql` says what they mean, and the tests compare the two.
package enum IndexSchema {
    static let magic = "WAYBLIDX"
    package static let version = 1
    /// "WBIX".
    package static let applicationID = 0x5742_4958

    static let pragmas = [
        "PRAGMA page_size = 4096", "PRAGMA journal_mode = OFF", "PRAGMA synchronous = OFF",
        "PRAGMA application_id = \(applicationID)", "PRAGMA user_version = \(version)",
    ]

    package static let tables = [
        "CREATE TABLE meta (magic TEXT NOT NULL, version INTEGER NOT NULL, store_id BLOB NOT NULL, epoch INTEGER NOT NULL)",
        "CREATE TABLE segments (number INTEGER PRIMARY KEY)",
        "CREATE TABLE kinds (number INTEGER PRIMARY KEY, name TEXT NOT NULL)",
        """
        CREATE TABLE traces (id BLOB NOT NULL, segment INTEGER NOT NULL, block INTEGER NOT NULL, \
        first_row INTEGER NOT NULL, row_count INTEGER NOT NULL, PRIMARY KEY (id, segment)) WITHOUT ROWID
        """,
        """
        CREATE TABLE transactions (value BLOB NOT NULL, kind INTEGER NOT NULL, trace BLOB NOT NULL, \
        rules_revision INTEGER NOT NULL, PRIMARY KEY (value, kind, trace)) WITHOUT ROWID
        """,
    ]
}
