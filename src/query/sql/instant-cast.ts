/** A column of texts as instants and days. The engine's own parsers guess: what is no such text is sorted out before. */
import { bound } from './bound.ts';
import { stringLiteral } from './literals.ts';
import { fromWallClock } from './time-zone.ts';
import { ENDS_IN_ZONE } from './timestamp-text.ts';

type Render = (sql: string) => string;

const DATE = '[0-9]{4}-[0-9]{2}-[0-9]{2}';
const TIME = String.raw`[T ](?:[01][0-9]|2[0-3]):[0-5][0-9]:(?:[0-5][0-9]|60)(?:\.[0-9]+)?`;
const ZONE = String.raw`\s*(?:Z|UTC|[+-](?:[01][0-9]|2[0-3])(?::?[0-9]{2})?)?`;
const INSTANT = stringLiteral(`^${DATE}(?:${TIME}${ZONE})?$`);
const INSTANT_WITH_TIME = stringLiteral(`^${DATE}${TIME}${ZONE}$`);

/** In capital letters, as the patterns are; never null, so that no row without a text fails. */
const textOf = (sql: string): string =>
  `ifNull(upper(CAST(${sql} AS Nullable(String))), '1970-01-01 00:00:00')`;
const unlessNull = (sql: string, value: string): string => `if(isNull(${sql}), NULL, ${value})`;

/** To `DateTime64(9)`; the engine says itself that a text is no timestamp. */
export function textToInstant(attempt: boolean): Render {
  const parse = `parseDateTime64BestEffort${attempt ? 'OrNull' : ''}`;
  const value = `${parse}(if(match(text, ${INSTANT}), text, 'no timestamp'), 9, 'UTC')`;
  return (sql) => unlessNull(sql, bound('text', textOf(sql), value));
}

/** The same, where a text that says no zone is what the zone's clock shows. */
export function textToInstantOf(zone: string, attempt: boolean): Render {
  const instant = textToInstant(attempt);
  const saysZone = stringLiteral(ENDS_IN_ZONE.source);
  return (sql) => `if(match(${sql}, ${saysZone}), ${instant(sql)}, ${fromWallClock(instant(sql), zone)})`;
}

const TIME_OF_DAY = String.raw`^([0-9]{1,2}):([0-9]{2})(?::([0-9]{2})(?:\.([0-9]{1,9})[0-9]*)?)?$`;
/** To nanoseconds of a day; `type` is what an error calls it. */
export function textToTime(type: string, attempt: boolean): Render {
  const noTime = stringLiteral(`Arrow error: Cast error: Cannot cast string to value of ${type} type`);
  const number = (part: number): string => `toInt64(concat('0', parts[${part}]))`;
  const ns = `toInt64(rightPad(parts[4], 9, '0'))`;
  const time = `((${number(1)} * 3600 + ${number(2)} * 60 + ${number(3)}) * 1000000000 + ${ns})`;
  const isWrong = `empty(parts) OR ${number(1)} > 23 OR ${number(2)} > 59 OR ${number(3)} > 59`;
  const value = attempt
    ? `if(${isWrong}, NULL, ${time})`
    : `if(throwIf(${isWrong}, ${noTime}) = 0, ${time}, NULL)`;
  const text = (sql: string): string => `ifNull(CAST(${sql} AS Nullable(String)), '00:00')`;
  return (sql) =>
    unlessNull(sql, bound('parts', `extractGroups(${text(sql)}, ${stringLiteral(TIME_OF_DAY)})`, value));
}

const DASHED = [
  ['^([0-9]{4})([0-9]{2})([0-9]{2})$', String.raw`\1-\2-\3`],
  ['^([0-9]{4})-([0-9])-', String.raw`\1-0\2-`],
  ['^([0-9]{4}-[0-9]{2})-([0-9])$', String.raw`\1-0\2`],
].reduce(
  (sql, [pattern, by]) => `replaceRegexpOne(${sql}, ${stringLiteral(pattern!)}, ${stringLiteral(by!)})`,
  'text',
);

const NO_DATE = stringLiteral('Arrow error: Cast error: Cannot cast string to value of Date32 type');

/** To `Date32`: a day, or the day in UTC of an instant. Days that do not exist or that the engine has not are none. */
export function textToDate(attempt: boolean): Render {
  const instant = `toDate32(parseDateTime64BestEffortOrNull(text, 9, 'UTC'), 'UTC')`;
  const day = `if(match(text, ${INSTANT_WITH_TIME}), ${instant}, toDate32OrNull(dashed))`;
  const isWrong = `isNull(day) OR (NOT match(text, ${INSTANT_WITH_TIME}) AND toString(day) != dashed)`;
  const value = attempt
    ? `if(${isWrong}, NULL, day)`
    : `if(throwIf(ifNull(${isWrong}, 1), ${NO_DATE}) = 0, day, NULL)`;
  const body = bound('dashed', DASHED, bound('day', day, value));
  return (sql) => unlessNull(sql, bound('text', textOf(sql), body));
}
