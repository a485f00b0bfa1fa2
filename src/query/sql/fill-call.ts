/** The calls that only mean something in a gap-filling query: `gap-fill.ts` takes them apart. */
import { callFunction } from './call-function.ts';
import type { Environment } from './environment.ts';
import type { Expression } from './expression.ts';
import { arrowTypeText } from './functions/arrow-type.ts';
import { isNumber } from './functions/support.ts';
import { errors, type Position, where } from './sql-errors.ts';

const BINS: Readonly<Record<string, string>> = {
  date_bin_gapfill: 'date_bin',
  date_bin_wallclock_gapfill: 'date_bin_wallclock',
};

export const isFillFunction = (name: string): boolean =>
  Object.hasOwn(BINS, name) || name === 'locf' || name === 'interpolate';

export function fillCall(
  name: string,
  args: readonly Expression[],
  environment: Environment,
  place: Position | undefined,
): Expression {
  if (name === 'locf' || name === 'interpolate') {
    const [value] = args;
    if (args.length !== 1 || value === undefined)
      throw errors.planning(`${name} takes one argument, got ${args.length}${where(place)}`);
    if (name === 'interpolate' && !isNumber(value.type) && value.type.kind !== 'struct')
      throw errors.planning(
        `interpolate needs a number or a selector, not ${arrowTypeText(value.type)}${where(place)}`,
      );
    return {
      kind: 'fill',
      type: value.type,
      nullable: true,
      name: `${name}(${value.name})`,
      children: [value],
      fill: { kind: name },
      render: ([sql]) => sql!,
    };
  }
  const bin = callFunction(BINS[name]!, args, environment);
  return {
    ...bin,
    kind: 'fill',
    name: `${name}(${args.map((arg) => arg.name).join(',')})`,
    fill: {
      kind: 'bin',
      wallclock: name === 'date_bin_wallclock_gapfill',
      stride: bin.children[0]!,
      time: bin.children[1]!,
      origin: bin.children[2],
    },
  };
}
