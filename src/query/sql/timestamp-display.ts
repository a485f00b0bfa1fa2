/** Arrow's text of an instant, as engine SQL: `2022-01-01T08:00:00[.fff[fff[fff]]][Z|±HH:MM]`. */
import { stringLiteral } from './literals.ts';
import { engineZone, isUtc, zoneOffsetNs } from './time-zone.ts';

export function displayTimestamp(sql: string, zone: string | null): string {
  const ns = `toUnixTimestamp64Nano(${sql})`;
  const fraction = `positiveModulo(${ns}, 1000000000)`;
  const digits = `leftPad(toString(${fraction}), 9, '0')`;
  const tail = `multiIf(${fraction} = 0, '', ${fraction} % 1000000 = 0, concat('.', substring(${digits}, 1, 3)), ${fraction} % 1000 = 0, concat('.', substring(${digits}, 1, 6)), concat('.', ${digits}))`;
  if (zone === null || isUtc(zone))
    return `concat(formatDateTime(${sql}, '%Y-%m-%dT%H:%i:%S', 'UTC'), ${tail}${zone === null ? '' : ", 'Z'"})`;
  const fixed = zoneOffsetNs(zone);
  if (fixed !== undefined)
    return `concat(formatDateTime(addNanoseconds(${sql}, ${fixed}), '%Y-%m-%dT%H:%i:%S', 'UTC'), ${tail}, ${stringLiteral(zone)})`;
  const name = stringLiteral(engineZone(zone));
  const minutes = `intDiv(timeZoneOffset(toTimeZone(${sql}, ${name})), 60)`;
  const offset = `concat(if(${minutes} < 0, '-', '+'), leftPad(toString(intDiv(abs(${minutes}), 60)), 2, '0'), ':', leftPad(toString(abs(${minutes}) % 60), 2, '0'))`;
  return `concat(formatDateTime(${sql}, '%Y-%m-%dT%H:%i:%S', ${name}), ${tail}, ${offset})`;
}
