import { expect, test } from 'vitest';
import { EngineError, type EngineErrorKind } from '../../engine/engine.ts';
import { queryErrors, SluiceError } from '../../errors/index.ts';
import { silentLogger } from '../../telemetry/logger.ts';
import { queryFailure } from './engine-failure.ts';

const LEAKS =
  "Code: 60. DB::Exception: Unknown table `secret_db`.`t_7`: while reading /var/lib/sluice/engine/x.bin 'hunter2'";

const failure = (kind: EngineErrorKind, message = LEAKS, engineCode?: number, limits = {}) =>
  queryFailure(new EngineError(kind, message, engineCode === undefined ? {} : { engineCode }), {
    tokenLimits: limits,
    limits,
    logger: silentLogger,
  });

const STATUSES: Record<EngineErrorKind, number> = {
  syntax: 500,
  unknown: 500,
  value: 500,
  memory: 500,
  time: 503,
  rows: 413,
  cancelled: 499,
  overloaded: 429,
  down: 503,
  internal: 500,
};

test.each(Object.entries(STATUSES))(
  '%s has its status and none of the words of the engine',
  (kind, status) => {
    const error = failure(kind as EngineErrorKind);
    expect(error).toBeInstanceOf(SluiceError);
    expect(error.status).toBe(status);
    expect(error.message).not.toMatch(/secret|t_7|var|hunter2|DB::|Code/);
  },
);

test('of an error on a value only our own text is passed on', () => {
  const thrown = (text: string) =>
    failure(
      'value',
      `Code: 395. DB::Exception: ${text}: while executing 'FUNCTION throwIf(secret)'. (FUNCTION_THROW_IF_VALUE_IS_NON_ZERO)`,
      395,
    );
  expect(thrown('Arrow error: Cast error: Cannot cast').message).toBe(
    'query error: error while executing plan: Arrow error: Cast error: Cannot cast',
  );
  expect(failure('value', LEAKS, 395).message).toMatch(/Cast error: a value cannot be converted/);
  expect(failure('value', LEAKS, 153).message).toMatch(/Divide by zero error$/);
  expect(failure('value', LEAKS, 125).message).toMatch(/more than one row returned by a subquery/);
});

test('what the engine has not is the statement’s fault, not an internal error', () => {
  expect(failure('internal', LEAKS, 306).message).toMatch(/the recursion goes too deep/);
  const deep = failure('internal', 'Code: 306. DB::Exception: Maximum parse depth (1000) exceeded.', 306);
  expect([deep.status, deep.message]).toEqual([400, expect.stringMatching(/the query is too complex/)]);
  const error = failure('internal', LEAKS, 48);
  expect(error.status).toBe(405);
  expect(error.message).toMatch(/^This feature is not implemented: .*write it as a join/);
});

test('a limit is named as the token’s when it is the one in force', () => {
  expect(failure('time', LEAKS, 159, { timeMs: 1500 }).message).toMatch(/query_seconds = 1.5;/);
  const stricter = queryFailure(new EngineError('rows', LEAKS), {
    tokenLimits: { resultRows: 100 },
    limits: { resultRows: 10 },
    logger: silentLogger,
  });
  expect(stricter.code).toBe('query_result_rows');
});

test('what is in the catalogue already stays, and a bug of ours is internal', () => {
  const known = queryErrors.planning('x');
  const context = { tokenLimits: {}, limits: {}, logger: silentLogger };
  expect(queryFailure(known, context)).toBe(known);
  expect(queryFailure(new TypeError(LEAKS), context).message).not.toMatch(/secret/);
});
