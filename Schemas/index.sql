-- An index run of Waybill: finds the rows of traces and transactions in segments. Bulk-loaded in key order, never
-- written again. SQLite 3, page size 4096, `application_id` 0x57424958 ("WBIX"), `user_version` 1 (the format's).
-- Behind the last page, where SQLite does not look: one CRC-32 a page; then the number of pages (4 bytes), the CRC-32
-- of all before it (4 bytes), "WAYBLCRC". Little-endian.

-- One row. `store_id` is the store's 16 bytes.
CREATE TABLE meta (
    magic TEXT NOT NULL,
    version INTEGER NOT NULL,
    store_id BLOB NOT NULL,
    epoch INTEGER NOT NULL
);

-- The segments that the run covers.
CREATE TABLE segments (
    number INTEGER PRIMARY KEY
);

-- The kinds of transaction ids.
CREATE TABLE kinds (
    number INTEGER PRIMARY KEY,
    name TEXT NOT NULL
);

-- Where each trace is: rows `first_row`..<`first_row + row_count` of the segment, the first of them in block `block`
-- (counted among the segment's blocks of rows). `id` is the trace id's 16 bytes.
CREATE TABLE traces (
    id BLOB NOT NULL,
    segment INTEGER NOT NULL,
    block INTEGER NOT NULL,
    first_row INTEGER NOT NULL,
    row_count INTEGER NOT NULL,
    PRIMARY KEY (id, segment)
) WITHOUT ROWID;

-- The traces of each transaction. `value` is the normalised id: a lower-case UUID as a BLOB of its 16 bytes, anything
-- else as TEXT. `trace` is the trace id's 16 bytes; `rules_revision` is the newest rules' that found it.
CREATE TABLE transactions (
    value BLOB NOT NULL,
    kind INTEGER NOT NULL,
    trace BLOB NOT NULL,
    rules_revision INTEGER NOT NULL,
    PRIMARY KEY (value, kind, trace)
) WITHOUT ROWID;
