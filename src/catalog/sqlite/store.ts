/** The SQLite file: every statement that the catalog runs is printed here and nowhere else. */
import { DatabaseSync, type SQLInputValue, type SQLOutputValue, type StatementSync } from 'node:sqlite';
import type { TokenRecord } from '../../auth/token.ts';
import type { AuditRow } from '../audit.ts';
import type { TokenUsage } from '../catalog.ts';
import type { ColumnRecord, DatabaseRecord, RowDeleteRecord, TableRecord } from '../records.ts';
import type { PhysicalTable } from '../table-layout.ts';
import { migrations } from './migrations.ts';
import { type Row, rowDeleteToText, TOKEN_COLUMNS, tokenToRow } from './rows.ts';

export type CacheKind = 'last' | 'distinct';

export class Store {
  private readonly connection: DatabaseSync;
  private readonly prepared = new Map<string, StatementSync>();

  /** Opens or creates the file and brings it to the newest schema. */
  constructor(path: string) {
    this.connection = new DatabaseSync(path);
    this.connection.exec(
      'PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; PRAGMA foreign_keys = ON; PRAGMA busy_timeout = 5000',
    );
    this.migrate();
  }

  begin(): void {
    this.connection.exec('BEGIN IMMEDIATE');
  }

  /** Durable (fsynced) when it returns. */
  commit(): void {
    this.connection.exec('COMMIT');
  }

  rollback(): void {
    if (this.connection.isTransaction) this.connection.exec('ROLLBACK');
  }

  close(): void {
    this.prepared.clear();
    this.connection.close();
  }

  /** Rows of one of our tables, in the order given, without holding them all. */
  rows(table: string, order: string): Iterable<Row> {
    return this.prepare(`SELECT * FROM ${table} ORDER BY ${order}`).iterate() as Iterable<Row>;
  }

  /**
   * The next tokens by id, as rows of `TOKEN_COLUMNS`, and apart from them, end to end, each one's id (8 bytes, big
   * endian) and hash: a million in seconds. The id is there so that the reader can see that both fit together.
   */
  tokenChunk(afterId: number, limit: number): { readonly rows: SQLOutputValue[][]; readonly hashes: Buffer } {
    const from = 'FROM tokens WHERE id > ? ORDER BY id LIMIT ?';
    const plain = this.prepare(`SELECT ${TOKEN_COLUMNS.join(', ')} ${from}`);
    plain.setReturnArrays(true);
    const rows = plain.all(afterId, limit) as unknown as SQLOutputValue[][];
    const packed = this.prepare(
      `SELECT group_concat(printf('%016x', id) || hex(hash), '') AS hashes FROM (SELECT id, hash ${from})`,
    );
    const { hashes } = packed.get(afterId, limit) as { hashes: string | null };
    return { rows, hashes: Buffer.from(hashes ?? '', 'hex') };
  }

  auditRows(afterSeq: number, limit: number): Row[] {
    return this.prepare('SELECT * FROM audit WHERE seq > ? ORDER BY seq LIMIT ?').all(
      afterSeq,
      limit,
    ) as Row[];
  }

  deleteAudit(upToSeq: number): void {
    this.run('DELETE FROM audit WHERE seq <= ?', [upToSeq]);
  }

  lastAuditSeq(): number {
    const row = this.prepare('SELECT max(seq) AS seq FROM audit').get() as { seq: number | null };
    return row.seq ?? 0;
  }

  putMeta(name: string, value: string): void {
    this.run('INSERT INTO meta VALUES (?, ?) ON CONFLICT (name) DO UPDATE SET value = excluded.value', [
      name,
      value,
    ]);
  }

  insertDatabase(record: DatabaseRecord): void {
    this.run('INSERT INTO databases VALUES (?, ?, ?, ?, ?, ?, ?, ?)', [
      record.id,
      record.name,
      text(record.retentionNs),
      record.createdAtMs,
      record.deletedAtMs,
      record.hardDeleteAtMs,
      record.originalName,
      record.engineDatabase,
    ]);
  }

  updateDatabase(record: DatabaseRecord): void {
    this.run(
      'UPDATE databases SET name = ?, retention_ns = ?, deleted_at_ms = ?, hard_delete_at_ms = ?, original_name = ? WHERE id = ?',
      [
        record.name,
        text(record.retentionNs),
        record.deletedAtMs,
        record.hardDeleteAtMs,
        record.originalName,
        record.id,
      ],
    );
  }

  deleteDatabase(id: number): void {
    this.run('DELETE FROM databases WHERE id = ?', [id]);
  }

  insertTable(record: TableRecord): void {
    this.run('INSERT INTO tables VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)', [
      record.id,
      record.databaseId,
      record.name,
      text(record.retentionNs),
      record.deletedAtMs,
      record.hardDeleteAtMs,
      record.engineTable,
      record.version,
      record.dataId,
    ]);
    this.insertColumns(record.id, record.columns);
  }

  updateTable(record: TableRecord): void {
    this.run(
      'UPDATE tables SET name = ?, retention_ns = ?, deleted_at_ms = ?, hard_delete_at_ms = ?, engine_table = ?, version = ?, data_id = ? WHERE id = ?',
      [
        record.name,
        text(record.retentionNs),
        record.deletedAtMs,
        record.hardDeleteAtMs,
        record.engineTable,
        record.version,
        record.dataId,
        record.id,
      ],
    );
  }

