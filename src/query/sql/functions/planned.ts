/**
 * Calls that change the shape of a query: the planner takes them apart before any call is printed. They stand here
 * because the table of functions is the whole list; met as plain calls, they stand in the wrong place.
 */
import { INT32 } from '../../types.ts';
import { dateBinFunctions } from './date-bin.ts';
import type { FunctionDefinition, ScalarFunction, TypeContext } from './definition.ts';
import { checkParameters, firstType, plain } from './support.ts';

interface Row {
  readonly name: string;
  readonly signature: string;
  readonly doc: string;
  readonly family: string;
  readonly misplaced: string;
  readonly described: NonNullable<FunctionDefinition['described']>;
}

function planned({ misplaced, ...row }: Row): ScalarFunction {
  const refuse = (_args: unknown, context: TypeContext): never => context.fail(misplaced);
  return { kind: 'scalar', ...row, type: refuse, print: refuse };
}

const GAP_FILLING = 'Gap filling';

const bin = (name: string, like: string): ScalarFunction =>
  planned({
    name,
    described: dateBinFunctions.find((definition) => definition.name === like)!,
    family: GAP_FILLING,
    signature: `${name}(interval, time[, origin])`,
    doc: `As \`${like}\`, and bins without rows are there too, for each combination of the other GROUP BY values. WHERE must bound the time on both sides.`,
    misplaced: `${name} may only be used as a GROUP BY expression`,
  });

export const plannedFunctions: readonly ScalarFunction[] = [
  bin('date_bin_gapfill', 'date_bin'),
  bin('date_bin_wallclock_gapfill', 'date_bin_wallclock'),
  planned({
    name: 'locf',
    described: { type: (args) => plain(firstType(args)) },
    family: GAP_FILLING,
    signature: 'locf(aggregate)',
    doc: 'Fills nulls of a gap-filling query with the last value before that is not null.',
    misplaced: 'locf may only be used in the SELECT list of a gap-filling query',
  }),
  planned({
    name: 'interpolate',
    described: {
      type(args, context) {
        checkParameters('interpolate', { parameters: ['number'] }, args, context);
        return firstType(args);
      },
    },
    family: GAP_FILLING,
    signature: 'interpolate(aggregate)',
    doc: 'Fills nulls of a gap-filling query on the straight line between the values around them; none outside.',
    misplaced: 'interpolate may only be used in the SELECT list of a gap-filling query',
  }),
  planned({
    name: 'grouping',
    described: { type: () => INT32 },
    family: 'Aggregate',
    signature: 'grouping(key[, …])',
    doc: 'One bit for each key, 1 where the row is over all values of the key (GROUPING SETS, ROLLUP, CUBE). Int32.',
    misplaced: 'grouping needs keys of GROUP BY',
  }),
];
