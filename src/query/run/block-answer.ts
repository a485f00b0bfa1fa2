/** An answer that is in memory already: nothing of it has to be asked of the engine. */
import { EngineError } from '../../engine/engine.ts';
import type { Block } from '../../engine/native/block.ts';
import type { Logger } from '../../telemetry/logger.ts';
import type { QueryRequest, QueryResult, ResultFormat } from '../query.ts';
import type { QueryRecorder } from '../query-log.ts';
import type { ResultColumn } from '../types.ts';
import { queryFailure } from './engine-failure.ts';

export interface BlockAnswerParts {
  readonly columns: readonly ResultColumn[];
  readonly block: Block;
  readonly request: Pick<QueryRequest, 'limits' | 'signal'>;
  /** The smaller one of the token's and the server's. */
  readonly limits: { readonly resultRows?: number };
  readonly recorder: QueryRecorder;
  readonly logger: Logger;
  encode(columns: readonly ResultColumn[], block: Block, format: ResultFormat): AsyncIterable<Uint8Array>;
}

export class BlockAnswer implements QueryResult {
  readonly columns: readonly ResultColumn[];
  private readonly parts: BlockAnswerParts;

  constructor(parts: BlockAnswerParts) {
    this.parts = parts;
    this.columns = parts.columns;
  }

  async *encode(format: ResultFormat): AsyncGenerator<Uint8Array> {
    const { block, recorder, request, limits, logger } = this.parts;
    try {
      this.checkRows();
      yield* this.parts.encode(this.columns, block, format);
      recorder.ended('success', block.rows);
    } catch (error) {
      recorder.ended(request.signal.aborted ? 'cancel' : 'fail', null);
      throw queryFailure(error, { tokenLimits: request.limits, limits, logger });
    } finally {
      recorder.ended('cancel', null);
    }
  }

  private checkRows(): void {
    const { block, limits } = this.parts;
    if (limits.resultRows !== undefined && block.rows > limits.resultRows) {
      throw new EngineError('rows', 'more rows than the limit of the request');
    }
  }
}
