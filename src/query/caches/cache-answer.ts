/** Statements that only pick columns of a cache in memory: answered from there, without the engine. */
import { isDeepStrictEqual } from 'node:util';
import { EngineError } from '../../engine/engine.ts';
import type { Block } from '../../engine/native/block.ts';
import type { Logger } from '../../telemetry/logger.ts';
import type { QueryRequest, QueryResult, ResultFormat } from '../query.ts';
import type { QueryRecorder } from '../query-log.ts';
import { queryFailure } from '../run/engine-failure.ts';
import type { SelectPlan } from '../sql/plan.ts';
import type { ResultColumn } from '../types.ts';
import type { CacheSource } from './cache-source.ts';
import type { EncodedAnswers } from './encoded-answers.ts';

/** null: the engine has to answer. */
export function cacheBlock(plan: SelectPlan, source: CacheSource): Block | null {
  const { cache: statement, columns } = plan;
  if (statement === undefined || statement.projection === null) return null;
  if (![...statement.equalities.keys()].every((name) => source.isTag(name))) return null;
  const byName = new Map(source.columns.map((column) => [column.name, column]));
  const names = statement.projection.flatMap((name) => (name === '*' ? [...byName.keys()] : [name]));
  // The planner had the last word on what the columns are.
  const isSame =
    names.length === columns.length &&
    names.every((name, index) => isDeepStrictEqual(byName.get(name)?.type, columns[index]!.type));
  return isSame ? source.read(names, statement.equalities) : null;
}

export interface CacheAnswerParts {
  readonly columns: readonly ResultColumn[];
  readonly block: Block;
  readonly request: Pick<QueryRequest, 'limits' | 'signal'>;
  /** The smaller one of the token's and the server's. */
  readonly limits: { readonly resultRows?: number };
  readonly answers: EncodedAnswers;
  readonly recorder: QueryRecorder;
  readonly logger: Logger;
}

export class CacheAnswer implements QueryResult {
  readonly columns: readonly ResultColumn[];
  private readonly parts: CacheAnswerParts;

  constructor(parts: CacheAnswerParts) {
    this.parts = parts;
    this.columns = parts.columns;
  }

  async *encode(format: ResultFormat): AsyncGenerator<Uint8Array> {
    const { block, recorder, request, limits, logger } = this.parts;
    try {
      this.checkRows();
      yield* this.parts.answers.encode(this.columns, block, format);
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
