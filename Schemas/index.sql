-- An index run of Waybill: finds the rows of traces and transactions in segments, and lists what the segments have.
-- Laid down in key order, never written again.
--
-- SQLite 3, page size 4096, `application_id` 0x57424958 ("WBIX"), `user_version` 2 (the format's; version 1 is not read:
-- such a run is made again from its segments). Every table is one b-tree whose pages are full. SQLite has no checksums,
-- so they are behind the last page, where it does not look: one CRC-32 (IEEE) a page; then the number of pages (4 bytes),
-- the CRC-32 of all behind the last page so far (4 bytes), "WAYBLCRC". Little-endian.
--
-- Times are Unix nanoseconds. Times, segment numbers and the epoch are 64 bits without sign, stored as the signed number
-- of the same bits. Texts are UTF-8.

-- One row. `magic` is "WAYBLIDX", `version` the format's, `store_id` the store's 16 bytes; `traces` and
-- `transactions` are the rows of those tables. `listings_cut` is the sum of the listings that are not whole, because they
-- had more than 65,536 rows (the first in key order are kept) or rows of more than about 1000 bytes, too long for a page
-- (these are left out): 1 services, 2 operations, 4 attribute keys, 8 attribute values.
CREATE TABLE meta (
    magic TEXT PRIMARY KEY,
    version INTEGER NOT NULL,
    store_id BLOB NOT NULL,
    epoch INTEGER NOT NULL,
    traces INTEGER NOT NULL,
    transactions INTEGER NOT NULL,
    listings_cut INTEGER NOT NULL
) WITHOUT ROWID;

-- The segments that the run covers, by ascending number. Other tables name them by their ordinal, from 0.
CREATE TABLE segments (
    ordinal INTEGER PRIMARY KEY,
    number INTEGER NOT NULL
) WITHOUT ROWID;

-- The kinds of transaction ids, numbered from 0 in the order of their bytes.
CREATE TABLE kinds (
    number INTEGER PRIMARY KEY,
    name TEXT NOT NULL
) WITHOUT ROWID;

-- Where each trace is. `id` is the trace id's 16 bytes, `segment` an ordinal. `place` is three numbers: the first of its
-- rows, counted from the segment's first; how many rows; the block of the first one, counted among the segment's blocks
-- of rows. Each number has 1 to 5 bytes, big-endian; as many leading ones as the first byte has, so many bytes follow it:
-- 0xxxxxxx for 7 bits, 10xxxxxx and a byte for 14, 110xxxxx and two for 21, 1110xxxx and three for 28, 11110000 and four
-- for 32.
CREATE TABLE traces (
    id BLOB NOT NULL,
    segment INTEGER NOT NULL,
    place BLOB NOT NULL,
    PRIMARY KEY (id, segment, place)
) WITHOUT ROWID;

-- The traces of each transaction. `value` is the normalised id: a lower-case UUID as a BLOB of its 16 bytes, anything
-- else as TEXT. `trace` is the trace id's 16 bytes, `segment` the ordinal of one that has the trace, `rules_revision` the
-- newest rules' that found the id there.
CREATE TABLE transactions (
    value BLOB NOT NULL,
    kind INTEGER NOT NULL,
    trace BLOB NOT NULL,
    segment INTEGER NOT NULL,
    rules_revision INTEGER NOT NULL,
    PRIMARY KEY (value, kind, trace, segment)
) WITHOUT ROWID;

-- The services (`service.name`), with the start of their earliest and latest span. Segments that are gone may still be
-- counted in all four listings.
CREATE TABLE services (
    name TEXT PRIMARY KEY,
    earliest INTEGER NOT NULL,
    latest INTEGER NOT NULL
) WITHOUT ROWID;

-- The operations: spans' names and kinds, by service (empty where a span has none).
CREATE TABLE operations (
    service TEXT NOT NULL,
    name TEXT NOT NULL,
    kind INTEGER NOT NULL,
    earliest INTEGER NOT NULL,
    latest INTEGER NOT NULL,
    PRIMARY KEY (service, name, kind)
) WITHOUT ROWID;

-- The keys of attributes. `scope` is 1 for resources, 2 for scopes, 3 for spans, 4 for events, 5 for links. `type` is 0
-- for no value, 1 string, 2 bool, 3 int, 4 double, 5 bytes, 6 array, 7 map. `values_cut` is 1 where not all of its values
-- are listed: it had more than 256, of which the first in key order are, or so many in a segment that none is.
CREATE TABLE attribute_keys (
    scope INTEGER NOT NULL,
    key TEXT NOT NULL,
    type INTEGER NOT NULL,
    earliest INTEGER NOT NULL,
    latest INTEGER NOT NULL,
    values_cut INTEGER NOT NULL,
    PRIMARY KEY (scope, key, type)
) WITHOUT ROWID;

-- The values of keys that have few. A string is a TEXT, a bool 0 or 1, an int an INTEGER, a double a BLOB of its 8 bytes,
-- big-endian.
CREATE TABLE attribute_values (
    scope INTEGER NOT NULL,
    key TEXT NOT NULL,
    type INTEGER NOT NULL,
    value BLOB NOT NULL,
    earliest INTEGER NOT NULL,
    latest INTEGER NOT NULL,
    PRIMARY KEY (scope, key, type, value)
) WITHOUT ROWID;
