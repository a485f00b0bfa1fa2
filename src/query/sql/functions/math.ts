/** Mathematics: as DataFusion, numbers go to Float64 and domain errors give NaN or infinity, never an error. */
import { BOOLEAN, FLOAT64, INT64 } from '../../types.ts';
import type { BoundArgument, PrintContext, PrintedArgument, ScalarFunction } from './definition.ts';
import {
  castTo,
  checkParameters,
  coerceParameters,
  firstType,
  isInteger,
  nullIfAny,
  raiseIf,
  scalar,
  sqlOf,
} from './support.ts';

const FAMILY = 'Math';

const unary = (
  name: string,
  doc: string,
  print: (x: string, argument: PrintedArgument) => string,
): ScalarFunction =>
  scalar(FAMILY, {
    name,
    signature: `${name}(number)`,
    doc,
    parameters: ['float'],
    result: FLOAT64,
    print: (args) => print(sqlOf(args, 0), args[0]!),
  });

const engine = (name: string, doc: string, engineName = name): ScalarFunction =>
  unary(name, doc, (x) => `${engineName}(${x})`);

/** Half away from zero: the largest double below one half is added, so that nothing just below a half rounds up. */
const halfAway = (x: string): string => `trunc((${x}) + sign(${x}) * 0.49999999999999994)`;

/** Scaled by a constant or computed power of ten, as DataFusion does it. */
function withDigits(name: string, doc: string, whole: (x: string) => string): ScalarFunction {
  return scalar(FAMILY, {
    name,
    signature: `${name}(number[, decimal_places])`,
    doc,
    parameters: ['float', 'integer'],
    required: 1,
    result: FLOAT64,
    print(args, context) {
      const [x, digits] = args;
      if (digits === undefined) return `toFloat64(${whole(x!.sql)})`;
      // pow(10, -n) is inexact, so negative digits divide first.
      const scale = `exp10(abs(toFloat64(${digits.sql})))`;
      const up = `toFloat64(${whole(`(${x!.sql}) * ${scale}`)}) / ${scale}`;
      const down = `toFloat64(${whole(`(${x!.sql}) / ${scale}`)}) * ${scale}`;
      const value =
        digits.constant?.kind === 'integer'
          ? `(${digits.constant.value >= 0n ? up : down})`
          : nullIfAny([digits], `if(${digits.sql} >= 0, ${up}, ${down})`);
      if (name !== 'round' || fitsInt32(digits.constant)) return value;
      const outside = `${digits.sql} > 2147483647 OR ${digits.sql} < -2147483648`;
      return raiseIf(outside, 'Execution error: Invalid values for decimal places', value, context);
    },
  });
}

const fitsInt32 = (value: PrintedArgument['constant']): boolean =>
  value?.kind === 'integer' && BigInt.asIntN(32, value.value) === value.value;

const bothIntegers = (args: readonly BoundArgument[]): boolean =>
  args.length === 2 && args.every((argument) => isInteger(argument.type));

/**
 * Exact integer power by squaring over six exponent bits in 256-bit integers. Exponents above 63 only matter for
 * the bases -1, 0 and 1, where parity is all that counts; the others are refused by the caller.
 */
function exactPower(base: string, exponent: string, context: PrintContext): string {
  const [sum, bit] = [context.freshName(), context.freshName()];
  const small = `toUInt8(if(${exponent} > 63, 62 + bitAnd(${exponent}, 1), greatest(${exponent}, 0)))`;
  const factor = `if(bitTest(assumeNotNull(${small}), ${bit}), toInt256(assumeNotNull(${base})), toInt256(1))`;
  return `toInt64(arrayFold((${sum}, ${bit}) -> ${sum} * ${sum} * ${factor}, [5, 4, 3, 2, 1, 0], toInt256(1)))`;
}

