/** The query service: plans a text under one principal's scope, waits for pending rows, runs it in the engine. */
import { availableParallelism, hostname } from 'node:os';
import type { CacheReader } from '../caches/caches.ts';
import type { Catalog } from '../catalog/catalog.ts';
import type { Engine } from '../engine/engine.ts';
import type { Block } from '../engine/native/block.ts';
import { queryRunErrors } from '../errors/index.ts';
import type { Ingest } from '../ingest/ingest.ts';
import type { Clock } from '../platform/clock.ts';
import type { Logger } from '../telemetry/logger.ts';
import { cacheBlock } from './caches/cache-block.ts';
import { EncodedAnswers } from './caches/encoded-answers.ts';
import { NarrowReads } from './narrow/narrow-reads.ts';
import type { QueryPrincipal, QueryRequest, QueryResult, QueryService } from './query.ts';
import { type NewQuery, QueryLog, type QueryRecorder } from './query-log.ts';
import { encodeBlock } from './results/encode.ts';
import { TextThreads } from './results/threads/text-threads.ts';
import { BlockAnswer, type BlockAnswerParts } from './run/block-answer.ts';
import { queryFailure } from './run/engine-failure.ts';
import { explainColumns, explainRows } from './run/explain.ts';
import { PlanCache, planKey } from './run/plan-cache.ts';
import { PreparedSources } from './run/prepared-sources.ts';
import { RequestRelations } from './run/request-relations.ts';
import { RowsResult } from './run/rows-result.ts';
import {
  type PreparedPlan,
  RunningQuery,
  type ServerQueryLimits,
  smallestLimit,
} from './run/running-query.ts';
import { SmallQueries } from './run/small-queries.ts';
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
  /** Absent = caches are read from their tables. */
  readonly caches?: CacheReader;
  /** False: the engine answers everything, also what could be answered from its rows without it. */
  readonly narrowReads?: boolean;
  /** What no query may exceed, whoever asks. */
  readonly limits?: ServerQueryLimits;
  /** Queries that `system.queries` remembers; default 1000. */
  readonly queryLogSize?: number;
  /** Loaded already; default one of its own, in the background. */
  readonly planner?: PlanStatement;
  /** For `system.nodes`; default the machine's name. */
  readonly nodeId?: string;
}

/** A plan with the names that it was made over. */
interface Planned {
  readonly plan: Plan;
  readonly relations: RequestRelations;
  readonly catalogVersion: number;
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
  private readonly smallQueries = new SmallQueries();
  private readonly plans = new PlanCache();
  private readonly answers = new EncodedAnswers();
  private readonly planner: Promise<PlanStatement>;
  private readonly narrow: NarrowReads | null;
  private readonly textThreads: TextThreads;

  constructor(options: QueryServiceOptions) {
    const { catalog, clock, engine } = options;
    this.options = options;
    this.logger = options.logger.child({ component: 'query' });
    this.log = new QueryLog(options.queryLogSize ?? QUERY_LOG_SIZE, () => clock.monotonicMs());
    this.staging = new Staging(engine, this.logger);
    this.textThreads = new TextThreads(this.logger);
    const { storedRows } = engine;
    const { logger } = this;
    this.narrow =
      storedRows === undefined || options.narrowReads === false
        ? null
        : new NarrowReads({ ...options, storedRows, logger });
    // Loads while the server starts; a failure is told to the queries, which need it.
    this.planner = options.planner === undefined ? createPlanner() : Promise.resolve(options.planner);
    this.planner.catch(() => {});
    this.node = {
      nodeId: options.nodeId ?? hostname(),
      instanceId: catalog.uuid,
      coreCount: availableParallelism(),
      startedAtMs: clock.nowMs(),
    };
  }

  close(): Promise<void> {
    return this.textThreads.close();
  }

  narrowReads(): ReturnType<QueryService['narrowReads']> {
    return this.narrow?.statistics() ?? { answered: 0, leftToEngine: 0 };
  }

  async run(request: QueryRequest): Promise<QueryResult> {
    const nowNs = this.options.clock.nowNs();
    const recorder = this.log.start(loggedAs(request, nowNs));
    try {
      if (request.language !== 'sql') throw queryRunErrors.influxqlUnsupported();
      return await this.start(request, nowNs, recorder);
    } catch (error) {
      recorder.ended(request.signal.aborted ? 'cancel' : 'fail', null);
      throw queryFailure(error, {
        tokenLimits: request.limits,
        limits: request.limits,
        logger: this.logger,
      });
    }
  }

  private async start(request: QueryRequest, nowNs: bigint, recorder: QueryRecorder): Promise<QueryResult> {
    const { engine, clock } = this.options;
    const planned = await this.plan(request, nowNs);
    recorder.planned();
    if (planned.plan.kind === 'select') {
      const answer = this.fromCache(planned.plan, planned.relations, request, recorder);
      return answer ?? this.select(planned, request, nowNs, recorder);
    }
    const unlisted = this.log.unlisted(loggedAs(request, nowNs));
    const prepared = await this.prepare(planned, request.signal);
    unlisted.permitted();
    const query = this.query(prepared, request, nowNs, unlisted);
    const rows = await explainRows(planned.plan, query, engine, request.admin, () => clock.monotonicMs());
    recorder.permitted();
    return new RowsResult(explainColumns, rows, recorder);
  }

