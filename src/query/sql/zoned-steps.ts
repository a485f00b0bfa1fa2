/**
 * Months and days added to an instant as the clock of a named zone shows it. A wall clock that the zone skips or has
 * twice is no instant: the statement fails, as with Arrow, which asks for the one instant after each step.
 */
import { bound } from './bound.ts';
import { NS_PER_DAY, NS_PER_SECOND } from './functions/zones.ts';
import { stringLiteral } from './literals.ts';

/** `amount` is engine SQL; a step of the constant 0 changes nothing. */
export interface Step {
  readonly add: 'addMonths' | 'addDays';
  readonly amount: string;
}

/** The instant as nanoseconds; `failure` is what the engine is to say. */
export function zonedSteps(ns: string, zone: string, steps: readonly Step[], failure: string): string {
  const name = stringLiteral(zone);
  const offset = (instant: string): string =>
    `(toInt64(timeZoneOffset(toTimeZone(fromUnixTimestamp64Nano(${instant}, 'UTC'), ${name}))) * ${NS_PER_SECOND})`;
  return steps.reduce((sql, step) => after(sql, step, offset, failure), ns);
}

function after(
  ns: string,
  { add, amount }: Step,
  offset: (instant: string) => string,
  failure: string,
): string {
  const shown = `fromUnixTimestamp64Nano(instant_ns + ${offset('instant_ns')}, 'UTC')`;
  const wall = `toUnixTimestamp64Nano(${add}(${shown}, ${amount}))`;
  // A day before and after stand for both sides of a change.
  const sides = `(${offset(`wall_ns - ${NS_PER_DAY}`)}, ${offset(`wall_ns + ${NS_PER_DAY}`)})`;
  const holds = (side: number): string => `${offset(`wall_ns - sides.${side}`)} = sides.${side}`;
  const none = `sides.1 != sides.2 AND (${holds(1)}) = (${holds(2)}) AND ${amount} != 0`;
  const found = `wall_ns - if(${holds(2)}, sides.2, sides.1)`;
  const instant = `if(throwIf(ifNull(${none}, 0), ${stringLiteral(failure)}) = 0, if(${amount} = 0, instant_ns, ${found}), NULL)`;
  return bound('instant_ns', ns, bound('wall_ns', wall, bound('sides', sides, instant)));
}
