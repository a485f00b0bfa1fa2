/** A small world of databases, tables and rows, and random permissions over it, so that collisions are common. */
import fc from 'fast-check';
import type { DatabaseReference, Operation } from '../../src/auth/operation.ts';
import type {
  DatabaseAction,
  DatabaseSelector,
  Permission,
  RowCondition,
  SystemResource,
  TableSelector,
} from '../../src/auth/permission.ts';
import type { Principal } from '../../src/auth/principal.ts';
import type { TokenRecord } from '../../src/auth/token.ts';

export const ACTIONS: readonly DatabaseAction[] = ['create', 'describe', 'read', 'write', 'delete'];
export const SYSTEM: readonly SystemResource[] = [
  'health',
  'metrics',
  'ping',
  'ready',
  'tokens',
  'queries',
  'tables',
];

/** Live databases; `a/cpu` looks like a table of `a`, `prod` is a prefix of others. */
export const DATABASES: readonly (DatabaseReference & { readonly id: number })[] = [
  { id: 0, name: '_internal' },
  { id: 1, name: 'a' },
  { id: 2, name: 'a/cpu' },
  { id: 3, name: 'prod' },
  { id: 4, name: 'prod_eu' },
  { id: 5, name: 'prod_us' },
];
/** What a request may name: the live ones and two that do not exist. */
export const NAMED: readonly DatabaseReference[] = [
  ...DATABASES,
  { id: null, name: 'prod_new' },
  { id: null, name: 'gone' },
];
export const TABLES = ['cpu', 'cpu_user', 'mem', 'system.tokens', 'a,b', 'x*', 'p%25', '[=|]'];
export const TAGS = ['region', 'env'];
export const VALUES = ['eu', 'us', 'a,b|c', '*'];

export const resolveDatabase = (name: string): number | undefined =>
  DATABASES.find((database) => database.name === name)?.id;

/** Every combination of tag values; `undefined` = the row has no such tag. */
export const ROWS: readonly Readonly<Record<string, string | undefined>>[] = [undefined, ...VALUES].flatMap(
  (region) => [undefined, ...VALUES].map((env) => ({ region, env })),
);

export const OPERATIONS: readonly Operation[] = [
  { kind: 'list_databases' },
  { kind: 'admin' },
  { kind: 'authenticated' },
  ...SYSTEM.map((resource): Operation => ({ kind: 'system', resource })),
  ...NAMED.flatMap((database) =>
    ACTIONS.flatMap((action): Operation[] => [
      { kind: 'database', database, action },
      ...TABLES.map((table): Operation => ({ kind: 'database', database, action, table })),
    ]),
  ),
];

const some = <Value>(values: readonly Value[]) =>
  fc.subarray([...values], { minLength: 1, maxLength: values.length });

const selector: fc.Arbitrary<DatabaseSelector> = fc.oneof(
  fc.constant<DatabaseSelector>({ kind: 'all' }),
  fc.constantFrom(...DATABASES).map(({ id, name }): DatabaseSelector => ({ kind: 'id', id, name })),
  fc
    .constantFrom('p', 'prod', 'prod_', 'a', '_int')
    .map((prefix): DatabaseSelector => ({ kind: 'prefix', prefix })),
);

const tables: fc.Arbitrary<readonly TableSelector[]> = fc.uniqueArray(
  fc.oneof(
    fc.constantFrom(...TABLES).map((name): TableSelector => ({ kind: 'name', name })),
    fc.constantFrom('c', 'cpu', 'cpu_', 'x*').map((prefix): TableSelector => ({ kind: 'prefix', prefix })),
  ),
  { minLength: 1, maxLength: 3, selector: (table) => JSON.stringify(table) },
);

const rows: fc.Arbitrary<readonly RowCondition[]> = fc.uniqueArray(
  fc.record({ tag: fc.constantFrom(...TAGS), values: some(VALUES) }),
  { minLength: 1, maxLength: 2, selector: ({ tag }) => tag },
);

/** In the order that the printer uses, so that a round trip can be compared. */
const actions = (allowed: readonly DatabaseAction[]) => some(allowed);

const databasePermission = (fields: {
  tables: fc.Arbitrary<readonly TableSelector[] | null>;
  rows: fc.Arbitrary<readonly RowCondition[] | null>;
  actions: fc.Arbitrary<readonly DatabaseAction[]>;
  single: boolean;
}): fc.Arbitrary<Permission> =>
  fc.record({
    kind: fc.constant('database' as const),
    databases: fc
      .uniqueArray(selector, {
        minLength: 1,
        maxLength: fields.single ? 1 : 3,
        selector: (database) => JSON.stringify(database),
      })
      .map((found) => (found.some(({ kind }) => kind === 'all') ? [{ kind: 'all' as const }] : found)),
    tables: fields.tables,
    rows: fields.rows,
    actions: fields.actions,
  });

/** Every kind of permission that the grammar can make; `admin` is not among them. */
export const permission: fc.Arbitrary<Permission> = fc.oneof(
  { weight: 1, arbitrary: fc.constant<Permission>({ kind: 'read_everything' }) },
  {
    weight: 2,
    arbitrary: fc.record({
      kind: fc.constant('system' as const),
      resources: fc.oneof(fc.constant('all' as const), some(SYSTEM)),
      actions: fc.constant(['read'] as const),
    }),
  },
  {
    weight: 6,
    arbitrary: databasePermission({
      tables: fc.constant(null),
      rows: fc.constant(null),
      actions: actions(ACTIONS),
      single: false,
    }),
  },
  {
    weight: 4,
    arbitrary: databasePermission({
      tables,
      rows: fc.constant(null),
      actions: actions(['describe', 'read', 'write', 'delete']),
      single: true,
    }),
  },
  {
    weight: 3,
    arbitrary: databasePermission({
      tables: fc.option(tables),
      rows,
      actions: fc.constant(['read'] as const),
      single: true,
    }),
  },
);

export const permissions: fc.Arbitrary<readonly Permission[]> = fc.oneof(
  { weight: 1, arbitrary: fc.constant<readonly Permission[]>([{ kind: 'admin' }]) },
  { weight: 12, arbitrary: fc.array(permission, { maxLength: 4 }) },
);

/** A record at rest with these permissions. */
export function tokenWith(
  held: readonly Permission[],
  fields: Partial<Omit<TokenRecord, 'permissions'>> = {},
): TokenRecord {
  return {
    id: 1,
    name: 'probe',
    hash: Buffer.alloc(64, fields.id ?? 1),
    description: null,
    createdBy: null,
    createdAtMs: 0,
    updatedAtMs: null,
    updatedBy: null,
    expiryMs: null,
    origin: 'api',
    limits: null,
    allowedCidrs: null,
    derive: false,
    parentId: null,
    previous: null,
    ...fields,
    permissions: held,
  };
}

/** The principal of a line of tokens: the first is used, the others are its parents, nearest first. */
export function principalOf(
  ...line: readonly (readonly Permission[])[]
): Principal & { readonly kind: 'token' } {
  const tokens = line.map((held, index) =>
    tokenWith(held, { id: index, parentId: index === line.length - 1 ? null : index + 1 }),
  );
  const [token, ...ancestors] = tokens;
  return {
    kind: 'token',
    token: token!,
    rotatedUntilMs: null,
    ...(ancestors.length > 0 && { ancestors }),
  };
}
