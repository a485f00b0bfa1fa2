/** `npm run reference`: writes the generated pages of docs/reference. A test tells when they are out of date. */
import { writeFileSync } from 'node:fs';
import { cliPage } from './reference/cli-page.ts';
import { errorsPage } from './reference/errors-page.ts';
import { httpPage } from './reference/http-page.ts';

export const referencePages: Readonly<Record<string, () => string>> = {
  'errors.md': errorsPage,
  'http-api.md': httpPage,
  'cli.md': cliPage,
};

if (process.argv[1] === import.meta.filename) {
  for (const [name, page] of Object.entries(referencePages)) {
    writeFileSync(new URL(`../docs/reference/${name}`, import.meta.url), page());
  }
}
