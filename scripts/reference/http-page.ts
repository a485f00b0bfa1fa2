/** `docs/reference/http-api.md`, from the OpenAPI descriptions. */
import { operationDescriptions } from '../../src/api/openapi/document.ts';
import type { JsonSchema, OperationDescription } from '../../src/api/openapi/schema.ts';

export function httpPage(): string {
  const byTag = Map.groupBy(Object.entries(operationDescriptions), ([, { tag }]) => tag);
  const sections = [...byTag].map(([tag, operations]) =>
    [`## ${tag}`, '', ...operations.map(([name, description]) => operationText(name, description))].join(
      '\n',
    ),
  );
  return [
    '# HTTP API',
    '',
    'A token goes into `Authorization: Bearer TOKEN`. The same as a machine reads it: `GET /api/v3/openapi.json`. Failures: [errors.md](errors.md). This page is generated: `npm run reference`.',
    '',
    ...sections,
  ].join('\n');
}

function operationText(
  name: string,
  { summary, parameters, body, status, reply }: OperationDescription,
): string {
  const lines = [
    `### \`${name}\``,
    '',
    `${summary}. Answers ${status}${reply ? ` with ${mediaTypes(reply)}` : ''}.`,
    '',
  ];
  if (parameters && parameters.length > 0) {
    lines.push('| Parameter | In | Required | Type | Meaning |', '|---|---|---|---|---|');
    for (const { name: parameter, in: place, required, schema, description } of parameters) {
      lines.push(
        `| \`${parameter}\` | ${place} | ${required ? 'yes' : 'no'} | ${typeText(schema)} | ${description} |`,
      );
    }
    lines.push('');
  }
  if (body) {
    const schema = body['application/json']?.schema;
    lines.push(schema === undefined ? `Body: ${mediaTypes(body)}.` : `Body: \`${shapeText(schema)}\``, '');
  }
  return lines.join('\n');
}

const mediaTypes = (content: object) =>
  Object.keys(content)
    .map((type) => `\`${type}\``)
    .join(', ');

function typeText(schema: JsonSchema): string {
  if (Array.isArray(schema.enum)) return schema.enum.map((value) => `\`${value}\``).join(', ');
  return String(schema.type ?? 'any');
}

/** A schema in one line: `?` marks what may be absent. */
function shapeText(schema: JsonSchema): string {
  if (typeof schema.$ref === 'string') return schema.$ref.slice(schema.$ref.lastIndexOf('/') + 1);
  if (Array.isArray(schema.anyOf))
    return schema.anyOf.map((part: JsonSchema) => shapeText(part)).join(' or ');
  if (Array.isArray(schema.enum)) return schema.enum.map((value) => JSON.stringify(value)).join(' or ');
  if (schema.type === 'array') return `[${shapeText(schema.items as JsonSchema)}, …]`;
  if (schema.type !== 'object' || schema.properties === undefined) return String(schema.type ?? 'any');
  const required = new Set((schema.required as string[] | undefined) ?? []);
  const fields = Object.entries(schema.properties as Record<string, JsonSchema>).map(
    ([name, part]) => `"${name}"${required.has(name) ? '' : '?'}: ${shapeText(part)}`,
  );
  return `{${fields.join(', ')}}`;
}
