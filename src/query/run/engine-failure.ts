/**
 * What went wrong in the engine, as the caller may read it. Of the engine's own words only one kind is passed
 * on: the messages that our own printer put into `throwIf`. Everything else could name engine tables or paths.
 */
import { EngineError } from '../../engine/engine.ts';
import { engineErrors, queryErrors, queryRunErrors, SluiceError } from '../../errors/index.ts';
import type { Logger } from '../../telemetry/logger.ts';
import type { QueryRequest } from '../query.ts';

/** ClickHouse, src/Common/ErrorCodes.cpp. */
const THROW_IF = 395;
const BAD_PATTERN = 427;

const VALUE_TEXTS: Readonly<Record<number, string>> = {
  153: 'Arrow error: Divide by zero error',
  69: 'Arrow error: Arithmetic overflow: a value is out of the range of its type',
  407: 'Arrow error: Arithmetic overflow: a decimal or an instant is out of the range of its type',
  321: 'Arrow error: Arithmetic overflow: a number is out of the range of its type',
  // The engine's number for a scalar subquery of several rows.
  125: 'Execution error: more than one row returned by a subquery used as an expression',
  70: 'Arrow error: Cast error: a number is out of the range of the type that is asked for',
  128: 'Execution error: a list would become too large',
  131: 'Execution error: a text would become too large',
  6: 'Arrow error: Cast error: Cannot cast a string to a number',
  27: 'Arrow error: Cast error: Cannot cast a string to a number',
  72: 'Arrow error: Cast error: Cannot cast a string to a number',
  38: 'Arrow error: Cast error: Cannot cast a string to a date',
  41: 'Arrow error: Cast error: Error parsing timestamp: a string is no timestamp',
  427: 'Execution error: Regular expression did not compile: it must follow the RE2 syntax',
};
const NOT_IMPLEMENTED = 48;
const TOO_DEEP_RECURSION = 306;
const ENDLESS = 'Resources exhausted: the recursion goes too deep; end it with a condition in WHERE';
const UNSUPPORTED =
  'this combination of clauses, most often a correlated subquery: write it as a join or in simpler parts';
const CAST_TEXT = 'Arrow error: Cast error: a value cannot be converted to the type that is asked for';

export interface FailureContext {
  /** The token's own limits: an error names them when they are the ones that were hit. */
  readonly tokenLimits: QueryRequest['limits'];
  /** What was in force. */
  readonly limits: QueryRequest['limits'];
  readonly logger: Logger;
}

/** Always a catalogue error; what is our own fault is logged whole. */
export function queryFailure(error: unknown, context: FailureContext): SluiceError {
  const { tokenLimits, limits, logger } = context;
  if (error instanceof SluiceError) return error;
  if (!(error instanceof EngineError)) {
    logger.error({ err: error }, 'a query failed');
    return queryRunErrors.queryInternal().withCause(error as Error);
  }
  switch (error.kind) {
    case 'value':
      logger.debug({ err: error }, 'a query failed on a value');
      return queryRunErrors.queryExecution(valueText(error));
    case 'memory':
      return queryRunErrors.queryMemory();
    case 'time':
      if (tokenLimits.timeMs === undefined || tokenLimits.timeMs !== limits.timeMs)
        return queryRunErrors.queryTimeout();
      return queryRunErrors.tokenQueryLimit('query_seconds', tokenLimits.timeMs / 1000);
    case 'rows':
      if (tokenLimits.resultRows === undefined || tokenLimits.resultRows !== limits.resultRows)
        return queryRunErrors.queryResultRows();
      return queryRunErrors.tokenQueryLimit('query_result_rows', tokenLimits.resultRows);
    case 'cancelled':
      return queryRunErrors.queryCancelled();
    case 'overloaded':
      return queryRunErrors.queryOverloaded();
    case 'down':
      return engineErrors.engineUnavailable().withCause(error);
    case 'syntax':
    case 'unknown':
    case 'internal':
      if (error.engineCode === TOO_DEEP_RECURSION) return tooDeep(error);
      if (error.engineCode === NOT_IMPLEMENTED) {
        logger.warn({ err: error }, 'a query needs what the engine has not');
        return queryErrors.notImplementedSql(UNSUPPORTED);
      }
      logger.error({ err: error, engineCode: error.engineCode }, 'the engine could not run a query');
      return queryRunErrors.queryInternal().withCause(error);
  }
}

/** Of rows that bring forth others, or of the statement itself. */
function tooDeep(error: EngineError): SluiceError {
  return error.message.includes('parse depth')
    ? queryErrors.queryTooComplex('too many queries inside each other')
    : queryRunErrors.queryExecution(ENDLESS);
}

function valueText(error: EngineError): string {
  if (error.engineCode === THROW_IF) return thrownText(error.message);
  // The engine has no number of its own for a bad pattern of a replacement.
  const badPattern = error.engineCode === 36 && error.message.includes('not a valid re2 pattern');
  return VALUE_TEXTS[badPattern ? BAD_PATTERN : (error.engineCode ?? 0)] ?? CAST_TEXT;
}

/** The first argument that our printer gave to `throwIf`. */
function thrownText(message: string): string {
  const text =
    /^Code: \d+\. DB::Exception: (.*?)(?:: while executing |: In scope |\. \(FUNCTION_THROW_IF)/s.exec(
      message,
    )?.[1];
  return text ?? CAST_TEXT;
}
