/** Writing and querying (`http-api.md` 3 to 5). */
import {
  boolean,
  type Content,
  json,
  type OperationDescription,
  object,
  oneOf,
  query,
  string,
  text,
} from './schema.ts';

const lines: Content = text();
const write = (summary: string, parameters: OperationDescription['parameters']): OperationDescription => ({
  tag: 'write',
  summary,
  parameters: parameters ?? [],
  body: lines,
  status: 204,
});

const RESULT_FORMATS = ['json', 'jsonl', 'json_lines', 'csv', 'pretty', 'parquet'];
const results: Content = {
  ...json({ type: 'array', items: { type: 'object' } }),
  ...text('application/jsonl'),
  ...text('text/csv'),
  ...text(),
  ...text('application/vnd.apache.parquet'),
};
const format = query(
  'format?',
  'How the result is rendered; without it `Accept` decides',
  oneOf(...RESULT_FORMATS),
);
const queryFields = { 'format?': oneOf(...RESULT_FORMATS), 'params?': { type: 'object' } };
const legacyPrecision = query('precision?', 'Unit of the timestamps', oneOf('ns', 'us', 'ms', 's'));
const v1Query: OperationDescription = {
  tag: 'query',
  summary: 'InfluxQL in the manner of InfluxDB 1.x',
  parameters: [
    query('q', 'The statements'),
    query('db?', 'The database'),
    query('epoch?', 'Times as numbers of this unit', oneOf('ns', 'u', 'ms', 's', 'm', 'h')),
    query('u?', 'Ignored'),
    query('p?', 'The token'),
  ],
  status: 200,
  reply: { ...json({ type: 'object' }), ...text('text/csv') },
};

export const dataOperations: Readonly<Record<string, OperationDescription>> = {
  'POST /api/v3/write_lp': write('Write line protocol', [
    query('db', 'The database; made when it does not exist and the token may create it'),
    query(
      'precision?',
      'Unit of the timestamps',
      oneOf('auto', 'nanosecond', 'microsecond', 'millisecond', 'second'),
    ),
    query('accept_partial?', 'Keep the good lines of a request that has bad ones', boolean),
    query('no_sync?', 'Answer before the log is on disk', boolean),
  ]),
  'POST /api/v2/write': write('Write line protocol in the manner of InfluxDB 2.x', [
    query('bucket', 'The database'),
    query('org?', 'Ignored'),
    legacyPrecision,
  ]),
  'POST /write': write('Write line protocol in the manner of InfluxDB 1.x', [
    query('db', 'The database'),
    query('rp?', 'The retention policy'),
    legacyPrecision,
    query('p?', 'The token'),
  ]),
  'GET /api/v3/query_sql': {
    tag: 'query',
    summary: 'Query in SQL',
    parameters: [
      query('db', 'The database'),
      query('q', 'The statement'),
      format,
      query('params?', 'A JSON object of parameter values'),
    ],
    status: 200,
    reply: results,
  },
  'POST /api/v3/query_sql': {
    tag: 'query',
    summary: 'Query in SQL',
    body: json(object({ db: string, q: string, ...queryFields })),
    status: 200,
    reply: results,
  },
  'GET /api/v3/query_influxql': {
    tag: 'query',
    summary: 'Query in InfluxQL',
    parameters: [query('db?', 'The database'), query('q', 'The statement'), format],
    status: 200,
    reply: results,
  },
  'POST /api/v3/query_influxql': {
    tag: 'query',
    summary: 'Query in InfluxQL',
    body: json(object({ 'db?': string, q: string, ...queryFields })),
    status: 200,
    reply: results,
  },
  'GET /query': v1Query,
  'POST /query': v1Query,
};
