/** A tokens file as data: YAML 1.2, of which JSON is a part. */
import { parseDocument } from 'yaml';
import { asObject, FieldProblem, type JsonObject, parseJsonObject } from './json-fields.ts';

const MAXIMUM_CHARACTERS = 16 * 1024 * 1024;

/** Throws `FieldProblem` with a position and never with the text, because the text holds secrets. */
export function parseYamlObject(text: string): JsonObject {
  if (text.length > MAXIMUM_CHARACTERS) {
    throw new FieldProblem(`larger than ${MAXIMUM_CHARACTERS} characters`);
  }
  // Machine-made files are JSON: much faster, and no YAML surprise can happen to them.
  if (text.trimStart().startsWith('{')) {
    const object = tryJson(text);
    if (object !== undefined) return object;
  }
  const document = parseDocument(text, { prettyErrors: false });
  const problem = document.errors[0] ?? document.warnings[0];
  if (problem !== undefined) {
    const [line, column] = lineAndColumn(text, problem.pos[0]);
    throw new FieldProblem(`not valid YAML at line ${line} column ${column}: ${problem.code}`);
  }
  return asObject(expand(document));
}

function tryJson(text: string): JsonObject | undefined {
  try {
    return parseJsonObject(text);
  } catch {
    return undefined;
  }
}

/** Aliases are counted by the parser, so a few lines cannot grow without bound. */
function expand(document: ReturnType<typeof parseDocument>): unknown {
  try {
    return document.toJS({ maxAliasCount: 100 });
  } catch {
    throw new FieldProblem('too many or unknown aliases');
  }
}

function lineAndColumn(text: string, offset: number): [line: number, column: number] {
  const before = text.slice(0, offset).split('\n');
  return [before.length, (before.at(-1)?.length ?? 0) + 1];
}
