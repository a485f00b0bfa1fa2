/**
 * The store's tables, as numbered steps that are never edited once released. The SQL keeps to what PostgreSQL
 * reads too; `INTEGER` columns hold up to 64 bits, nanosecond periods are text because they pass 2^53.
 */
export const migrations: readonly string[] = [
  `
  CREATE TABLE meta (name TEXT PRIMARY KEY, value TEXT NOT NULL);
  CREATE TABLE databases (
    id INTEGER PRIMARY KEY,
    name TEXT NOT NULL UNIQUE,
    retention_ns TEXT,
    created_at_ms INTEGER NOT NULL,
    deleted_at_ms INTEGER,
    hard_delete_at_ms INTEGER,
    original_name TEXT NOT NULL,
    engine_database TEXT NOT NULL UNIQUE
  );
  CREATE TABLE tables (
    id INTEGER PRIMARY KEY,
    database_id INTEGER NOT NULL REFERENCES databases (id) ON DELETE CASCADE,
    name TEXT NOT NULL,
    retention_ns TEXT,
    deleted_at_ms INTEGER,
    hard_delete_at_ms INTEGER,
    engine_table TEXT NOT NULL,
    version INTEGER NOT NULL,
    UNIQUE (database_id, name)
  );
  CREATE TABLE columns (
    table_id INTEGER NOT NULL REFERENCES tables (id) ON DELETE CASCADE,
    id INTEGER NOT NULL,
    name TEXT NOT NULL,
    type TEXT NOT NULL,
    engine_name TEXT NOT NULL,
    PRIMARY KEY (table_id, id),
    UNIQUE (table_id, name)
  );
  CREATE TABLE caches (
    table_id INTEGER NOT NULL REFERENCES tables (id) ON DELETE CASCADE,
    kind TEXT NOT NULL,
    name TEXT NOT NULL,
    definition TEXT NOT NULL,
    PRIMARY KEY (table_id, kind, name)
  );
  CREATE TABLE tokens (
    id INTEGER PRIMARY KEY,
    name TEXT NOT NULL UNIQUE,
    hash BLOB NOT NULL UNIQUE,
    description TEXT,
    created_by INTEGER,
    created_at_ms INTEGER NOT NULL,
    updated_at_ms INTEGER,
    updated_by INTEGER,
    expiry_ms INTEGER,
    permissions TEXT NOT NULL,
    origin TEXT NOT NULL,
    limits TEXT,
    allowed_cidrs TEXT,
    derive INTEGER NOT NULL,
    parent_id INTEGER,
    previous_hash BLOB,
    previous_expires_at_ms INTEGER
  );
  CREATE TABLE token_usage (
    token_id INTEGER PRIMARY KEY REFERENCES tokens (id) ON DELETE CASCADE,
    last_used_at_ms INTEGER NOT NULL,
    last_used_from TEXT,
    last_used_by TEXT,
    use_count INTEGER NOT NULL
  );
  CREATE TABLE audit (
    seq INTEGER PRIMARY KEY,
    time_ms INTEGER NOT NULL,
    request_id TEXT NOT NULL,
    token_id INTEGER,
    token_name TEXT,
    client TEXT,
    action TEXT NOT NULL,
    resource TEXT NOT NULL,
    decision TEXT NOT NULL,
    rule TEXT,
    status INTEGER,
    detail TEXT,
    prev_hash TEXT NOT NULL,
    hash TEXT NOT NULL
  );
  CREATE TABLE engine_removals (
    engine_database TEXT NOT NULL,
    engine_table TEXT NOT NULL,
    PRIMARY KEY (engine_database, engine_table)
  );
  `,
  // Clearing a table gives it new contents under a new number.
  `
  ALTER TABLE tables ADD COLUMN data_id INTEGER NOT NULL DEFAULT 0;
  UPDATE tables SET data_id = id;
  `,
  // A string that was rotated away stays its token's: new ones are looked for among these too.
  `
  CREATE INDEX tokens_previous_hash ON tokens (previous_hash) WHERE previous_hash IS NOT NULL;
  `,
  // Requests to delete rows outlive what they were about: they are a record, too.
  `
  CREATE TABLE row_deletes (
    sequence INTEGER PRIMARY KEY,
    disposition TEXT NOT NULL,
    definition TEXT NOT NULL
  );
  `,
];
