/** The body of a call that takes a JSON object. */
import { readJsonText } from './body.ts';
import { type JsonStruct, parseJsonBody } from './json-body.ts';
import type { RequestContext } from './request-context.ts';

/** `name` is what messages call the object. 400 and 413 as `readJsonText`, 400 for what is no object. */
export async function readJsonStruct(context: RequestContext, name: string): Promise<JsonStruct> {
  const text = await readJsonText(context.request, context.dependencies.options.maxRequestBytes);
  return parseJsonBody(text, name);
}
