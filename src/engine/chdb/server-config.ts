/** The engine's own configuration: what no `SET` can say, because it is read before the first statement. */
import { writeFileSync } from 'node:fs';
import { availableParallelism, totalmem } from 'node:os';
import { join } from 'node:path';

/** Part of the machine's memory that the engine may take, so that the log, the buffers and the server keep theirs. */
const MEMORY_SHARE = 0.7;

/** Of the tags' indexes, which every narrow query looks at: else it would read and inflate them each time. */
const INDEX_CACHE_BYTES = 128 * 1024 * 1024;

/** Of the disk, that no insert and no merge may count on: what others take meanwhile breaks them (`write-proof.ts`). */
const KEPT_FREE_BYTES = 32 * 1024 * 1024;

/** Longest statement: our printed SQL is longer than the text that a caller may send (the engine's default is 256 KiB). */
const STATEMENT_BYTES = 32 * 1024 * 1024;

/**
 * Writes `engine.xml` into `directory` and answers the arguments that EVERY session needs.
 *
 * The fsync settings make what is inserted or merged survive a crash of the machine: a part's files and its
 * directory are flushed before it counts. A merge that the disk takes only at first (a disk behind a network, or one
 * that promises more than it has) fails then, too. They exist per table only, so this makes them the default.
 * What was merged stays beside the merged part until it is known that the disk took that one (`write-proof.ts`), and
 * then goes soon: the engine would look every five minutes only.
 * One large part that a full disk broke must not keep the server from starting: it is put aside, whatever its size.
 * Statistics per column, which cost a twentieth of every insert, serve the order of joins only.
 */
export function writeServerConfig(directory: string): string[] {
  const path = join(directory, 'engine.xml');
  const memoryBytes = Math.floor((process.constrainedMemory() || totalmem()) * MEMORY_SHARE);
  const backgroundThreads = Math.max(2, availableParallelism());
  // With a small pool the defaults of these two exceed it, and the engine would refuse or starve mutations.
  const freeEntries = backgroundThreads;
  writeFileSync(
    path,
    `<clickhouse>
  <logger><level>none</level></logger>
  <max_server_memory_usage>${Math.min(memoryBytes, totalmem() * MEMORY_SHARE).toFixed(0)}</max_server_memory_usage>
  <storage_configuration><disks><default><keep_free_space_bytes>${KEPT_FREE_BYTES}</keep_free_space_bytes></default></disks></storage_configuration>
  <database_atomic_delay_before_drop_table_sec>1</database_atomic_delay_before_drop_table_sec>
  <index_uncompressed_cache_size>${INDEX_CACHE_BYTES}</index_uncompressed_cache_size>
  <background_pool_size>${backgroundThreads}</background_pool_size>
  <merge_tree>
    <fsync_after_insert>1</fsync_after_insert>
    <fsync_part_directory>1</fsync_part_directory>
    <min_rows_to_fsync_after_merge>1</min_rows_to_fsync_after_merge>
    <old_parts_lifetime>120</old_parts_lifetime>
    <max_cleanup_delay_period>30</max_cleanup_delay_period>
    <max_suspicious_broken_parts_bytes>${Number.MAX_SAFE_INTEGER}</max_suspicious_broken_parts_bytes>
    <auto_statistics_types></auto_statistics_types>
    <number_of_free_entries_in_pool_to_execute_mutation>${freeEntries}</number_of_free_entries_in_pool_to_execute_mutation>
    <number_of_free_entries_in_pool_to_execute_optimize_entire_partition>${freeEntries}</number_of_free_entries_in_pool_to_execute_optimize_entire_partition>
    <number_of_free_entries_in_pool_to_lower_max_size_of_merge>${Math.max(1, freeEntries / 2).toFixed(0)}</number_of_free_entries_in_pool_to_lower_max_size_of_merge>
  </merge_tree>
</clickhouse>
`,
    { mode: 0o600 },
  );
  return [`--config-file=${path}`, `--max_query_size=${STATEMENT_BYTES}`];
}
