import { expect, test } from 'vitest';
import { type Logger, silentLogger } from './logger.ts';
import { Outage } from './outage.ts';

test('is told when it begins and when the last has worked again', () => {
  const told: [string, object][] = [];
  const logger: Logger = { ...silentLogger, warn: (fields, message) => told.push([message, fields]) };
  const outage = new Outage<string>(logger, { began: 'refused', ended: 'taken' });
  outage.worked('a');
  outage.failed('a', { code: 'full' }, new Error('no space'));
  outage.failed('a', { code: 'full' }, new Error('no space'));
  outage.failed('b', { code: 'full' }, 'text');
  outage.worked('a');
  expect(told).toEqual([['refused', { code: 'full', reason: 'no space' }]]);
  outage.worked('b');
  outage.worked('b');
  expect(told.slice(1)).toEqual([['taken', {}]]);
  outage.failed('b', {}, 'text');
  expect(told).toHaveLength(3);
});
