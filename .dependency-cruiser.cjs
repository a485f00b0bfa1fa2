/** Who may import whom (docs: ../shared/design/architecture.md, section 3). A part that is not named may not be imported. */
const parts = {
  errors: [],
  platform: [],
  engine: ['errors', 'platform', 'telemetry'],
  auth: ['errors'],
  telemetry: ['errors', 'platform'],
  catalog: ['errors', 'platform', 'engine', 'auth', 'telemetry'],
  tokens: ['errors', 'platform', 'auth', 'catalog', 'telemetry'],
  ingest: ['errors', 'platform', 'engine', 'catalog', 'telemetry'],
  caches: ['errors', 'platform', 'engine', 'catalog', 'auth', 'ingest', 'telemetry'],
  deletes: ['errors', 'platform', 'engine', 'catalog', 'ingest', 'telemetry'],
  query: ['errors', 'platform', 'engine', 'catalog', 'auth', 'ingest', 'caches', 'telemetry'],
  api: ['errors', 'platform', 'auth', 'tokens', 'catalog', 'ingest', 'deletes', 'query', 'telemetry'],
  server: [
    'errors',
    'platform',
    'engine',
    'auth',
    'tokens',
    'catalog',
    'ingest',
    'caches',
    'deletes',
    'query',
    'api',
    'telemetry',
  ],
  client: [],
  cli: ['client', 'server', 'auth', 'tokens', 'catalog', 'ingest', 'platform', 'telemetry'],
};

module.exports = {
  forbidden: [
    {
      name: 'no-cycles',
      severity: 'error',
      from: {},
      to: { circular: true, dependencyTypesNot: ['type-only'] },
    },
    {
      name: 'engine-contract-is-a-leaf',
      severity: 'error',
      from: { path: '^src/engine/(engine|stored-rows)\\.ts$' },
      to: { path: '^src/', pathNot: '^src/engine/stored-rows\\.ts$' },
    },
    ...Object.entries(parts).map(([part, allowed]) => ({
      name: `${part}-imports`,
      severity: 'error',
      from: { path: `^src/${part}/`, pathNot: '\\.test\\.ts$' },
      to: { path: '^src/', pathNot: `^src/(${[part, ...allowed].join('|')})/` },
    })),
    {
      name: 'no-tests-in-source',
      severity: 'error',
      from: { path: '^src/', pathNot: '\\.test\\.ts$' },
      to: { path: '(\\.test\\.ts$|^test/|^bench/)' },
    },
  ],
  options: {
    doNotFollow: { path: 'node_modules' },
    tsConfig: { fileName: 'tsconfig.json' },
    tsPreCompilationDeps: true,
  },
};
