/** Writes docs/reference/sql-functions.md from the table of functions. */
import { writeFileSync } from 'node:fs';
import { referencePage } from '../src/query/sql/functions/reference-page.ts';

writeFileSync(new URL('../docs/reference/sql-functions.md', import.meta.url), referencePage());
