/**
 * Tables of the reference about things that do not exist here: the engine keeps no Parquet files, and there is
 * no processing engine. They are there, without rows, because clients list them.
 */
import { TIMESTAMP_NS } from '../../types.ts';
import { BOOLEAN, emptyTable, INT64, UINT8, UINT64, UTF8 } from '../virtual-table.ts';

export const parquetFiles = emptyTable('parquet_files', {
  table_name: UTF8,
  path: UTF8,
  size_bytes: UINT64,
  row_count: UINT64,
  min_time: INT64,
  max_time: INT64,
});
export const processingEngineTriggers = emptyTable('processing_engine_triggers', {
  trigger_name: UTF8,
  plugin_filename: UTF8,
  trigger_specification: UTF8,
  disabled: BOOLEAN,
  error_behavior: UTF8,
});
export const processingEngineTriggerArguments = emptyTable('processing_engine_trigger_arguments', {
  trigger_name: UTF8,
  argument_key: UTF8,
  argument_value: UTF8,
});
export const processingEngineLogs = emptyTable('processing_engine_logs', {
  time: TIMESTAMP_NS,
  trigger_name: UTF8,
  log_level: UTF8,
  log_text: UTF8,
  // Its name before 3.11.
  event_time: TIMESTAMP_NS,
});
export const pluginFiles = emptyTable('plugin_files', {
  plugin_name: UTF8,
  file_name: UTF8,
  file_path: UTF8,
  size_bytes: INT64,
  last_modified: INT64,
});
/** The engine has no generations of files. */
export const generationDurations = emptyTable('generation_durations', {
  level: UINT8,
  duration_seconds: UINT64,
});
