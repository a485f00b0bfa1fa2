/** The InfluxQL statements that the edge answers itself: `SHOW DATABASES` and `SHOW RETENTION POLICIES [ON db]`. */

export type ShowStatement =
  | { readonly kind: 'databases' }
  | { readonly kind: 'retention_policies'; readonly database: string | null }
  /** Any other statement. */
  | { readonly kind: 'other' };

const SHOW_DATABASES = /^show\s+databases$/i;
const SHOW_POLICIES = /^show\s+retention\s+policies(?:\s+on\s+(?:"((?:[^"\\]|\\.)+)"|([A-Za-z_]\w*)))?$/i;

/** Parts a text at semicolons outside quotes; empty statements are dropped. */
export function splitStatements(text: string): string[] {
  const statements: string[] = [];
  let start = 0;
  let quote: string | null = null;
  for (let offset = 0; offset < text.length; offset++) {
    const character = text[offset]!;
    if (quote !== null) {
      if (character === '\\') offset++;
      else if (character === quote) quote = null;
    } else if (character === '"' || character === "'") {
      quote = character;
    } else if (character === ';') {
      statements.push(text.slice(start, offset));
      start = offset + 1;
    }
  }
  statements.push(text.slice(start));
  return statements.map((statement) => statement.trim()).filter((statement) => statement !== '');
}

export function parseShow(statement: string): ShowStatement {
  if (SHOW_DATABASES.test(statement)) return { kind: 'databases' };
  const policies = SHOW_POLICIES.exec(statement);
  if (policies === null) return { kind: 'other' };
  const quoted = policies[1]?.replace(/\\(.)/g, '$1');
  return { kind: 'retention_policies', database: quoted ?? policies[2] ?? null };
}

/** A period in Go's notation, `0s` for infinite: `168h0m0s`. */
export function goDuration(retentionNs: bigint | null): string {
  if (retentionNs === null || retentionNs === 0n) return '0s';
  const totalSecs = retentionNs / 1_000_000_000n;
  const hours = totalSecs / 3600n;
  const minutes = (totalSecs / 60n) % 60n;
  const nanos = retentionNs % 1_000_000_000n;
  const fraction = nanos === 0n ? '' : `.${nanos.toString().padStart(9, '0').replace(/0+$/, '')}`;
  const seconds = `${totalSecs % 60n}${fraction}s`;
  if (hours > 0n) return `${hours}h${minutes}m${seconds}`;
  return minutes > 0n ? `${minutes}m${seconds}` : seconds;
}

/** The part of a database's name that names its retention policy. */
export function policyName(database: string): string {
  const slash = database.indexOf('/');
  return slash === -1 ? 'autogen' : database.slice(slash + 1);
}
