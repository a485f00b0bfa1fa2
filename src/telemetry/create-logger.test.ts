import { expect, test } from 'vitest';
import { createLogger, type LogFormat } from './create-logger.ts';
import { parseLogFilter } from './log-filter.ts';

function capture(filter: string, format: LogFormat = 'json') {
  const lines: string[] = [];
  return {
    lines,
    logger: createLogger({ filter: parseLogFilter(filter), format, write: (line) => lines.push(line) }),
  };
}

test('a component has its own level', () => {
  const { lines, logger } = capture('warn,catalog=debug');
  logger.info({}, 'no');
  logger.child({ component: 'catalog' }).debug({}, 'yes');
  logger.child({ component: 'ingest' }).info({}, 'no');
  logger.child({ component: 'ingest' }).error({}, 'yes');
  expect(lines.map((line) => JSON.parse(line).msg)).toEqual(['yes', 'yes']);
});

test.each<LogFormat>(['json', 'full', 'pretty', 'logfmt'])('no token string gets out as %s', (format) => {
  const token = `apiv3_${'s3cret-'.repeat(12)}ab`;
  const { lines, logger } = capture('trace', format);
  logger.error({ token, nested: { list: [token] }, error: new Error(`bad ${token}`) }, `failed for ${token}`);
  expect(lines.join('')).toContain('failed for apiv3_[redacted]');
  expect(lines.join('')).not.toContain('s3cret');
});

test('an unknown level is refused by name, off is silence', () => {
  expect(() => parseLogFilter('info,catalog=loud')).toThrow(/'catalog=loud'/);
  const { lines, logger } = capture('off');
  logger.error({}, 'no');
  expect(lines).toEqual([]);
});
