/// The tables of an index run; `Schemas/index.sql` says what they mean, and the tests compare the two.
package enum IndexSchema {
    static let magic = "WAYBLIDX"
    package static let version = 2
    /// "WBIX".
    package static let applicationID = 0x5742_4958

    /// In the order of the file. Each is one tree, for it has no row ids.
    package enum Table: Int, CaseIterable, Sendable {
        case meta, segments, kinds, traces, transactions, services, operations, attributeKeys, attributeValues

        package var name: String {
            switch self {
            case .attributeKeys: "attribute_keys"
            case .attributeValues: "attribute_values"
            default: "\(self)"
            }
        }

        package var sql: String { "CREATE TABLE \(name) (\(columns)) WITHOUT ROWID" }

        private var columns: String {
            switch self {
            case .meta:
                "magic TEXT PRIMARY KEY, version INTEGER NOT NULL, store_id BLOB NOT NULL, epoch INTEGER NOT NULL, "
                    + "traces INTEGER NOT NULL, transactions INTEGER NOT NULL, listings_cut INTEGER NOT NULL"
            case .segments: "ordinal INTEGER PRIMARY KEY, number INTEGER NOT NULL"
            case .kinds: "number INTEGER PRIMARY KEY, name TEXT NOT NULL"
            case .traces:
                "id BLOB NOT NULL, segment INTEGER NOT NULL, place BLOB NOT NULL, PRIMARY KEY (id, segment, place)"
            case .transactions:
                "value BLOB NOT NULL, kind INTEGER NOT NULL, trace BLOB NOT NULL, segment INTEGER NOT NULL, "
                    + "rules_revision INTEGER NOT NULL, PRIMARY KEY (value, kind, trace, segment)"
            case .services: "name TEXT PRIMARY KEY, earliest INTEGER NOT NULL, latest INTEGER NOT NULL"
            case .operations:
                "service TEXT NOT NULL, name TEXT NOT NULL, kind INTEGER NOT NULL, earliest INTEGER NOT NULL, "
                    + "latest INTEGER NOT NULL, PRIMARY KEY (service, name, kind)"
            case .attributeKeys:
                "scope INTEGER NOT NULL, key TEXT NOT NULL, type INTEGER NOT NULL, earliest INTEGER NOT NULL, "
                    + "latest INTEGER NOT NULL, values_cut INTEGER NOT NULL, PRIMARY KEY (scope, key, type)"
            case .attributeValues:
                "scope INTEGER NOT NULL, key TEXT NOT NULL, type INTEGER NOT NULL, value BLOB NOT NULL, "
                    + "earliest INTEGER NOT NULL, latest INTEGER NOT NULL, PRIMARY KEY (scope, key, type, value)"
            }
        }
    }
}
