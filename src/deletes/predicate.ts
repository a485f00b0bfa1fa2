/** `delete_predicate`: equalities of tags, joined by AND (`http-api.md` 12). Nothing else is understood. */
import { catalogErrors } from '../errors/index.ts';

export interface TagEquality {
  readonly name: string;
  readonly value: string;
}

const MAXIMUM_LENGTH = 64 * 1024;
/** A name (plain or in double quotes), `=`, a value in single quotes. A quote inside is doubled. */
const EQUALITY = /\s*(?:"((?:[^"]|"")+)"|([A-Za-z_][A-Za-z0-9_]*))\s*=\s*'((?:[^']|'')*)'\s*/y;
const AND = /and\b/iy;

export function parsePredicate(text: string): TagEquality[] {
  if (text.length > MAXIMUM_LENGTH) throw catalogErrors.rowDeleteInvalid('the predicate is too long');
  const equalities: TagEquality[] = [];
  for (let at = 0; ; ) {
    EQUALITY.lastIndex = at;
    const match = EQUALITY.exec(text);
    if (match === null) throw unknown(at);
    const [, quoted, plain, value] = match;
    equalities.push({
      name: quoted === undefined ? plain! : quoted.replaceAll('""', '"'),
      value: value!.replaceAll("''", "'"),
    });
    at = EQUALITY.lastIndex;
    if (at === text.length) return equalities;
    AND.lastIndex = at;
    if (!AND.test(text)) throw unknown(at);
    at = AND.lastIndex;
  }
}

function unknown(at: number): Error {
  return catalogErrors.rowDeleteInvalid(
    `at character ${at + 1} of delete_predicate: write tag = 'value', joined by AND`,
  );
}
