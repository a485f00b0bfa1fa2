import { afterAll, describe, expect, it } from 'vitest';
import {
  type Argument,
  FunctionEngine,
  float,
  int,
  nothing,
  printCall,
} from '../../../../test/support/sql-function-cases.ts';
import { FLOAT64, INT64 } from '../../types.ts';

const engine = new FunctionEngine();
afterAll(() => engine.close());

const NULL = '\\N';
const cases: readonly [name: string, args: Argument[], expected: string | number][] = [
  ['abs', [int(-5)], '5'],
  ['abs', [float(-1.5)], '1.5'],
  ['abs', [int('-9223372036854775807')], '9223372036854775807'],
  ['acos', [float(2)], 'nan'],
  ['acos', [float(0.5)], Math.acos(0.5)],
  ['acosh', [float(2)], Math.acosh(2)],
  ['asin', [float(0.5)], Math.asin(0.5)],
  ['asinh', [float(0.5)], Math.asinh(0.5)],
  ['atan', [int(1)], Math.atan(1)],
  ['atan2', [int(1), int(1)], Math.atan2(1, 1)],
  ['atanh', [float(0.5)], Math.atanh(0.5)],
  ['cbrt', [int(27)], '3'],
  ['ceil', [float(1.2)], '2'],
  ['ceil', [nothing(FLOAT64)], NULL],
  ['cos', [float(1)], Math.cos(1)],
  ['cosh', [float(1)], Math.cosh(1)],
  ['cot', [float(1)], 1 / Math.tan(1)],
  ['degrees', [float(Math.PI)], '180'],
  ['exp', [int(1)], Math.E],
  ['factorial', [int(5)], '120'],
  ['factorial', [int(20)], '2432902008176640000'],
  ['factorial', [int(0)], '1'],
  ['factorial', [nothing(INT64)], NULL],
  ['floor', [float(-1.2)], '-2'],
  ['gcd', [int(12), int(-18)], '6'],
  ['gcd', [int(0), int(0)], '0'],
  ['gcd', [int(0), int(-7)], '7'],
  ['gcd', [nothing(INT64), int(3)], NULL],
  ['isnan', [float(Number.NaN)], 'true'],
  ['isnan', [nothing(FLOAT64)], NULL],
  ['iszero', [float(0)], 'true'],
  ['iszero', [int(3)], 'false'],
  ['lcm', [int(4), int(-6)], '12'],
  ['lcm', [int(0), int(3)], '0'],
  ['ln', [int(0)], '-inf'],
  ['ln', [int(-1)], 'nan'],
  ['ln', [float(Math.E)], '1'],
  ['log', [int(1000)], 3],
  ['log', [int(2), int(8)], 3],
  ['log', [int(0)], '-inf'],
  ['log10', [int(100)], '2'],
  ['log2', [int(8)], '3'],
  ['nanvl', [float(Number.NaN), float(3)], '3'],
  ['nanvl', [float(2), float(3)], '2'],
  ['nanvl', [nothing(FLOAT64), float(3)], NULL],
  ['pi', [], Math.PI],
  ['power', [int(2), int(3)], '8'],
  ['power', [int(3), int(39)], '4052555153018976267'],
  ['power', [int(-2), int(63)], '-9223372036854775808'],
  ['power', [int(-1), int(1001)], '-1'],
  ['power', [int(0), int(0)], '1'],
  ['power', [int(2), int(-1)], NULL],
  ['power', [nothing(INT64), int(2)], NULL],
  ['power', [float(2), float(0.5)], Math.SQRT2],
  ['radians', [int(180)], Math.PI],
  ['round', [float(2.5)], '3'],
  ['round', [float(-2.5)], '-3'],
  ['round', [float(0.49999999999999994)], '0'],
  ['round', [int(7)], '7'],
  ['round', [float(1.23456), int(2)], '1.23'],
  ['round', [int(1250), int(-2)], '1300'],
  ['round', [nothing(FLOAT64)], NULL],
  ['round', [float(Number.POSITIVE_INFINITY)], 'inf'],
  ['signum', [float(-3.2)], '-1'],
  ['signum', [int(0)], '0'],
  ['signum', [float(Number.NaN)], 'nan'],
  ['sin', [float(1)], Math.sin(1)],
  ['sinh', [float(1)], Math.sinh(1)],
  ['sqrt', [int(-1)], 'nan'],
  ['sqrt', [int(9)], '3'],
  ['tan', [float(1)], Math.tan(1)],
  ['tanh', [float(1)], Math.tanh(1)],
  ['trunc', [float(-2.9)], '-2'],
  ['trunc', [float(1.23456), int(3)], '1.234'],
];

describe('mathematics on the engine', () => {
  it.each(cases)('case %#: %s', async (name, args, expected) => {
    const value = await engine.scalar(name, args);
    if (typeof expected === 'string') expect(value).toBe(expected);
    else expect(Number(value)).toBeCloseTo(expected, 12);
  });

  it('gives random numbers in [0, 1), another for each call', async () => {
    const { sql } = printCall('random', []);
    const rows = await engine.rows(`SELECT ${sql} FROM numbers(100)`);
    expect(rows.every((value) => Number(value) >= 0 && Number(value) < 1)).toBe(true);
    expect(new Set(rows).size).toBeGreaterThan(90);
  });

  it('refuses overflow', async () => {
    await expect(engine.scalar('factorial', [int(21)])).rejects.toThrow('Overflow happened on FACTORIAL');
    await expect(engine.scalar('power', [int(10), int(19)])).rejects.toThrow('Overflow happened in power');
  });
});
