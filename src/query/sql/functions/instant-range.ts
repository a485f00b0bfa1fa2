/** Instants and days from one to another, in steps of an interval. */
import { intervalDays, intervalMonths, intervalNanoseconds } from '../../interval-carrier.ts';
import { type DataType, TIMESTAMP_NS } from '../../types.ts';
import { bound } from '../bound.ts';
import { movesAsUtc, onWall } from '../calendar-steps.ts';
import type { BoundArgument, PrintContext, PrintedArgument, TypeContext } from './definition.ts';
import { raiseIf } from './support.ts';
import { fromNs, NS_PER_DAY, toNs } from './zones.ts';

/** Of one series. */
export const MAXIMUM_ITEMS = 16_777_216;

/** Parts of an interval as engine SQL. */
interface Step {
  readonly months: string;
  readonly days: string;
  readonly ns: string;
}

/** What can be known of the step before the statement runs; a date has a step of a day where none is given. */
export function checkStep(
  step: BoundArgument | undefined,
  item: DataType,
  name: string,
  context: TypeContext,
): void {
  if (step?.constant?.kind !== 'interval') return;
  const { months, days, ns } = step.constant;
  if (months === 0 && days === 0 && ns === 0n)
    context.fail(`Interval argument to ${name.toUpperCase()} must not be 0`);
  if (item.kind === 'date' && months === 0 && days === 0)
    context.fail('Cannot generate date range less than 1 day.');
}

function stepOf(step: PrintedArgument | undefined, item: DataType): Step {
  const constant = step?.constant?.kind === 'interval' ? step.constant : undefined;
  if (step === undefined) return { months: '0', days: '1', ns: '0' };
  const parts = constant
    ? { months: String(constant.months), days: String(constant.days), ns: `toInt64(${constant.ns})` }
    : {
        months: `toInt64(${intervalMonths(step.sql)})`,
        days: `toInt64(${intervalDays(step.sql)})`,
        ns: intervalNanoseconds(step.sql),
      };
  // A day has no hours.
  return item.kind === 'date' || constant?.ns === 0n ? { ...parts, ns: '0' } : parts;
}

/** Engine SQL of the list; the arguments are not null. */
export function instantRange(
  [first, last, step]: readonly PrintedArgument[],
  name: string,
  inclusive: boolean,
  context: PrintContext,
): string {
  const item = context.resultType.kind === 'list' ? context.resultType.item : TIMESTAMP_NS;
  const isDate = item.kind === 'date';
  const inNs = ({ sql }: PrintedArgument): string =>
    isDate ? `(toInt64(toInt32(assumeNotNull(${sql}))) * ${NS_PER_DAY})` : toNs(`assumeNotNull(${sql})`);
  const [start, stop] = [context.freshName(), context.freshName()];
  const { months, days, ns } = stepOf(step && { ...step, sql: `assumeNotNull(${step.sql})` }, item);
  const constant = step === undefined || step.constant?.kind === 'interval';
  const flat = `(${days} * ${NS_PER_DAY} + ${ns})`;
  // Where days are not all as long, they are steps of the calendar too.
  const calendar = movesAsUtc(item) ? `${months} != 0` : `(${months} != 0 OR ${days} != 0)`;
  const isCalendar = constant ? months !== '0' || (!movesAsUtc(item) && days !== '0') : undefined;
  // DataFusion takes a step from the end of a range of days, and counts to there.
  const beforeStop = isDate && !inclusive;
  const series: Series = { start, stop, inclusive: inclusive || isDate, name, context };
  const equal = (): string => equalSteps(flat, series);
  const calendarSteps = (when: string): string => stepsOfCalendar({ months, days, ns }, when, item, series);
  const values =
    isCalendar === undefined
      ? `if(${calendar}, ${calendarSteps(calendar)}, ${equalSteps(`if(${calendar}, 0, ${flat})`, series)})`
      : isCalendar
        ? calendarSteps('1')
        : equal();
  const end = beforeStop
    ? `assumeNotNull(${toNs(onWall(fromNs(inNs(last!)), item, opposite(months), opposite(days)))})`
    : inNs(last!);
  const at = context.freshName();
  const shown = isDate ? `toDate32(${fromNs(at)}, 'UTC')` : fromNs(at);
  const isZero = `${months} = 0 AND ${days} = 0 AND ${ns} = 0`;
  const zero = isDate
    ? 'Execution error: Cannot generate date range less than 1 day.'
    : `Execution error: Interval argument to ${name.toUpperCase()} must not be 0`;
  const checked = constant ? '0' : raiseIf(`isNotNull(${step!.sql}) AND ${isZero}`, zero, '0', context);
  const list = `if(${checked} = 1, [], ${values})`;
  return bound(
    start,
    inNs(first!),
    bound(stop, end, `arrayMap(${at} -> ${shown}, ${constant ? values : list})`),
  );
}

