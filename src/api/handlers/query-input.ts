/** Reads the parameters of the v3 query endpoints: from the query string, or from a JSON body of any content type. */
import { httpErrors } from '../../errors/index.ts';
import type { ParameterValue, ResultFormat } from '../../query/query.ts';
import { readText } from '../body.ts';
import { JsonStruct, parseJsonBody } from '../json-body.ts';
import { type JsonNode, parseJsonText } from '../json-text.ts';
import type { RequestContext } from '../request-context.ts';
import { readChoice } from '../url-parameters.ts';
import { chooseFormat, FORMATS } from './query-format.ts';

export interface QueryInput {
  /** null only where the language lets the statement name the database. */
  readonly database: string | null;
  readonly text: string;
  readonly format: ResultFormat;
  readonly parameters: ReadonlyMap<string, ParameterValue>;
}

const U64_MAXIMUM = 2n ** 64n - 1n;
const I64_MINIMUM = -(2n ** 63n);

/** `needsDatabase`: SQL cannot name one. */
export async function readQueryInput(context: RequestContext, needsDatabase: boolean): Promise<QueryInput> {
  return context.method === 'GET' ? fromUrl(context, needsDatabase) : fromBody(context, needsDatabase);
}

function fromUrl(context: RequestContext, needsDatabase: boolean): QueryInput {
  if (context.search === null) throw httpErrors.missingQueryParameters();
  const { parameters } = context;
  const database = needsDatabase ? parameters.required('db') : (parameters.optional('db') ?? null);
  const text = parameters.required('q');
  const format = parameters.choice('format', FORMATS);
  const given = parameters.optional('params');
  return {
    database,
    text,
    format: chooseFormat(format, context.request.headers.accept),
    parameters: given === undefined ? new Map() : parameterValues(given, parseJsonText(given)),
  };
}

async function fromBody(context: RequestContext, needsDatabase: boolean): Promise<QueryInput> {
  const source = await readText(context.request, context.dependencies.options.maxRequestBytes);
  const body = parseJsonBody(source, 'QueryRequest');
  const database = needsDatabase ? body.string('db') : (body.optionalString('db') ?? null);
  const text = body.string('q');
  const format = body.optionalString('format');
  const given = body.field('params');
  return {
    database,
    text,
    format: chooseFormat(
      format === undefined ? undefined : readChoice(format, FORMATS),
      context.request.headers.accept,
    ),
    parameters: given === null || given.kind === 'null' ? new Map() : parameterValues(source, given),
  };
}

function parameterValues(source: string, node: JsonNode): Map<string, ParameterValue> {
  const values = new Map<string, ParameterValue>();
  for (const [name, value] of new JsonStruct(source, node, 'a map').entries()) {
    values.set(name, parameterValue(name, value));
  }
  return values;
}

function parameterValue(name: string, node: JsonNode): ParameterValue {
  switch (node.kind) {
    case 'null':
      return null;
    case 'array':
    case 'object':
      throw httpErrors.queryParameterType(name);
    case 'integer':
      return node.value > U64_MAXIMUM || node.value < I64_MINIMUM ? Number(node.value) : node.value;
    default:
      return node.value;
  }
}
