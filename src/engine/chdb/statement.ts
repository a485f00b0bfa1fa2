/** Statement text from typed parts: settings and parameters. Nothing here takes user text. */
import type { EngineParameter, StatementLimits } from '../engine.ts';

/** Quotes a value as a ClickHouse string literal. */
export function stringLiteral(text: string): string {
  return `'${text.replace(/\\/g, '\\\\').replace(/'/g, "\\'").replaceAll('\u0000', '\\0')}'`;
}

/** `SETTINGS a = 1, b = 'x'`, or ''. */
export function settingsClause(settings: Readonly<Record<string, string | number | boolean>>): string {
  const parts = Object.entries(settings).map(([name, value]) => {
    if (!/^[a-z][a-z0-9_]*$/.test(name)) throw new TypeError(`not a setting: ${name}`);
    return `${name} = ${typeof value === 'string' ? stringLiteral(value) : Number(value)}`;
  });
  return parts.length === 0 ? '' : ` SETTINGS ${parts.join(', ')}`;
}

export function limitSettings(limits: StatementLimits): Record<string, number | string> {
  return {
    ...(limits.timeMs === undefined ? {} : { max_execution_time: limits.timeMs / 1000 }),
    ...(limits.memoryBytes === undefined ? {} : { max_memory_usage: limits.memoryBytes }),
    ...(limits.threads === undefined ? {} : { max_threads: limits.threads }),
    ...(limits.resultRows === undefined
      ? {}
      : { max_result_rows: limits.resultRows, result_overflow_mode: 'throw' }),
    ...(limits.blockRows === undefined ? {} : { max_block_size: limits.blockRows }),
  };
}

/** Replaces `{name:Type}` by typed literals, in statements of our own printing. */
export function bindParameters(sql: string, parameters: Readonly<Record<string, EngineParameter>>): string {
  return sql.replace(/\{([a-z_][a-z0-9_]*):[^}]*\}/gi, (whole, name: string) => {
    const parameter = parameters[name];
    return parameter === undefined ? whole : literal(parameter);
  });
}

function literal({ type, value }: EngineParameter): string {
  if (value === null) return `CAST(NULL AS Nullable(${type}))`;
  if (typeof value === 'string') return `CAST(${stringLiteral(value)} AS ${type})`;
  if (typeof value === 'bigint') return `CAST(${stringLiteral(String(value))} AS ${type})`;
  return `CAST(${String(value)} AS ${type})`;
}
