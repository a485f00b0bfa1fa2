/** Typed literals and AT TIME ZONE. */
import { type DataType, TIMESTAMP_NS, UTF8 } from '../types.ts';
import type { AstNode } from './ast.ts';
import { cast } from './cast.ts';
import { call, constant, type Expression } from './expression.ts';
import { isText, plain } from './functions/support.ts';
import { errors } from './sql-errors.ts';
import { fromWallClock, isKnownZone } from './time-zone.ts';
import { typedText } from './type-names.ts';

/** `TIMESTAMP '…'`: a cast of the text, so the text is its name. */
export function typedString(body: AstNode): Expression {
  const { type, text } = typedText(body);
  return cast(constant({ kind: 'string', value: text }, UTF8, `Utf8("${text}")`), type);
}

/** Naive: the same wall clock, now in the zone. Zoned: the same instant, shown in the zone. */
export function atTimeZone(instant: Expression, zone: Expression): Expression {
  if (zone.constant?.kind !== 'string')
    throw errors.notImplemented('AT TIME ZONE with a zone that is not a text literal');
  const name = zone.constant.value;
  if (!isKnownZone(name)) throw errors.planning(`Invalid timezone "${name}": failed to parse timezone`);
  const zoned: DataType = { kind: 'timestamp', unit: 'nanosecond', zone: name };
  // A text that says its zone is that instant, any other what the zone's clock shows: so casts have it.
  if (isText(plain(instant.type))) return cast(instant, zoned);
  const source = instant.type.kind === 'timestamp' ? instant : cast(instant, TIMESTAMP_NS);
  if (source.type.kind !== 'timestamp') throw errors.planning('AT TIME ZONE needs a timestamp');
  const type = { ...source.type, zone: name };
  const wallClock = source.type.zone === null;
  return call(type, instant.name, [source], ([t]) => (wallClock ? fromWallClock(t!, name) : t!), {
    nullable: source.nullable,
  });
}
