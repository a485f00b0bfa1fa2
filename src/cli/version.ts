import { packageVersion, sourceRevision } from '../platform/version.ts';

/** `influxdb3 --version`: product, version, revision. */
export function versionText(): string {
  return `influxdb3 Sluice, ${packageVersion()}, revision ${sourceRevision()}`;
}
