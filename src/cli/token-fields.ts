/** Parts of a token as the command line spells them, shared by create, update and derive. */
import { parseDuration } from '../tokens/duration.ts';
import { UsageError } from './errors.ts';

/** Type before the first colon, actions after the last, names between (`auth.md` 2.3). */
export function permissionObject(permission: string): object {
  const first = permission.indexOf(':');
  const last = permission.lastIndexOf(':');
  return {
    resource_type: permission.slice(0, first),
    resource_names: splitNames(permission.slice(first + 1, last)),
    actions: permission.slice(last + 1).split(','),
  };
}

/** Commas inside a row filter's brackets belong to the filter. */
function splitNames(names: string): string[] {
  return names.split(/,(?![^[]*\])/);
}

/** Refuses what has not the three parts; the server judges the rest. */
export function checkPermissionText(permission: string): string {
  if (permission.split(':').length >= 3) return permission;
  throw new UsageError(
    `invalid value '${permission}' for '--permission <PERMISSION>': expected RESOURCE_TYPE:RESOURCE_NAMES:ACTIONS`,
  );
}

/** Whole seconds of a duration such as `7d`. */
export function parseSeconds(option: string, value: string): number {
  const parsed = parseDuration(value);
  if (!parsed.ok) throw new UsageError(`invalid value '${value}' for '${option}': ${parsed.message}`);
  return Math.floor(parsed.seconds);
}

const LIMIT_NAMES = [
  'requests_per_sec',
  'write_bytes_per_sec',
  'concurrent_queries',
  'query_seconds',
  'query_result_rows',
  'burst',
];

/** `--limit name=number`, repeated; undefined when there is none. */
export function parseLimits(values: readonly string[]): Record<string, number> | undefined {
  if (values.length === 0) return undefined;
  const limits: Record<string, number> = {};
  for (const value of values) {
    const [, name, number] = /^([a-z_]+)=([0-9]+(?:\.[0-9]+)?)$/.exec(value) ?? [];
    if (name === undefined || !LIMIT_NAMES.includes(name)) {
      throw new UsageError(
        `invalid value '${value}' for '--limit <NAME=NUMBER>' [possible names: ${LIMIT_NAMES.join(', ')}]`,
      );
    }
    limits[name] = Number(number);
  }
  return limits;
}

/** Collects the values of an option that may be repeated. */
export function collectValues(value: string, previous: readonly string[] = []): string[] {
  return [...previous, value];
}
