/** Lines with a few characters changed, put in, left out or repeated. */
import { oneOf, type Random } from '../support/seeded-random.ts';

const PIECES = [
  ...' ,=\\"\n\t\r#-.+eEiutfTFN09',
  'true',
  '1i',
  '2u',
  '"x"',
  'm',
  'é',
  '😀',
  '\0',
  ' 1',
  '\n\n',
  'm f=1\n',
  ',a=b',
  '9223372036854775807',
  '1e999',
];

export function mutate(random: Random, body: string): string {
  const at = () => Math.floor(random() * (body.length + 1));
  const [from, to] = [at(), at()].sort((a, b) => a - b) as [number, number];
  const changed = oneOf(random, [
    () => body.slice(0, from) + oneOf(random, PIECES) + body.slice(from),
    () => body.slice(0, from) + oneOf(random, PIECES) + body.slice(from + 1),
    () => body.slice(0, from) + body.slice(Math.min(to, from + 8)),
    () => body.slice(0, to) + body.slice(from, Math.min(to, from + 40)) + body.slice(to),
    () => body.slice(0, from),
  ])();
  // Cut between two surrogates it would not be text; bodies are UTF-8.
  return changed.toWellFormed();
}
