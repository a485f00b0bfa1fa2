/** Statement text from typed parts: settings and parameters. Nothing here takes user text. */
import { EngineError, type EngineParameter, type StatementLimits } from '../engine.ts';
import { stringLiteral } from '../string-literal.ts';

export type Settings = Readonly<Record<string, string | number | boolean>>;

/** ` SETTINGS a = 1, b = 'x'`, or ''. */
export function settingsClause(settings: Settings): string {
  return Object.keys(settings).length === 0 ? '' : ` SETTINGS ${assignments(settings)}`;
}

/** `SET a = 1, b = 'x'`. */
export function setStatement(settings: Settings): string {
  return `SET ${assignments(settings)}`;
}

function assignments(settings: Settings): string {
  return Object.entries(settings)
    .map(([name, value]) => {
      if (!/^[a-z][a-z0-9_]*$/.test(name)) throw new TypeError(`not a setting: ${name}`);
      return `${name} = ${typeof value === 'string' ? stringLiteral(value) : Number(value)}`;
    })
    .join(', ');
}

/** For a statement that reads little: its time is mostly planning, and several threads make that longer. */
export const SMALL_SETTINGS: Settings = { max_threads: 1 };

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

/** For every session: our printers bound what they print, and a staged list of values may be long. */
export const SESSION_SETTINGS = setStatement({
  max_query_size: 64 * 2 ** 20,
  max_ast_elements: 2_000_000,
  max_expanded_ast_elements: 2_000_000,
});

/** Literals, quoted names and comments: the parts of a statement whose content is not syntax. */
const QUOTED =
  /'[^'\\]*(?:\\[\s\S][^'\\]*)*'|"[^"\\]*(?:\\[\s\S][^"\\]*)*"|`[^`\\]*(?:\\[\s\S][^`\\]*)*`|--[^\n]*|\/\*[\s\S]*?\*\//g;

/**
 * Refuses text that could be more than one statement. Our printers never write `;`, `#`, `$` or a stray
 * quote outside of literals, so this only fails for a bug in them, and then it must.
 */
export function checkSingleStatement(sql: string): void {
  // `readonly` lets a result go into a file of the server's.
  if (/[;#$'"`]|\binto\s+outfile\b/i.test(sql.replace(QUOTED, ' '))) {
    throw new EngineError('syntax', 'the statement is not one single statement of our own printing');
  }
}

/** Replaces `{name:Type}` by typed literals, never inside of a literal. */
export function bindParameters(sql: string, parameters: Readonly<Record<string, EngineParameter>>): string {
  const bind = (code: string) =>
    code.replace(/\{([a-z_][a-z0-9_]*):[^}]*\}/gi, (whole, name: string) => {
      const parameter = Object.hasOwn(parameters, name) ? parameters[name] : undefined;
      return parameter === undefined ? whole : literal(parameter);
    });
  let bound = '';
  let end = 0;
  for (const match of sql.matchAll(QUOTED)) {
    bound += bind(sql.slice(end, match.index)) + match[0];
    end = match.index + match[0].length;
  }
  return bound + bind(sql.slice(end));
}

function literal({ type, value }: EngineParameter): string {
  if (value === null) return `CAST(NULL AS Nullable(${type}))`;
  if (typeof value === 'string') return `CAST(${stringLiteral(value)} AS ${type})`;
  if (typeof value === 'bigint') return `CAST(${stringLiteral(String(value))} AS ${type})`;
  return `CAST(${String(value)} AS ${type})`;
}
