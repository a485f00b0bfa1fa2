/** Prints single functions and runs them on the real engine: the harness of the function tables. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Session } from 'chdb';
import { type IntervalValue, packInterval } from '../../src/query/interval-carrier.ts';
import { engineType, nullableEngineType } from '../../src/query/representation.ts';
import type {
  AggregateModifiers,
  BoundArgument,
  ConstantValue,
  PrintContext,
  PrintedArgument,
  WindowSpecification,
} from '../../src/query/sql/functions/definition.ts';
import { arrowTypeText } from '../../src/query/sql/functions/arrow-type.ts';
import { isOptional, opened, recarried } from '../../src/query/sql/functions/optional.ts';
import { lookupFunction } from '../../src/query/sql/functions/registry.ts';
import { BOOLEAN, DATE32, type DataType, FLOAT64, INT64, INTERVAL, UTF8 } from '../../src/query/types.ts';

/** 2024-02-29T12:34:56.123456789Z */
export const NOW_NS = 1_709_210_096_123_456_789n;

export type Argument = PrintedArgument;

const quote = (value: string): string => `'${value.replaceAll('\\', '\\\\').replaceAll("'", "\\'")}'`;
const typed = (sql: string, type: DataType): string => `CAST(${sql} AS ${nullableEngineType(type)})`;
const argument = (type: DataType, sql: string, constant?: ConstantValue): Argument => ({
  type,
  nullable: true,
  sql: typed(sql, type),
  ...(constant === undefined ? {} : { constant }),
});

export const int = (value: number | bigint | string, type: DataType = INT64): Argument =>
  argument(type, quote(String(value)), { kind: 'integer', value: BigInt(value) });
export const float = (value: number): Argument =>
  argument(FLOAT64, quote(String(value).replace('Infinity', 'inf').replace('NaN', 'nan')), {
    kind: 'float',
    value,
  });
export const text = (value: string): Argument => argument(UTF8, quote(value), { kind: 'string', value });
export const bool = (value: boolean): Argument =>
  argument(BOOLEAN, String(value), { kind: 'boolean', value });
export const nothing = (type: DataType): Argument => argument(type, 'NULL', { kind: 'null' });
export const date = (value: string): Argument => argument(DATE32, quote(value));
export const list = (item: DataType, sql: string): Argument => ({
  ...argument({ kind: 'list', item }, sql),
  nullable: false,
});
export const raw = (type: DataType, sql: string): Argument => ({ type, sql, nullable: false });
export const column = (type: DataType, sql: string, nullable = true): Argument => ({ type, sql, nullable });

/** An instant by its ISO text with up to nine digits, in a zone. */
export function time(iso: string, zone: string | null = null): Argument {
  const [whole, digits = ''] = iso.replace(/Z$/, '').split('.');
  const ns = BigInt(Date.parse(`${whole}Z`)) * 1_000_000n + BigInt(digits.padEnd(9, '0'));
  const type: DataType = { kind: 'timestamp', unit: 'nanosecond', zone };
  return argument(type, `fromUnixTimestamp64Nano(toInt64('${ns}'), 'UTC')`, { kind: 'timestamp', ns });
}
export function interval({ months = 0, days = 0, ns = 0n }: Partial<IntervalValue>): Argument {
  const value = { months, days, ns };
  return argument(INTERVAL, `toInt128('${packInterval(value)}')`, { kind: 'interval', ...value });
}

function context(resultType: DataType): PrintContext {
  let names = 0;
  return {
    nowNs: NOW_NS,
    resultType,
    fail(message): never {
      throw new Error(`Error during planning: ${message}`);
    },
    stringLiteral: quote,
    timestampLiteral: (ns) => `fromUnixTimestamp64Nano(toInt64('${ns}'), 'UTC')`,
    freshName: () => `n${names++}`,
  };
}

/** The binder's part in small: casts an argument to what the definition asks for. */
function cast(from: Argument, to: DataType | undefined): Argument {
  if (to === undefined) return from;
  const { constant, ...rest } = from;
  const kept =
    constant !== undefined && !(to.kind === 'float' && constant.kind === 'integer') ? { constant } : {};
  const number =
    constant?.kind === 'integer'
      ? { constant: { kind: 'float' as const, value: Number(constant.value) } }
      : {};
  const isDate = from.type.kind === 'date' && to.kind === 'timestamp';
  const sql = isDate
    ? `fromUnixTimestamp64Nano(toInt64(toInt32(${from.sql})) * 86400000000000, 'UTC')`
    : arrowTypeText(from.type) === arrowTypeText(to)
      ? recarried(from.sql, from.type, to)
      : typed(from.sql, to);
  return { ...rest, type: to, sql, ...(to.kind === 'float' ? { ...number, ...kept } : kept) };
}

