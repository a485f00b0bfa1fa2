/** The selectors: an aggregate that returns one whole row as a struct `value`, `time`, `other_1`, … */
import { engineType, nullableEngineType } from '../../representation.ts';
import { type DataType, INT64, type StructField } from '../../types.ts';
import { engineCall } from './aggregate-call.ts';
import { arrowTypeText } from './arrow-type.ts';
import type { AggregateFunction, BoundArgument, PrintedArgument } from './definition.ts';
import { isNested } from './support.ts';

/** Engine aggregate and sort key of each selector. Ties of min and max go to the earliest time. */
const SELECTORS = {
  selector_first: { engine: 'argMin', key: (_value: string, time: string) => time },
  selector_last: { engine: 'argMax', key: (_value: string, time: string) => time },
  selector_min: { engine: 'argMin', key: (value: string, time: string) => `tuple(${value}, ${time})` },
  selector_max: { engine: 'argMax', key: (value: string, time: string) => `tuple(${value}, -${time})` },
} as const;

/** A bare null counts as Int64. */
const valueType = (argument: BoundArgument): DataType =>
  argument.type.kind === 'null' ? INT64 : argument.type;

function selector(name: keyof typeof SELECTORS, doc: string): AggregateFunction {
  const { engine, key } = SELECTORS[name];
  return {
    kind: 'aggregate',
    name,
    family: 'Selector',
    signature: `${name}(value, time[, other, …])`,
    doc: `${doc} A struct with the fields \`value\`, \`time\`, \`other_1\` …; all null over nothing.`,
    type(args, context): DataType {
      if (args.length < 2) {
        context.fail(`${name} requires at least 2 arguments, got ${args.length}`);
      }
      const [value, time, ...others] = args.map(valueType);
      if (time!.kind !== 'timestamp') {
        context.fail(`${name} second argument must be a timestamp, but got ${arrowTypeText(time!)}`);
      }
      const fields: StructField[] = [
        { name: 'value', type: value! },
        { name: 'time', type: time! },
        ...others.map((type, index) => ({ name: `other_${index + 1}`, type })),
      ];
      return { kind: 'struct', fields };
    },
    coerce: (args) => args.map((argument) => (argument.type.kind === 'null' ? INT64 : undefined)),
    print(args, modifiers, context) {
      const [value, time] = args as [PrintedArgument, PrintedArgument];
      const row = args.map((argument) =>
        isNested(argument.type)
          ? argument.sql
          : `CAST(${argument.sql} AS ${nullableEngineType(argument.type)})`,
      );
      // Keys must not be nullable: a nullable key would make the engine's result nullable as a whole.
      const valueKey = isNested(value.type) ? value.sql : `assumeNotNull(${row[0]})`;
      const timeKey = `toUnixTimestamp64Nano(assumeNotNull(${time.sql}))`;
      const present = [value, time]
        .filter((argument) => argument.nullable && !isNested(argument.type))
        .map((argument) => `isNotNull(${argument.sql})`);
      const call = engineCall(
        {
          name: engine,
          args: [`tuple(${row.join(', ')})`, key(valueKey, timeKey)],
          ignoreDistinct: true,
          ...(present.length > 0 ? { condition: present.join(' AND ') } : {}),
        },
        modifiers,
      );
      return `CAST(${call} AS ${engineType(context.resultType)})`;
    },
    printField(field, args, modifiers) {
      if (name !== 'selector_first' && name !== 'selector_last') return undefined;
      const [value, time] = args as [PrintedArgument, PrintedArgument];
      if (isNested(value.type) || (field !== 'value' && field !== 'time')) return undefined;
      const present = [value, time]
        .filter((argument) => argument.nullable)
        .map((argument) => `isNotNull(${argument.sql})`);
      const options = {
        orNull: true,
        ignoreDistinct: true,
        ...(present.length > 0 ? { condition: present.join(' AND ') } : {}),
      };
      if (field === 'time')
        return engineCall(
          { name: name === 'selector_first' ? 'min' : 'max', args: [time.sql], ...options },
          modifiers,
        );
      const call = engineCall({ name: engine, args: [value.sql, time.sql], ...options }, modifiers);
      return value.type.kind === 'dictionary' ? `CAST(${call} AS Nullable(String))` : call;
    },
  };
}

export const selectorFunctions: readonly AggregateFunction[] = [
  selector('selector_first', 'The row with the earliest time.'),
  selector('selector_last', 'The row with the latest time.'),
  selector('selector_min', 'The row with the smallest value, the earliest of them.'),
  selector('selector_max', 'The row with the largest value, the earliest of them.'),
];