const opposite = (amount: string): string => (amount === '0' ? amount : `(-(${amount}))`);

interface Series {
  readonly start: string;
  readonly stop: string;
  readonly inclusive: boolean;
  readonly name: string;
  readonly context: PrintContext;
}

/** As nanoseconds; none for a step of 0. */
function equalSteps(step: string, series: Series): string {
  const { start, stop, inclusive, context } = series;
  const safe = `if(${step} = 0, toInt64(1), toInt64(${step}))`;
  const distance = `intDiv(${stop} - ${start}, ${safe})`;
  const count = `if(${step} = 0 OR (${stop} - ${start}) * sign(${safe}) < 0, 0, ${distance} + ${inclusive ? '1' : `if(${distance} * ${safe} = ${stop} - ${start}, 0, 1)`})`;
  const at = context.freshName();
  return `arrayMap(${at} -> ${start} + ${at} * toInt64(${step}), range(toUInt64(${limited(count, series)})))`;
}

/** Each from the one before it, so that the end of a short month stays the day of all that follow. */
function stepsOfCalendar(step: Step, when: string, item: DataType, series: Series): string {
  const { start, stop, inclusive, context } = series;
  const next = (from: string): string => {
    const moved = onWall(fromNs(from), item, step.months, step.days);
    const later = step.ns === '0' ? moved : `addNanoseconds(${moved}, ${step.ns})`;
    return `assumeNotNull(${toNs(later)})`;
  };
  const sign = `if(${next(start)} < ${start}, -1, 1)`;
  const backward = context.freshName();
  const within = (at: string): string => `(${stop} - ${at}) * ${backward} >${inclusive ? '=' : ''} 0`;
  // No month has fewer days, none of an unequal sign makes a step shorter but for the checks below.
  const shortest = `abs(${step.months} * 28 * ${NS_PER_DAY} + ${step.days} * ${(23n * NS_PER_DAY) / 24n} + ${step.ns})`;
  const opposed = `greatest(sign(${step.months}), sign(${step.days}), sign(${step.ns})) - least(sign(${step.months}), sign(${step.days}), sign(${step.ns})) = 2`;
  const refused = raiseIf(
    `${when} AND (${opposed})`,
    `Execution error: the parts of a step of ${series.name} must have one sign`,
    '0',
    context,
  );
  const count = `if(${when} AND ${within(start)}, intDiv(abs(${stop} - ${start}), greatest(${shortest}, 1)) + 1, 0)`;
  const [list, at, moved] = [context.freshName(), context.freshName(), context.freshName()];
  const grown = bound(
    moved,
    next(`${list}[-1]`),
    `if(${within(moved)}, arrayPushBack(${list}, ${moved}), ${list})`,
  );
  const none = 'CAST([] AS Array(Int64))';
  const fold = `arrayFold((${list}, ${at}) -> ${grown}, range(toUInt64(${limited(count, series)})), [${start}])`;
  return bound(
    backward,
    `if(${when}, ${sign}, 1)`,
    `if(ifNull(${refused}, 0) = 1 OR NOT (${within(start)}), ${none}, ${fold})`,
  );
}

const limited = (count: string, { name, context }: Series): string =>
  `assumeNotNull(${raiseIf(`${count} > ${MAXIMUM_ITEMS}`, `Execution error: ${name} of more than ${MAXIMUM_ITEMS} items`, count, context)})`;