export const NO_MODIFIERS: AggregateModifiers = {
  distinct: false,
  filterSql: null,
  orderBy: [],
  ignoreNulls: false,
};

export interface Printed {
  readonly type: DataType;
  readonly sql: string;
}

/** Binds and prints one call. */
export function printCall(
  name: string,
  args: readonly Argument[],
  options: {
    modifiers?: Partial<AggregateModifiers>;
    over?: WindowSpecification;
    /** Arguments as columns; `unknown` forgets their constants too. */
    materialize?: boolean;
    unknown?: boolean;
  } = {},
): Printed {
  const definition = lookupFunction(name);
  if (!definition) throw new Error(`no function ${name}`);
  const given = options.unknown ? args.map(({ constant: _forgotten, ...rest }) => rest) : args;
  const type = definition.type(given as readonly BoundArgument[], context(INT64));
  const targets = definition.coerce?.(given, context(type)) ?? [];
  const ready = given.map((value, index) => {
    const result = cast(value, targets[index]);
    return options.materialize ? { ...result, sql: `materialize(${result.sql})` } : result;
  });
  const print = context(type);
  switch (definition.kind) {
    case 'scalar':
      return { type, sql: definition.print(ready, print) };
    case 'aggregate':
      return {
        type,
        sql: definition.print(
          ready,
          { ...NO_MODIFIERS, ...options.modifiers, over: options.over ?? null },
          print,
        ),
      };
    case 'window':
      if (!options.over) throw new Error(`${name} needs a window`);
      return {
        type,
        sql: definition.print(ready, options.over, {
          ...print,
          ignoreNulls: options.modifiers?.ignoreNulls ?? false,
        }),
      };
  }
}

/** Undefined when the function takes constants only in some place. */
function printOrRefusal(name: string, args: readonly Argument[], unknown: boolean): Printed | undefined {
  try {
    return printCall(name, args, { materialize: true, unknown });
  } catch (error) {
    if (unknown && /must be a constant|only supports literal/.test(String(error))) return undefined;
    throw error;
  }
}

/** What is carried as a list of none or one is shown as a null or as the one. */
const shown = ({ type }: Printed): string =>
  isOptional(type) ? `if(empty(v), CAST(NULL AS Nullable(String)), toString(${opened('v')}))` : 'v';
const bare = ({ type }: Printed, value: string): string =>
  isOptional(type) ? value.replaceAll("\\'", "'") : value;

export class FunctionEngine {
  readonly #directory = mkdtempSync(join(tmpdir(), 'sluice-functions-'));
  readonly #session = new Session(this.#directory);

  /** TSV rows of a statement: nulls are `\N`. */
  async rows(sql: string): Promise<string[]> {
    const result = await this.#session.queryAsync(sql, { format: 'TSV' });
    const output = new TextDecoder().decode(result.bytes());
    return output === '' ? [] : output.replace(/\n$/, '').split('\n');
  }

  /** The value of a scalar call as text, from constants and from columns alike; the engine's type is checked. */
  async scalar(name: string, args: readonly Argument[]): Promise<string> {
    const constant = await this.#value(printCall(name, args));
    for (const unknown of [false, true]) {
      const printed = printOrRefusal(name, args, unknown);
      if (printed === undefined) continue;
      const computed = await this.#value(printed);
      if (constant !== computed && lookupFunction(name)?.kind === 'scalar') {
        throw new Error(`${name}: ${constant} from constants, ${computed} from columns`);
      }
    }
    return constant;
  }

  async #value(printed: Printed): Promise<string> {
    const [row] = await this.rows(
      `SELECT toTypeName(v), ${shown(printed)} FROM (SELECT ${printed.sql} AS v)`,
    );
    const [type, value] = row!.split('\t');
    checkType(printed.type, type!);
    return bare(printed, value!);
  }

  /** The values of a call over rows (`source` stands after FROM). */
  async over(printed: Printed, source: string): Promise<string[]> {
    const rows = await this.rows(
      `SELECT toTypeName(v), ${shown(printed)} FROM (SELECT ${printed.sql} AS v FROM ${source})`,
    );
    return rows.map((row) => {
      const [type, value] = row.split('\t');
      checkType(printed.type, type!);
      return bare(printed, value!);
    });
  }

  close(): void {
    this.#session.cleanup();
    rmSync(this.#directory, { recursive: true, force: true });
  }
}

function checkType(expected: DataType, actual: string): void {
  const plain = actual
    .replaceAll(/\\n\s*/g, '')
    .replaceAll("\\'", "'")
    .replaceAll(/\s+/g, '');
  const allowed = [engineType(expected), nullableEngineType(expected)].map((type) =>
    type.replaceAll(/[`\s]/g, ''),
  );
  if (expected.kind !== 'null' && !allowed.includes(plain)) {
    throw new Error(`engine type ${plain}, expected ${allowed.join(' or ')}`);
  }
}
