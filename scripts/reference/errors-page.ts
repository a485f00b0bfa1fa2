/** `docs/reference/errors.md`, from the one catalogue. */
import * as catalogue from '../../src/errors/index.ts';

interface Entry {
  readonly code: string;
  readonly status: number;
  readonly message: string;
}

/** Every definition of every area, in order of area and code. */
export function errorEntries(): Map<string, Entry[]> {
  const areas = new Map<string, Entry[]>();
  for (const [name, area] of Object.entries(catalogue)) {
    if (!name.endsWith('Errors')) continue;
    const entries = Object.values(area as Record<string, unknown>)
      .filter(isDefinition)
      .map((definition) => ({
        code: definition.code,
        status: definition.status,
        message: exampleMessage(definition),
      }));
    areas.set(
      name.replace(/Errors$/, ''),
      entries.toSorted((a, b) => (a.code < b.code ? -1 : 1)),
    );
  }
  return areas;
}

type Definition = ((...args: unknown[]) => { readonly message: string }) & {
  readonly code: string;
  readonly status: number;
};

function isDefinition(value: unknown): value is Definition {
  return typeof value === 'function' && 'code' in value && 'status' in value;
}

/** The message with `…` where a value stands. */
function exampleMessage(definition: Definition): string {
  try {
    return definition('…', '…', '…', '…', '…').message;
  } catch {
    return '';
  }
}

export function errorsPage(): string {
  const sections = [...errorEntries()].map(([area, entries]) => {
    const rows = entries.map(
      ({ code, status, message }) =>
        `| \`${code}\` | ${status} | ${message.replaceAll('|', '\\|').replaceAll('\n', ' ')} |`,
    );
    return [`## ${area}`, '', '| Code | Status | Message |', '|---|---|---|', ...rows, ''].join('\n');
  });
  return [
    '# Errors',
    '',
    'Every failure has a stable code, sent in the header `sluice-error-code`. The message may change, the code does not. `…` stands for a value. This page is generated: `npm run reference`.',
    '',
    ...sections,
  ].join('\n');
}
