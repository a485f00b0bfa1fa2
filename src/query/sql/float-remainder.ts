/** `%` of floats, exact as IEEE 754 wants it; the engine rounds the quotient first and loses what is left. */
import { bound, boundAll } from './bound.ts';

/** A float times this falls into two halves of 26 bits, whose products are exact (Dekker). */
const HALVES = 2n ** 27n + 1n;
const upper = (name: string): string => `(${HALVES} * ${name} - (${HALVES} * ${name} - ${name}))`;

/** From here on not every whole number is a float. */
const MOST = 2n ** 53n;

/** Engine SQL of two numbers. Larger quotients, and what is not finite, are left to the engine. */
export function floatRemainder(dividend: string, divisor: string): string {
  // What rounding took from `product`.
  const error = '(((qh * bh - product) + qh * bl + ql * bh) + ql * bl)';
  const rest = bound('rest', `(a - product) - ${error}`, 'if(rest < 0, rest + b, rest)');
  const halved = boundAll({ ql: '(q - qh)', bl: '(b - bh)', product: '(q * b)' }, rest);
  const exact = boundAll({ qh: upper('q'), bh: upper('b') }, halved);
  const checked = bound('exact', exact, `if(q < ${MOST} AND isFinite(exact), exact, modulo(a, b))`);
  const magnitude = bound('q', 'trunc(a / b)', `if(q < 1, a, ${checked})`);
  const signed = bound('magnitude', magnitude, 'if(x < 0, -magnitude, magnitude)');
  const positive = boundAll({ a: 'abs(x)', b: 'abs(y)' }, signed);
  return boundAll({ x: `toFloat64(${dividend})`, y: `toFloat64(${divisor})` }, positive);
}
