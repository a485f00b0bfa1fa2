import type { ClientRequest } from '../client/client.ts';
import { type CommonOptions, createClient } from './common-options.ts';

/** Sends one request and gives the JSON of the answer, null where there is none. */
export async function askServer(options: CommonOptions, request: ClientRequest): Promise<unknown> {
  const client = createClient(options);
  try {
    const { body } = await client.request(request);
    return body.length === 0 ? null : JSON.parse(body.toString('utf8'));
  } finally {
    client.close();
  }
}
