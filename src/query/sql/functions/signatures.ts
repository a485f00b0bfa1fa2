/**
 * What types a function takes and gives, for `SHOW FUNCTIONS`: asked of its own type rule with arguments of every
 * sort, so that no second list can differ from what a call does.
 */
import {
  BINARY,
  BOOLEAN,
  type DataType,
  DATE32,
  DURATION_NS,
  FLOAT64,
  INT64,
  INTERVAL,
  NULL_TYPE,
  TIMESTAMP_NS,
  UINT64,
  UTF8,
} from '../../types.ts';
import { arrowTypeText } from './arrow-type.ts';
import type { BoundArgument, ConstantValue, FunctionDefinition, TypeContext } from './definition.ts';

/** The types of one way to call a function, in Arrow's words; `Any` where every type will do. */
export interface FunctionSignature {
  readonly parameters: readonly {
    readonly name: string;
    readonly type: string;
    readonly variadic: boolean;
  }[];
  /** Null where only the query around the call tells. */
  readonly result: string | null;
}

const ANY = 'Any';

/** What numbers, and instants in all their forms, have. */
const FEW_TYPES = 6;

/** About all combinations of three arguments. */
const MAXIMUM_TRIES = 4096;

/** One type of each sort. A constant stands for those that have to be known when a statement is planned. */
const SAMPLES: readonly BoundArgument[] = [
  sample(INT64, { kind: 'integer', value: 1n }),
  sample(UINT64),
  sample(FLOAT64, { kind: 'float', value: 0.5 }),
  sample({ kind: 'decimal', bits: 128, precision: 10, scale: 2 }),
  ...['day', 'sha256', 'hex'].map((value) => sample(UTF8, { kind: 'string', value })),
  sample(BINARY),
  sample(BOOLEAN),
  sample(DATE32),
  sample(TIMESTAMP_NS),
  sample(INTERVAL, { kind: 'interval', months: 0, days: 0, ns: 1_000_000_000n }),
  sample(DURATION_NS),
  sample({ kind: 'list', item: INT64 }),
  sample({ kind: 'struct', fields: [{ name: 'day', type: INT64 }] }),
  sample({ kind: 'map', key: UTF8, value: INT64 }),
];

function sample(type: DataType, constant?: ConstantValue): BoundArgument {
  return { type, nullable: true, ...(constant === undefined ? {} : { constant }) };
}

const NOTHING: BoundArgument = sample(NULL_TYPE, { kind: 'null' });

const REFUSED = new Error('the arguments do not fit');
const context: TypeContext = {
  nowNs: 0n,
  fail: () => {
    throw REFUSED;
  },
};

/** The ways to call a function, the ones with fewer arguments first; at least one. */
export function signaturesOf(definition: FunctionDefinition): readonly FunctionSignature[] {
  const parameters = parametersOf(definition.signature);
  const optional = parameters.filter((parameter) => parameter.optional);
  const found = new Map<string, FunctionSignature>();
  for (let given = 0; given <= optional.length; given++) {
    const names = parameters.filter(
      (parameter) => !parameter.optional || optional.indexOf(parameter) < given,
    );
    for (const { types, result } of waysToCall(definition, names.length)) {
      const row = names.map(({ name, variadic }, index) => ({ name, variadic, type: types[index]! }));
      found.set(JSON.stringify([row, result]), { parameters: row, result });
    }
  }
  if (found.size > 0) return [...found.values()];
  return [
    { parameters: parameters.map(({ name, variadic }) => ({ name, variadic, type: ANY })), result: null },
  ];
}

interface Way {
  readonly types: readonly string[];
  readonly result: string;
}

function waysToCall(definition: FunctionDefinition, count: number): Way[] {
  const rule = definition.described ?? definition;
  const way = (args: readonly BoundArgument[]): Way | undefined => {
    try {
      const result = arrowTypeText(rule.type(args, context));
      const coerced = rule.coerce?.(args, context) ?? [];
      return { types: args.map(({ type }, index) => arrowTypeText(coerced[index] ?? type)), result };
    } catch (error) {
      if (error === REFUSED) return undefined;
      throw error;
    }
  };
  const positions = Array.from({ length: count }, (_, index) => index);
  const base = firstOf(
    product(positions.map(() => [NOTHING, ...SAMPLES])),
    (args) => way(args) !== undefined,
  );
  if (base === undefined) return [];
  const isAny = new Set<number>();
  const isFree = new Set<number>();
  const choices = positions.map((position) => {
    const found = SAMPLES.map((argument) => ({ argument, way: way(base.with(position, argument)) }));
    const accepted = found.filter((one) => one.way !== undefined);
    const distinct = new Map<string, BoundArgument>();
    for (const one of accepted.toReversed())
      distinct.set(`${one.way!.types[position]} ${one.way!.result}`, one.argument);
    const results = new Set(accepted.map((one) => one.way!.result));
    if (accepted.length === SAMPLES.length && results.size === 1 && distinct.size > 1) {
      isAny.add(position);
      return [SAMPLES[0]!];
    }
    if (distinct.size > FEW_TYPES) isFree.add(position);
    return [...distinct.values()].reverse();
  });
  const ways: Way[] = [];
  for (const args of product(choices)) {
    // Where several arguments may be of many types, one row for each type says as much as one for each pair.
    if (new Set([...isFree].map((position) => args[position])).size > 1) continue;
    const found = way(args);
    if (found === undefined) continue;
    ways.push({ ...found, types: found.types.map((type, position) => (isAny.has(position) ? ANY : type)) });
  }
  return ways;
}

function* product<T>(choices: readonly (readonly T[])[]): Generator<T[]> {
  const [first, ...others] = choices;
  if (first === undefined) yield [];
  else for (const head of first) for (const tail of product(others)) yield [head, ...tail];
}

/** The first one of a limited number that passes. */
function firstOf<T>(values: Iterator<T>, test: (value: T) => boolean): T | undefined {
  for (let asked = 0; asked < MAXIMUM_TRIES; asked++) {
    const { value, done } = values.next();
    if (done === true) return undefined;
    if (test(value)) return value;
  }
  return undefined;
}

interface Parameter {
  name: string;
  readonly optional: boolean;
  /** More of its kind may follow. */
  variadic: boolean;
}

/** `date_bin(interval, time[, origin])` has `interval`, `time` and, in brackets, `origin`. */
function parametersOf(signature: string): Parameter[] {
  const inside = /\((.*?)\)(?: WITHIN GROUP \(ORDER BY (.*)\))?$/s.exec(signature.split(' or ')[0]!);
  const text = (inside?.[1] ?? '')
    .replace(/\[DISTINCT\] | ?\[ORDER BY …\]/g, '')
    .replace('* | ', '')
    .replace(/ (\[?)(?:PLACING|FROM|FOR) /g, '$1, ');
  // The value that is ordered is the first argument of the call.
  const parameters: Parameter[] = inside?.[2] === undefined ? [] : [parameter(inside[2], 0)];
  let depth = 0;
  for (const part of text.match(/[[\],]|[^[\],]+/g) ?? []) {
    if (part === '[') depth++;
    else if (part === ']') depth--;
    else if (part.trim() === '…') parameters.at(-1)!.variadic = true;
    else if (part !== ',' && part.trim() !== '') parameters.push(parameter(part, depth));
  }
  return parameters;
}

const parameter = (text: string, depth: number): Parameter => ({
  name: text.replaceAll("'", '').trim(),
  optional: depth > 0,
  variadic: false,
});