const power: ScalarFunction = {
  kind: 'scalar',
  name: 'power',
  aliases: ['pow'],
  family: FAMILY,
  signature: 'power(base, exponent)',
  doc: 'The base raised to the exponent. Two integers give Int64 (a negative exponent gives null, overflow is an error).',
  type(args, context) {
    checkParameters('power', { parameters: ['float', 'float'] }, args, context);
    return bothIntegers(args) ? INT64 : FLOAT64;
  },
  coerce: (args) =>
    bothIntegers(args) ? [INT64, INT64] : coerceParameters({ parameters: ['float', 'float'] }, args),
  print(args, context) {
    const [base, exponent] = [sqlOf(args, 0), sqlOf(args, 1)];
    if (context.resultType.kind === 'float') return `pow(${base}, ${exponent})`;
    const rough = `pow(toFloat64(${base}), toFloat64(${exponent}))`;
    const guarded = raiseIf(
      `${exponent} >= 0 AND (${rough} >= 9223372036854775808 OR ${rough} < -9223372036854775808)`,
      'Arrow error: Arithmetic overflow: Overflow happened in power',
      exactPower(base, exponent, context),
      context,
    );
    return `if(isNull(${base}) OR isNull(${exponent}) OR ${exponent} < 0, NULL, ${guarded})`;
  },
};

/** Zero and null out of the way: the engine divides by them. */
const notZero = (x: string): string => `toInt64(if(ifNull(${x}, 0) = 0, 1, ${x}))`;

/** Of absolute values, in more bits than the result has. */
const integers = (name: string, doc: string, print: (a: string, b: string) => string): ScalarFunction =>
  scalar(FAMILY, {
    name,
    signature: `${name}(a, b)`,
    doc,
    parameters: ['integer', 'integer'],
    result: INT64,
    print(args, context) {
      const exact = print(sqlOf(args, 0), sqlOf(args, 1));
      return raiseIf(
        `${exact} > 9223372036854775807`,
        `Arrow error: Compute error: Signed integer overflow in ${name.toUpperCase()}`,
        nullIfAny(args, `toInt64(${exact})`),
        context,
      );
    },
  });

