/** Start-up proof that what the translator prints reaches no file, no network and no table of the engine. */
import { SluiceError } from '../errors/error.ts';
import type { PlanStatement, RelationProvider } from './sql/plan.ts';

const TABLE_FUNCTIONS = [
  'file',
  'url',
  's3',
  'remote',
  'remoteSecure',
  'cluster',
  'executable',
  'merge',
  'input',
];
const FUNCTIONS = ['file', 'dictGet', 'getSetting', 'hostName', 'currentUser', 'sleep', 'catboostEvaluate'];
const TABLES = [
  'system.tables',
  'system.processes',
  'system.one',
  '"system"."settings"',
  'default.t',
  'INFORMATION_SCHEMA.x',
];

const ATTEMPTS = [
  ...TABLE_FUNCTIONS.flatMap((name) => [
    `SELECT * FROM ${name}('/etc/hostname')`,
    `SELECT * FROM "${name}"('/etc/hostname')`,
    `WITH a AS (SELECT * FROM ${name}('http://127.0.0.1:9/', 'LineAsString')) SELECT * FROM a`,
    `SELECT 1 WHERE 1 IN (SELECT x FROM ${name}('x', 'y', 'x Int64'))`,
  ]),
  ...FUNCTIONS.flatMap((name) => [`SELECT ${name}('/etc/hostname')`, `SELECT 1 ORDER BY "${name}"('x')`]),
  ...TABLES.flatMap((name) => [`SELECT * FROM ${name}`, `SELECT (SELECT count(*) FROM ${name})`]),
  'SELECT 1; SELECT 2',
  "SELECT 1 INTO OUTFILE '/tmp/x'",
  'SELECT 1 SETTINGS readonly = 0',
  'SELECT 1 FORMAT Null',
  'SET readonly = 0',
  'SYSTEM SHUTDOWN',
  "INSERT INTO t SELECT * FROM file('x')",
  'DROP TABLE t',
  'ATTACH TABLE t',
  'KILL QUERY WHERE 1 = 1',
];

/** A server without any table: no name of an attempt is known for another reason than that the engine has it. */
const NOTHING: RelationProvider = { relation: () => undefined, tableFunction: () => undefined };

/** Throws when a statement is planned that must be refused, or when one that is harmless is not planned. */
export function checkTranslator(plan: PlanStatement): void {
  const attempt = (text: string) => plan({ text, parameters: new Map(), relations: NOTHING, nowNs: 0n });
  if (attempt('SELECT 1 AS one').kind !== 'select') throw new TypeError('the translator plans nothing');
  for (const text of ATTEMPTS) {
    try {
      attempt(text);
    } catch (error) {
      if (error instanceof SluiceError && error.status < 500) continue;
      throw error;
    }
    throw new TypeError(`the translator accepts what it must refuse: ${text}`);
  }
}
