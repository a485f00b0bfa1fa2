/** Parameters of the three write endpoints (`http-api.md` 3.1, 3.3, 3.6), each with its own messages. */
import { checkDatabaseName } from '../../catalog/names.ts';
import { httpErrors } from '../../errors/index.ts';
import type { Precision } from '../../ingest/ingest.ts';
import type { RequestContext } from '../request-context.ts';

export interface WriteParameters {
  readonly database: string;
  readonly precision: Precision;
  readonly acceptPartial: boolean;
  readonly noSync: boolean;
}

/** Exists from the start and is for administrators; the rules for new names do not apply to it. */
const INTERNAL_DATABASE = '_internal';

const EXACT_PRECISIONS: readonly (readonly [string, Precision])[] = [
  ['second', 'second'],
  ['millisecond', 'millisecond'],
  ['microsecond', 'microsecond'],
  ['nanosecond', 'nanosecond'],
  ['s', 'second'],
  ['ms', 'millisecond'],
  ['us', 'microsecond'],
  ['u', 'microsecond'],
  ['ns', 'nanosecond'],
  ['n', 'nanosecond'],
];
const PRECISIONS: ReadonlyMap<string, Precision> = new Map([['auto', 'auto'], ...EXACT_PRECISIONS]);
const LEGACY_PRECISIONS: ReadonlyMap<string, Precision> = new Map(EXACT_PRECISIONS);

export function v3Parameters(context: RequestContext): WriteParameters {
  if (context.search === null) throw httpErrors.missingWriteParameter();
  const { parameters } = context;
  const database = parameters.required('db');
  const acceptPartial = parameters.boolean('accept_partial', true);
  const precision = parameters.choice('precision', PRECISIONS) ?? 'auto';
  const noSync = parameters.boolean('no_sync', false);
  if (database !== INTERNAL_DATABASE) checkDatabaseName(database);
  return { database, precision, acceptPartial, noSync };
}

export function v2Parameters(context: RequestContext): WriteParameters {
  const what = 'org/bucket/precision';
  if (context.search === null) throw httpErrors.legacyParameters('no org/bucket destination provided');
  const values = readLegacy(context, what, ['bucket', 'org', 'precision']);
  const precision = readPrecision(values.precision, what);
  if (values.bucket === undefined || values.bucket === '') {
    throw httpErrors.legacyParameters('missing bucket value');
  }
  return legacy(values.bucket, precision);
}

export function v1Parameters(context: RequestContext): WriteParameters {
  const what = 'db/rp/precision';
  if (context.search === null) throw httpErrors.legacyParameters('no db destination provided');
  const values = readLegacy(context, what, ['db', 'rp', 'precision']);
  if (values.db === undefined) throw deserialization(what, new Error('missing field `db`'));
  const precision = readPrecision(values.precision, what);
  return legacy(databaseOfRetentionPolicy(values.db, values.rp), precision);
}

/** In v1 a retention policy other than the default one is a database of its own. */
function databaseOfRetentionPolicy(database: string, policy: string | undefined): string {
  const name = policy?.toLowerCase() ?? '';
  return ['', "''", 'autogen', 'default'].includes(name) ? database : `${database}/${name}`;
}

function legacy(database: string, precision: Precision): WriteParameters {
  if (database !== INTERNAL_DATABASE) checkLegacyName(database);
  return { database, precision, acceptPartial: false, noSync: false };
}

function checkLegacyName(name: string): void {
  // The message says characters, the rule counts bytes.
  const bytes = Buffer.byteLength(name);
  if (bytes < 1 || bytes > 64) throw httpErrors.databaseNameLength(name);
  const bad = [...name].findIndex((character) => !/^[\p{Alphabetic}\p{N}/_-]$/u.test(character));
  if (bad !== -1) throw httpErrors.databaseNameLegacyCharacter(name, bad);
  checkDatabaseName(name);
}

function readLegacy<Name extends string>(
  context: RequestContext,
  what: string,
  names: readonly Name[],
): Partial<Record<Name, string>> {
  const values: Partial<Record<Name, string>> = {};
  try {
    for (const name of names) {
      const value = context.parameters.optional(name);
      if (value !== undefined) values[name] = value;
    }
  } catch (error) {
    throw deserialization(what, error);
  }
  return values;
}

function readPrecision(text: string | undefined, what: string): Precision {
  if (text === undefined) return 'nanosecond';
  const precision = LEGACY_PRECISIONS.get(text);
  if (precision !== undefined) return precision;
  const expected = [...LEGACY_PRECISIONS.keys()].map((name) => `\`${name}\``).join(', ');
  throw deserialization(what, new Error(`unknown variant \`${text}\`, expected one of ${expected}`));
}

function deserialization(what: string, error: unknown): Error {
  const detail = (error as Error).message.replace(/^serde error: /, '');
  return httpErrors.legacyParameters(`failed to deserialize ${what} in request: ${detail}`);
}
