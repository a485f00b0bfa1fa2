/** The query service: plans a text under one principal's scope, waits for pending rows, runs it in the engine. */
import { availableParallelism, hostname } from 'node:os';
import type { Catalog } from '../catalog/catalog.ts';
import type { Engine } from '../engine/engine.ts';
import { queryRunErrors } from '../errors/index.ts';
import type { Ingest } from '../ingest/ingest.ts';
import type { Clock } from '../platform/clock.ts';
import type { Logger } from '../telemetry/logger.ts';
import type { QueryRequest, QueryResult, QueryService } from './query.ts';
import { type NewQuery, QueryLog, type QueryRecorder } from './query-log.ts';
import { queryFailure } from './run/engine-failure.ts';
import { explainColumns, explainRows } from './run/explain.ts';
import { PreparedSources } from './run/prepared-sources.ts';
import { RequestRelations } from './run/request-relations.ts';
import { RowsResult } from './run/rows-result.ts';
import { RunningQuery, type ServerQueryLimits } from './run/running-query.ts';
import type { Plan, PlanStatement, SelectPlan } from './sql/plan.ts';
import { createPlanner } from './sql/planner.ts';
import { Staging } from './system/staging.ts';
import type { NodeDescription, VirtualContext } from './system/virtual-context.ts';

export interface QueryServiceOptions {
  readonly catalog: Catalog;
  readonly engine: Engine;
  readonly ingest: Ingest;
  readonly clock: Clock;
  readonly logger: Logger;
  /** False under `--without-auth`: `system.tokens` has no hashes then. */
  readonly tokensVisible: boolean;
  /** What no query may exceed, whoever asks. */
  readonly limits?: ServerQueryLimits;
  /** Queries that `system.queries` remembers; default 1000. */
  readonly queryLogSize?: number;
  /** For `system.nodes`; default the machine's name. */
  readonly nodeId?: string;
}

const QUERY_LOG_SIZE = 1000;

export function createQueryService(options: QueryServiceOptions): QueryService {
  return new EngineQueryService(options);
}

class EngineQueryService implements QueryService {
  private readonly options: QueryServiceOptions;
  private readonly logger: Logger;
  private readonly log: QueryLog;
  private readonly staging: Staging;
  private readonly node: NodeDescription;
  private planner: Promise<PlanStatement> | undefined;

  constructor(options: QueryServiceOptions) {
    const { catalog, clock, engine } = options;
    this.options = options;
    this.logger = options.logger.child({ component: 'query' });
    this.log = new QueryLog(options.queryLogSize ?? QUERY_LOG_SIZE, () => clock.monotonicMs());
    this.staging = new Staging(engine, this.logger);
    this.node = {
      nodeId: options.nodeId ?? hostname(),
      instanceId: catalog.uuid,
      coreCount: availableParallelism(),
      startedAtMs: clock.nowMs(),
    };
  }

  async run(request: QueryRequest): Promise<QueryResult> {
    const nowNs = this.options.clock.nowNs();
    const recorder = this.log.start(loggedAs(request, nowNs));
    try {
      if (request.language !== 'sql') throw queryRunErrors.influxqlUnsupported();
      return await this.start(request, nowNs, recorder);
    } catch (error) {
      recorder.ended(request.signal.aborted ? 'cancel' : 'fail', null);
      throw queryFailure(error, { limits: request.limits, logger: this.logger });
    }
  }

  private async start(request: QueryRequest, nowNs: bigint, recorder: QueryRecorder): Promise<QueryResult> {
    this.planner ??= createPlanner();
    const planner = await this.planner;
    const plan = (text: string, relations: RequestRelations, parameters = request.parameters): Plan =>
      planner({ text, parameters, relations, nowNs });
    const relations: RequestRelations = new RequestRelations(this.context(request), (text) => {
      const view = plan(text, relations, new Map());
      if (view.kind !== 'select') throw new TypeError('a view is a SELECT');
      return view;
    });
    const planned = plan(request.text, relations);
    recorder.planned();
    if (planned.kind === 'select') return this.prepare(planned, relations, request, nowNs, recorder);
    const unlisted = this.log.unlisted(loggedAs(request, nowNs));
    const query = await this.prepare(planned.inner, relations, request, nowNs, unlisted);
    const { engine, clock } = this.options;
    const rows = await explainRows(planned, query, engine, request.admin, () => clock.monotonicMs());
    recorder.permitted();
    return new RowsResult(explainColumns, rows, recorder);
  }

  private async prepare(
    plan: SelectPlan,
    relations: RequestRelations,
    request: QueryRequest,
    nowNs: bigint,
    recorder: QueryRecorder,
  ): Promise<RunningQuery> {
    const { engine, ingest, limits } = this.options;
    const sources = await PreparedSources.prepare(
      plan,
      (id) => relations.source(id),
      this.staging,
      request.signal,
    );
    const tableIds = [...new Set([...plan.tableIds, ...sources.tableIds()])];
    try {
      if (tableIds.length > 0) await ingest.barrier(tableIds);
    } catch (error) {
      sources.release();
      throw error;
    }
    recorder.permitted();
    return new RunningQuery({
      engine,
      ingest,
      logger: this.logger,
      plan,
      sources,
      tableIds,
      nowNs,
      request,
      serverLimits: limits ?? {},
      recorder,
    });
  }

  private context(request: QueryRequest): VirtualContext {
    return {
      catalog: this.options.catalog,
      database: request.database,
      scope: request.scope,
      admin: request.admin,
      hashesVisible: this.options.tokensVisible,
      seesAllQueries: request.admin || request.systemTables.has('queries'),
      principalName: request.principalName,
      queries: this.log,
      node: this.node,
    };
  }
}

function loggedAs(request: QueryRequest, issuedAtNs: bigint): NewQuery {
  const { database, principalName, language, text } = request;
  return { databaseId: database.id, principalName, language, text, issuedAtNs };
}