  private async plan(request: QueryRequest, nowNs: bigint): Promise<Planned> {
    const planner = await this.planner;
    const catalogVersion = this.options.catalog.version;
    const relations: RequestRelations = new RequestRelations(
      this.context(request),
      nowNs,
      this.options.caches ?? null,
      (text) => {
        const view = planner({ text, parameters: new Map(), relations, nowNs });
        if (view.kind !== 'select') throw new TypeError('a view is a SELECT');
        return view;
      },
    );
    const key = planKey(request);
    const known = this.plans.find(key, catalogVersion, (name) => relations.relation('iox', name));
    if (known !== undefined) return { plan: known, relations, catalogVersion };
    const plan = planner({ text: request.text, parameters: request.parameters, relations, nowNs });
    if (plan.kind === 'select') this.plans.put(key, catalogVersion, plan, relations.tables);
    return { plan, relations, catalogVersion };
  }

  /** Fetches the rows of virtual tables and waits until the engine holds what was acknowledged. */
  private async prepare(
    { plan, relations, catalogVersion }: Planned,
    signal: AbortSignal,
  ): Promise<PreparedPlan> {
    const select = plan.kind === 'select' ? plan : plan.inner;
    const sources = await PreparedSources.prepare(select, (id) => relations.source(id), this.staging, signal);
    try {
      const viewed = sources.tableIds();
      const tableIds = [...new Set([...select.tableIds, ...viewed])];
      const spans = viewed.length === 0 ? select.spans : undefined;
      if (tableIds.length > 0) await this.options.ingest.barrier(tableIds, spans);
      return { plan: select, sources, tableIds, catalogVersion };
    } catch (error) {
      sources.release();
      throw error;
    }
  }

  private async select(
    planned: Planned,
    request: QueryRequest,
    nowNs: bigint,
    recorder: QueryRecorder,
  ): Promise<QueryResult> {
    const prepared = await this.prepare(planned, request.signal);
    recorder.permitted();
    const limits = { signal: request.signal, ...this.limit('timeMs', request) };
    const block = (await this.narrow?.block(prepared, nowNs, limits)) ?? null;
    if (block === null) return this.query(prepared, request, nowNs, recorder);
    prepared.sources.release();
    return this.answer(block, prepared.plan, request, recorder, encodeBlock);
  }

  private query(
    prepared: PreparedPlan,
    request: QueryRequest,
    nowNs: bigint,
    recorder: QueryRecorder,
  ): RunningQuery {
    const { catalog, engine, ingest, limits } = this.options;
    return new RunningQuery({
      engine,
      ingest,
      catalog,
      logger: this.logger,
      prepared,
      replan: async () => this.prepare(await this.plan(request, nowNs), request.signal),
      nowNs,
      request,
      serverLimits: limits ?? {},
      recorder,
      smallQueries: this.smallQueries,
      textThreads: this.textThreads,
    });
  }

  /** null: the engine has to do something. */
  private fromCache(
    plan: SelectPlan,
    relations: RequestRelations,
    request: QueryRequest,
    recorder: QueryRecorder,
  ): QueryResult | null {
    if (plan.virtual === undefined) return null;
    const source = relations.source(plan.virtualIds[0]!);
    const block = source.kind === 'cache' ? cacheBlock(plan, source) : null;
    if (block === null) return null;
    recorder.permitted();
    return this.answer(block, plan, request, recorder, (...parts) => this.answers.encode(...parts));
  }

  private answer(
    block: Block,
    { columns }: SelectPlan,
    request: QueryRequest,
    recorder: QueryRecorder,
    encode: BlockAnswerParts['encode'],
  ): BlockAnswer {
    const limits = this.limit('resultRows', request);
    return new BlockAnswer({ columns, block, request, limits, recorder, logger: this.logger, encode });
  }

  private limit<Name extends keyof ServerQueryLimits>(name: Name, request: QueryRequest) {
    return smallestLimit(name, request.limits, this.options.limits ?? {});
  }

  private context(request: QueryRequest): VirtualContext {
    return {
      catalog: this.options.catalog,
      database: request.database,
      scope: request.scope,
      admin: request.admin,
      hashesVisible: this.options.tokensVisible,
      seesAllQueries: request.admin || request.systemTables.has('queries'),
      principal: request.principal,
      queries: this.log,
      node: this.node,
    };
  }
}

function loggedAs(request: QueryRequest, issuedAtNs: bigint): NewQuery {
  const { database, principal, language, text } = request;
  return { databaseId: database.id, principal: named(principal), language, text, issuedAtNs };
}

/** Only what the log needs: it must not keep a whole token. */
function named(principal: QueryPrincipal | null): QueryPrincipal | null {
  return principal === null ? null : { id: principal.id, name: principal.name };
}
