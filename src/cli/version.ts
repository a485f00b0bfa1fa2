import { createRequire } from 'node:module';

/** `influxdb3 --version`: product, version, revision. */
export function versionText(): string {
  const { version } = createRequire(import.meta.url)('../../package.json') as { version: string };
  return `influxdb3 Sluice, ${version}, revision ${process.env.SLUICE_REVISION ?? 'unknown'}`;
}
