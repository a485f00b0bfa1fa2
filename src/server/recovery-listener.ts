/** The recovery listener (`auth.md` 9.4): one route, no token, gone after its first success. */
import type { IncomingMessage, ServerResponse } from 'node:http';
import { clientAddress } from '../api/address.ts';
import { tokenReply } from '../api/handlers/tokens.ts';
import { errorReply, type Reply } from '../api/reply.ts';
import { sendReply } from '../api/send-reply.ts';
import { httpErrors, SluiceError } from '../errors/index.ts';
import type { RandomSource } from '../platform/random.ts';
import type { Logger } from '../telemetry/logger.ts';
import type { TokenService } from '../tokens/token-service.ts';
import type { ClientErrors } from './client-errors.ts';
import type { ListenerConfig, TlsConfig } from './config.ts';
import { type Listener, listen } from './listener.ts';

const PATH = '/api/v3/configure/token/admin/regenerate';
const DRAIN_MS = 1000;

export interface RecoveryParts {
  readonly tokens: TokenService;
  readonly random: RandomSource;
  readonly logger: Logger;
  readonly clusterUuid: string;
  readonly clientErrors: ClientErrors;
}

export async function startRecoveryListener(
  config: ListenerConfig,
  tls: TlsConfig | null,
  parts: RecoveryParts,
): Promise<Listener> {
  const { logger } = parts;
  const listener = await listen(
    config,
    tls,
    (request, response) => void serve(request, response),
    parts.clientErrors,
  );
  logger.warn(
    { address: listener.address },
    'the recovery listener replaces the operator token without asking for one',
  );
  return listener;

  async function serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const reply = await answer(request, parts);
    const headers = {
      ...reply.headers,
      'access-control-allow-origin': '*',
      'cluster-uuid': parts.clusterUuid,
      connection: 'close',
    };
    await sendReply(response, { ...reply, headers });
    request.resume();
    if (reply.status === 201) {
      logger.warn({}, 'the operator token was replaced; the recovery listener stops');
      await listener.stop(DRAIN_MS);
    }
  }
}

async function answer(request: IncomingMessage, { tokens, random, logger }: RecoveryParts): Promise<Reply> {
  try {
    if (request.method !== 'POST' || request.url !== PATH) throw httpErrors.recoveryRouteNotFound();
    const caller = {
      requestId: random.uuid(),
      client: clientAddress(request, null),
      principal: { kind: 'anonymous' } as const,
    };
    return tokenReply(await tokens.regenerateOperator(caller));
  } catch (error) {
    if (error instanceof SluiceError) return errorReply(error);
    logger.error({ error }, 'the recovery failed');
    return errorReply(httpErrors.internal('recovery'));
  }
}