  deleteTable(id: number): void {
    this.run('DELETE FROM tables WHERE id = ?', [id]);
  }

  insertColumns(tableId: number, columns: readonly ColumnRecord[]): void {
    for (const column of columns) {
      this.run('INSERT INTO columns VALUES (?, ?, ?, ?, ?)', [
        tableId,
        column.id,
        column.name,
        column.type,
        column.engineName,
      ]);
    }
  }

  insertCache(kind: CacheKind, cache: { readonly tableId: number; readonly name: string }): void {
    this.run('INSERT INTO caches VALUES (?, ?, ?, ?)', [
      cache.tableId,
      kind,
      cache.name,
      JSON.stringify(cache),
    ]);
  }

  deleteCache(kind: CacheKind, tableId: number, name: string): void {
    this.run('DELETE FROM caches WHERE table_id = ? AND kind = ? AND name = ?', [tableId, kind, name]);
  }

  putRowDelete(row: RowDeleteRecord): void {
    this.run(
      'INSERT INTO row_deletes VALUES (?, ?, ?) ON CONFLICT (sequence) DO UPDATE ' +
        'SET disposition = excluded.disposition, definition = excluded.definition',
      [row.sequence, row.disposition, rowDeleteToText(row)],
    );
  }

  deleteRowDelete(sequence: number): void {
    this.run('DELETE FROM row_deletes WHERE sequence = ?', [sequence]);
  }

  insertToken(token: TokenRecord): void {
    this.run(
      'INSERT INTO tokens VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)',
      tokenToRow(token),
    );
  }

  updateToken(token: TokenRecord): void {
    this.run(
      'UPDATE tokens SET name = ?2, hash = ?3, description = ?4, created_by = ?5, created_at_ms = ?6, updated_at_ms = ?7, updated_by = ?8, expiry_ms = ?9, permissions = ?10, origin = ?11, limits = ?12, allowed_cidrs = ?13, derive = ?14, parent_id = ?15, previous_hash = ?16, previous_expires_at_ms = ?17 WHERE id = ?1',
      tokenToRow(token),
    );
  }

  /** Whether another token than `exceptId` answers, or answered before a rotation, to one of the hashes. */
  hasTokenHash(hashes: readonly Buffer[], exceptId: number): boolean {
    // Asked of the indexes and not of a map: a million hashes would cost 130 MB and a second of every start.
    const statement = this.prepare(
      'SELECT 1 FROM tokens WHERE hash = ?1 AND id <> ?2 UNION ALL SELECT 1 FROM tokens WHERE previous_hash = ?1 AND id <> ?2 LIMIT 1',
    );
    return hashes.some((hash) => statement.get(hash, exceptId) !== undefined);
  }

  /** Names are looked up here, too: they are asked for when tokens are managed, never when they are used. */
  tokenIdByName(name: string): number | undefined {
    const row = this.prepare('SELECT id FROM tokens WHERE name = ?').get(name);
    return row?.id as number | undefined;
  }

  deleteToken(id: number): void {
    this.run('DELETE FROM tokens WHERE id = ?', [id]);
  }

  putUsage(usage: TokenUsage): void {
    this.run(
      'INSERT INTO token_usage VALUES (?, ?, ?, ?, ?) ON CONFLICT (token_id) DO UPDATE SET last_used_at_ms = excluded.last_used_at_ms, last_used_from = excluded.last_used_from, last_used_by = excluded.last_used_by, use_count = excluded.use_count',
      [usage.tokenId, usage.lastUsedAtMs, usage.lastUsedFrom, usage.lastUsedBy, usage.useCount],
    );
  }

  insertAudit(row: AuditRow): void {
    this.run('INSERT INTO audit VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)', [
      row.seq,
      row.timeMs,
      row.requestId,
      row.tokenId,
      row.tokenName,
      row.client,
      row.action,
      row.resource,
      row.decision,
      row.rule,
      row.status,
      row.detail,
      row.prevHash,
      row.hash,
    ]);
  }

  /** What the engine still has to drop; an empty table name stands for the whole database. */
  insertRemoval(table: PhysicalTable): void {
    this.run('INSERT INTO engine_removals VALUES (?, ?) ON CONFLICT DO NOTHING', [
      table.engineDatabase,
      table.engineTable,
    ]);
  }

  deleteRemoval(table: PhysicalTable): void {
    this.run('DELETE FROM engine_removals WHERE engine_database = ? AND engine_table = ?', [
      table.engineDatabase,
      table.engineTable,
    ]);
  }

  private run(sql: string, values: readonly SQLInputValue[]): void {
    this.prepare(sql).run(...values);
  }

  private prepare(sql: string): StatementSync {
    let statement = this.prepared.get(sql);
    if (statement === undefined) {
      statement = this.connection.prepare(sql);
      this.prepared.set(sql, statement);
    }
    return statement;
  }

  private migrate(): void {
    const row = this.connection.prepare('PRAGMA user_version').get() as { user_version: number };
    for (let version = row.user_version; version < migrations.length; version++) {
      this.connection.exec(
        `BEGIN IMMEDIATE; ${migrations[version]}; PRAGMA user_version = ${version + 1}; COMMIT`,
      );
    }
  }
}

function text(value: bigint | null): string | null {
  return value === null ? null : value.toString();
}
