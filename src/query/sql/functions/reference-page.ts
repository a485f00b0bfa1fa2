/** The reference page of the SQL functions, made from the table of functions. */
import type { FunctionDefinition } from './definition.ts';
import { allFunctions } from './registry.ts';

const KINDS: Record<FunctionDefinition['kind'], string> = {
  scalar: '',
  aggregate: 'Aggregate; also before OVER.',
  window: 'Only before OVER.',
};

const cell = (text: string): string => text.replaceAll('|', '\\|').replaceAll('\n', ' ');

function row(definition: FunctionDefinition): string {
  const aliases = (definition.aliases ?? []).map((name) => `\`${name}\``).join(', ');
  const kind =
    definition.kind === 'aggregate' && definition.window === false ? 'Aggregate.' : KINDS[definition.kind];
  const notes = [definition.doc, kind, aliases === '' ? '' : `Also called ${aliases}.`].filter(
    (part) => part !== '',
  );
  return `| \`${cell(definition.signature)}\` | ${cell(notes.join(' '))} |`;
}

export function referencePage(): string {
  const families = new Map<string, FunctionDefinition[]>();
  for (const definition of allFunctions) {
    const members = families.get(definition.family) ?? [];
    members.push(definition);
    families.set(definition.family, members);
  }
  const sections = [...families].map(([family, members]) => {
    const rows = [...members].sort((a, b) => (a.name < b.name ? -1 : 1)).map(row);
    return [`## ${family}`, '', '| Call | Meaning |', '|---|---|', ...rows].join('\n');
  });
  return `${[
    '# SQL functions',
    '<!-- Made by scripts/generate-sql-functions.ts from the table of functions: change the table, not this page. -->',
    'Names are not case-sensitive. Unless a line says otherwise, a null argument makes the result null. So does a null list, struct or map.',
    ...sections,
  ].join('\n\n')}\n`;
}