export const mathFunctions: readonly ScalarFunction[] = [
  scalar(FAMILY, {
    name: 'abs',
    signature: 'abs(number)',
    doc: 'The absolute value, in the type of the argument.',
    parameters: ['number'],
    result: firstType,
    print: (args, context) => castTo(context.resultType, `abs(${sqlOf(args, 0)})`),
  }),
  engine('acos', 'The arc cosine in radians; NaN outside [-1, 1].'),
  engine('acosh', 'The inverse hyperbolic cosine.'),
  engine('asin', 'The arc sine in radians; NaN outside [-1, 1].'),
  engine('asinh', 'The inverse hyperbolic sine.'),
  engine('atan', 'The arc tangent in radians.'),
  engine('atanh', 'The inverse hyperbolic tangent.'),
  scalar(FAMILY, {
    name: 'atan2',
    signature: 'atan2(y, x)',
    doc: 'The angle of the point (x, y) in radians.',
    parameters: ['float', 'float'],
    result: FLOAT64,
    print: (args) => `atan2(${sqlOf(args, 0)}, ${sqlOf(args, 1)})`,
  }),
  engine('cbrt', 'The cube root.'),
  engine('ceil', 'The nearest integer not below, as Float64.'),
  engine('cos', 'The cosine of radians.'),
  engine('cosh', 'The hyperbolic cosine.'),
  unary('cot', 'The cotangent of radians.', (x) => `(1 / tan(${x}))`),
  engine('degrees', 'Radians as degrees.'),
  engine('exp', 'The natural exponential.'),
  scalar(FAMILY, {
    name: 'factorial',
    signature: 'factorial(integer)',
    doc: 'The factorial as Int64; above 20 it overflows, an error.',
    parameters: ['integer'],
    result: INT64,
    print(args, context) {
      const x = sqlOf(args, 0);
      const value = `toInt64(factorial(toUInt8(least(greatest(${x}, 0), 20))))`;
      return raiseIf(
        `${x} > 20`,
        'Compute error: Overflow happened on FACTORIAL',
        nullIfAny(args, value),
        context,
      );
    },
  }),
  engine('floor', 'The nearest integer not above, as Float64.'),
  integers(
    'gcd',
    'The greatest common divisor.',
    (a, b) =>
      `if(${a} = 0 OR ${b} = 0, toUInt256(abs(${a})) + abs(${b}), abs(toInt256(gcd(${notZero(a)}, ${notZero(b)}))))`,
  ),
  scalar(FAMILY, {
    name: 'isnan',
    signature: 'isnan(number)',
    doc: 'Whether the number is NaN.',
    parameters: ['float'],
    result: BOOLEAN,
    print: (args) => `toBool(isNaN(${sqlOf(args, 0)}))`,
  }),
  scalar(FAMILY, {
    name: 'iszero',
    signature: 'iszero(number)',
    doc: 'Whether the number is zero.',
    parameters: ['float'],
    result: BOOLEAN,
    print: (args) => `toBool((${sqlOf(args, 0)}) = 0)`,
  }),
  integers(
    'lcm',
    'The least common multiple.',
    (a, b) =>
      `if(${a} = 0 OR ${b} = 0, toUInt256(0), abs(intDiv(toInt256(${notZero(a)}), gcd(${notZero(a)}, ${notZero(b)})) * ${notZero(b)}))`,
  ),
  engine('ln', 'The natural logarithm; -inf of 0, NaN below.', 'log'),
  scalar(FAMILY, {
    name: 'log',
    signature: 'log([base, ]number)',
    doc: 'The logarithm to the base, default 10.',
    parameters: ['float', 'float'],
    required: 1,
    result: FLOAT64,
    print: (args) =>
      args.length === 1
        ? `(log(${sqlOf(args, 0)}) / log(10.))`
        : `(log(${sqlOf(args, 1)}) / log(${sqlOf(args, 0)}))`,
  }),
  engine('log10', 'The logarithm to base 10.'),
  engine('log2', 'The logarithm to base 2.'),
  scalar(FAMILY, {
    name: 'nanvl',
    signature: 'nanvl(a, b)',
    doc: 'The first number unless it is NaN, else the second.',
    parameters: ['float', 'float'],
    result: FLOAT64,
    print: (args) => nullIfAny(args, `if(isNaN(${sqlOf(args, 0)}), ${sqlOf(args, 1)}, ${sqlOf(args, 0)})`),
  }),
  scalar(FAMILY, {
    name: 'pi',
    signature: 'pi()',
    doc: 'The number pi.',
    parameters: [],
    result: FLOAT64,
    print: () => 'pi()',
  }),
  power,
  engine('radians', 'Degrees as radians.'),
  scalar(FAMILY, {
    name: 'random',
    signature: 'random()',
    doc: 'A random number in [0, 1), another for each row and call.',
    parameters: [],
    result: FLOAT64,
    deterministic: false,
    // The engine computes equal calls once; a distinct constant keeps two calls apart.
    print: (_args, context) => `randCanonical(${context.stringLiteral(context.freshName())})`,
  }),
  withDigits('round', 'Rounded half away from zero, to decimal places; always Float64.', halfAway),
  unary('signum', 'The sign: -1, 0 or 1.', (x) => `if(isNaN(${x}), ${x}, toFloat64(sign(${x})))`),
  engine('sin', 'The sine of radians.'),
  engine('sinh', 'The hyperbolic sine.'),
  engine('sqrt', 'The square root; NaN of a negative number.'),
  engine('tan', 'The tangent of radians.'),
  // The engine's own is an approximation that loses small numbers; from 20 on it is 1 to the last digit.
  unary(
    'tanh',
    'The hyperbolic tangent.',
    (x) => `if(abs(${x}) > 20, toFloat64(sign(${x})), sinh(${x}) / cosh(${x}))`,
  ),
  withDigits('trunc', 'Truncated toward zero, to decimal places.', (x) => `trunc(${x})`),
];
