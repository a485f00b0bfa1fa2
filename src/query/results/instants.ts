/** Instants, dates, durations and intervals as text, the way arrow-rs and chrono write them. */
import type { IntervalValue } from '../interval-carrier.ts';
import type { TimeUnit } from '../types.ts';
import type { ByteSink } from './byte-sink.ts';
import { writePadded } from './numbers.ts';
import { type ZoneOffset, zoneOffset } from './zone-offset.ts';

const DAY_SECS = 86_400;
const TWO_32 = 4294967296;
const DAY_MINUTES = 1440;
/** Of an instant without its zone. */
const MAXIMUM_TEXT_BYTES = 32;
/** `12:34:`. */
const MINUTE_LENGTH = 6;
const POINT = 46;
const COLON = 58;
const ZERO = 48;

const UNITS_PER_SECOND: Record<TimeUnit, bigint> = {
  second: 1n,
  millisecond: 1000n,
  microsecond: 1_000_000n,
  nanosecond: 1_000_000_000n,
};

/**
 * Writes timestamps (ns since the epoch, as 32-bit words). Keeps the text of the last minute, because rows that
 * follow each other are near each other.
 */
export class TimestampWriter {
  private readonly offset: ZoneOffset | null;
  private minute = Number.NaN;
  private day = Number.NaN;
  /** `2024-01-31T12:34:`. */
  private readonly minuteWords = new Int32Array(MAXIMUM_TEXT_BYTES / 4);
  private readonly minuteText = Buffer.from(this.minuteWords.buffer);
  private dayLength = 0;

  /** `zone` null: naive, which is printed without a suffix. */
  constructor(zone: string | null) {
    this.offset = zone === null ? null : zoneOffset(zone);
  }

  write(sink: ByteSink, words: Int32Array, row: number): void {
    const low = words[row * 2]!;
    // The quotient may be off by one in floating point; the remainder is exact modulo 2^32 and tells.
    let seconds = Math.floor((words[row * 2 + 1]! * TWO_32 + (low >>> 0)) / 1e9);
    let nanos = (low - Math.imul(seconds | 0, 1_000_000_000)) | 0;
    if (nanos < 0) {
      nanos += 1_000_000_000;
      seconds--;
    } else if (nanos >= 1_000_000_000) {
      nanos -= 1_000_000_000;
      seconds++;
    }
    if (this.offset === null) {
      this.writeLocal(sink, seconds, nanos);
      return;
    }
    const offset = this.offset(seconds);
    this.writeLocal(sink, seconds + offset, nanos);
    sink.ascii(offsetText(offset));
  }

  private writeLocal(sink: ByteSink, seconds: number, nanos: number): void {
    const minute = Math.floor(seconds / 60);
    if (minute !== this.minute) this.startMinute(minute);
    sink.reserve(MAXIMUM_TEXT_BYTES);
    const { buffer, data, position } = sink;
    const { minuteWords, dayLength } = this;
    const length = dayLength + MINUTE_LENGTH;
    for (let byte = 0; byte < length; byte += 4)
      data.setInt32(position + byte, minuteWords[byte >> 2]!, true);
    putTwoDigits(buffer, position + length, seconds - minute * 60);
    sink.position = position + length + 2;
    writeFraction(sink, nanos);
  }

  private startMinute(minute: number): void {
    const { minuteText } = this;
    const day = Math.floor(minute / DAY_MINUTES);
    if (day !== this.day) {
      this.day = day;
      this.dayLength = minuteText.write(`${dateText(day)}T`, 'latin1');
    }
    this.minute = minute;
    const minuteOfDay = minute - day * DAY_MINUTES;
    const hour = (minuteOfDay / 60) | 0;
    putTwoDigits(minuteText, this.dayLength, hour);
    minuteText[this.dayLength + 2] = COLON;
    putTwoDigits(minuteText, this.dayLength + 3, minuteOfDay - hour * 60);
    minuteText[this.dayLength + 5] = COLON;
  }
}

function putTwoDigits(target: Buffer, at: number, value: number): void {
  const tens = (value / 10) | 0;
  target[at] = ZERO + tens;
  target[at + 1] = ZERO + value - tens * 10;
}

/** `HH:MM:SS` and, where it is not zero, a fraction of 3, 6 or 9 digits. */
export function writeClock(sink: ByteSink, secondOfDay: number, nanos: number): void {
  const hour = (secondOfDay / 3600) | 0;
  const minute = ((secondOfDay - hour * 3600) / 60) | 0;
  writePadded(sink, hour, 2);
  sink.byte(COLON);
  writePadded(sink, minute, 2);
  sink.byte(COLON);
  writePadded(sink, secondOfDay - hour * 3600 - minute * 60, 2);
  writeFraction(sink, nanos);
}

function writeFraction(sink: ByteSink, nanos: number): void {
  if (nanos === 0) return;
  sink.byte(POINT);
  if (nanos % 1_000_000 === 0) writePadded(sink, nanos / 1_000_000, 3);
  else if (nanos % 1000 === 0) writePadded(sink, nanos / 1000, 6);
  else writePadded(sink, nanos, 9);
}

function offsetText(offsetSecs: number): string {
  if (offsetSecs === 0) return 'Z';
  const minutes = Math.round(Math.abs(offsetSecs) / 60);
  const pad = (value: number) => String(value).padStart(2, '0');
  return `${offsetSecs < 0 ? '-' : '+'}${pad(Math.floor(minutes / 60))}:${pad(minutes % 60)}`;
}

/** `2024-01-31`; years outside four digits carry a sign, as chrono prints them. */
export function dateText(days: number): string {
  const date = new Date(days * DAY_SECS * 1000);
  const year = date.getUTCFullYear();
  if (year >= 0 && year <= 9999) return date.toISOString().slice(0, 10);
  const sign = year < 0 ? '-' : '+';
  return `${sign}${String(Math.abs(year)).padStart(4, '0')}-${date.toISOString().slice(-19, -14)}`;
}

/** ISO 8601 as chrono writes it: seconds are the largest unit, `PT0.032689S`, `PT86400S`, zero is `P0D`. */
export function durationText(value: bigint, unit: TimeUnit): string {
  if (value === 0n) return 'P0D';
  const perSecond = UNITS_PER_SECOND[unit];
  const magnitude = value < 0n ? -value : value;
  const fraction = ((magnitude % perSecond) * (1_000_000_000n / perSecond)).toString().padStart(9, '0');
  const digits = fraction.replace(/0+$/, '');
  return `${value < 0n ? '-' : ''}PT${magnitude / perSecond}${digits === '' ? '' : '.' + digits}S`;
}

/** `1 mons 2 days 3 hours 4 mins 5.000000000 secs`, each part only where it is not zero. */
export function intervalText({ months, days, ns }: IntervalValue): string {
  const parts: string[] = [];
  if (months !== 0) parts.push(`${months} mons`);
  if (days !== 0) parts.push(`${days} days`);
  const seconds = ns / 1_000_000_000n;
  const hours = seconds / 3600n;
  const minutes = (seconds / 60n) % 60n;
  if (hours !== 0n) parts.push(`${hours} hours`);
  if (minutes !== 0n) parts.push(`${minutes} mins`);
  const rest = ns - (hours * 3600n + minutes * 60n) * 1_000_000_000n;
  if (rest !== 0n) {
    const magnitude = rest < 0n ? -rest : rest;
    const fraction = (magnitude % 1_000_000_000n).toString().padStart(9, '0');
    parts.push(`${rest < 0n ? '-' : ''}${magnitude / 1_000_000_000n}.${fraction} secs`);
  }
  return parts.join(' ');
}
