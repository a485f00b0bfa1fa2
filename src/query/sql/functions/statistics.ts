/** Statistical aggregates. The numerically stable engine variants: large values with small spread stay right. */
import { FLOAT64, UINT64 } from '../../types.ts';
import { aggregate } from './aggregate.ts';
import { engineCall } from './aggregate-call.ts';
import type { AggregateFunction } from './definition.ts';
import { noMatch } from './support.ts';

const FAMILY = 'Statistics';

/** Spread of one variable; a sample needs two values. */
function spread(
  name: string,
  aliases: readonly string[],
  engineName: string,
  doc: string,
  minimum: 1 | 2,
): AggregateFunction {
  return aggregate({
    name,
    aliases,
    family: FAMILY,
    signature: `${name}(number)`,
    doc,
    parameters: ['float'],
    result: FLOAT64,
    print([x], modifiers) {
      const value = engineCall({ name: engineName, args: [x!.sql], orNull: true }, modifiers);
      const n = engineCall({ name: 'count', args: [x!.sql] }, modifiers);
      return minimum === 1 ? value : `if(${n} < 2, NULL, ${value})`;
    },
  });
}

/** Calls of two variables see only the rows where both are there. */
function paired(
  name: string,
  aliases: readonly string[],
  signature: string,
  doc: string,
  print: (call: (engineName: string, ...args: string[]) => string, y: string, x: string) => string,
): AggregateFunction {
  return aggregate({
    name,
    aliases,
    family: FAMILY,
    signature,
    doc,
    parameters: ['float', 'float'],
    result: FLOAT64,
    print(args, modifiers, context) {
      if (modifiers.distinct) context.fail(`${name} takes no DISTINCT`);
      const condition = args.map((argument) => `isNotNull(${argument.sql})`).join(' AND ');
      const call = (engineName: string, ...engineArgs: string[]): string =>
        engineCall(
          { name: engineName, args: engineArgs, condition, orNull: engineName !== 'count' },
          modifiers,
        );
      return print(call, args[0]!.sql, args[1]!.sql);
    },
  });
}

const regression = (
  name: string,
  doc: string,
  print: (call: (engineName: string, ...args: string[]) => string, y: string, x: string) => string,
): AggregateFunction => paired(name, [], `${name}(y, x)`, doc, print);

type Call = (engineName: string, ...args: string[]) => string;
const n = (call: Call): string => call('count');
const sxx = (call: Call, x: string): string => `(${n(call)} * ${call('varPopStable', x)})`;
const sxy = (call: Call, y: string, x: string): string => `(${n(call)} * ${call('covarPopStable', y, x)})`;
const slope = (call: Call, y: string, x: string): string =>
  `if(${n(call)} < 2 OR ${call('varPopStable', x)} = 0, NULL, ${call('covarPopStable', y, x)} / ${call('varPopStable', x)})`;

export const statisticalAggregates: readonly AggregateFunction[] = [
  spread(
    'stddev',
    ['stddev_samp'],
    'stddevSampStable',
    'The sample standard deviation; null below two values.',
    2,
  ),
  spread('stddev_pop', [], 'stddevPopStable', 'The population standard deviation.', 1),
  spread(
    'var',
    ['var_samp', 'var_sample'],
    'varSampStable',
    'The sample variance; null below two values.',
    2,
  ),
  spread('var_pop', ['var_population'], 'varPopStable', 'The population variance.', 1),
  paired(
    'corr',
    [],
    'corr(y, x)',
    'The correlation coefficient; null below two pairs, and where all x or all y are the same.',
    (call, y, x) =>
      `if(${n(call)} < 2 OR ${call('varPopStable', x)} = 0 OR ${call('varPopStable', y)} = 0, NULL, ${call('corrStable', y, x)})`,
  ),
  paired(
    'covar_samp',
    ['covar'],
    'covar_samp(y, x)',
    'The sample covariance; null below two pairs.',
    (call, y, x) => `if(${n(call)} < 2, NULL, ${call('covarSampStable', y, x)})`,
  ),
  paired('covar_pop', [], 'covar_pop(y, x)', 'The population covariance.', (call, y, x) =>
    call('covarPopStable', y, x),
  ),
  regression('regr_avgx', 'The mean of x over the pairs.', (call, _y, x) => call('avg', x)),
  regression('regr_avgy', 'The mean of y over the pairs.', (call, y) => call('avg', y)),
  {
    ...regression('regr_count', 'The number of pairs.', () => ''),
    type: (args, context) => (args.length === 2 ? UINT64 : noMatch('regr_count', args, context)),
    print: ([y, x], modifiers, context) =>
      modifiers.distinct
        ? context.fail('regr_count takes no DISTINCT')
        : `toUInt64(${engineCall({ name: 'count', args: [], condition: `isNotNull(${y!.sql}) AND isNotNull(${x!.sql})` }, modifiers)})`,
  },
  regression('regr_slope', 'The slope of the least squares line.', slope),
  regression(
    'regr_intercept',
    'Where the least squares line meets the y axis.',
    (call, y, x) => `(${call('avg', y)} - (${slope(call, y, x)}) * ${call('avg', x)})`,
  ),
  regression(
    'regr_r2',
    'The square of the correlation coefficient.',
    (call, y, x) =>
      `if(${n(call)} < 2 OR ${call('varPopStable', x)} = 0 OR ${call('varPopStable', y)} = 0, NULL, pow(${call('corrStable', y, x)}, 2))`,
  ),
  regression('regr_sxx', 'The sum of squares of x around its mean.', (call, _y, x) => sxx(call, x)),
  regression('regr_syy', 'The sum of squares of y around its mean.', (call, y) => sxx(call, y)),
  regression('regr_sxy', 'The sum of products around the means.', sxy),
  {
    kind: 'aggregate',
    name: 'approx_distinct',
    family: FAMILY,
    signature: 'approx_distinct(value)',
    doc: 'The approximate number of distinct values.',
    type: (args, context) => (args.length === 1 ? UINT64 : noMatch('approx_distinct', args, context)),
    print: ([x], modifiers) =>
      `ifNull(${engineCall({ name: 'uniqCombined64', args: [x!.sql], ignoreDistinct: true }, modifiers)}, 0)`,
  },
];
