/** The real engine, failing: before the effect or after it, at the start of a result or in its middle. */
import { setTimeout as sleep } from 'node:timers/promises';
import {
  type Engine,
  EngineError,
  type EngineErrorKind,
  type EngineQuery,
  type QueryStream,
} from '../../../src/engine/engine.ts';
import type { StoredRows } from '../../../src/engine/stored-rows.ts';
import { type Faults, type Misfortune, strikes } from './faults.ts';

const KINDS: readonly EngineErrorKind[] = ['internal', 'memory', 'overloaded', 'down'];

export function faultyEngine(engine: Engine, misfortune: Misfortune): Engine {
  const change = async (chance: keyof Faults, work: () => Promise<void>) => {
    if (!strikes(misfortune, misfortune.faults[chance] as number)) return work();
    misfortune.failing++;
    try {
      if (misfortune.random() < 0.5) await work();
      throw engineError(misfortune);
    } finally {
      misfortune.failing--;
    }
  };
  return {
    command: (sql, options) => change('commandFails', () => engine.command(sql, options)),
    insert: async (table, batch, options) => {
      const { insertDelayMs } = misfortune.faults;
      if (insertDelayMs > 0) await sleep(insertDelayMs * misfortune.random() * 2);
      await change('insertFails', () => engine.insert(table, batch, options));
    },
    intact: (look) => engine.intact(look),
    query: (query) => faultyQuery(engine, query, misfortune),
    ...(engine.storedRows !== undefined && { storedRows: faultyRows(engine.storedRows, misfortune) }),
    health: () => engine.health(),
    close: () => engine.close(),
  };
}

function faultyRows(rows: StoredRows, misfortune: Misfortune): StoredRows {
  return {
    async read(request) {
      if (!strikes(misfortune, misfortune.faults.queryFails)) return rows.read(request);
      if (misfortune.random() < 0.5) return null;
      throw engineError(misfortune);
    },
  };
}

function faultyQuery(engine: Engine, query: EngineQuery, misfortune: Misfortune): QueryStream {
  const stream = engine.query(query);
  return {
    statistics: () => stream.statistics(),
    cancel: () => stream.cancel(),
    async *[Symbol.asyncIterator]() {
      if (!strikes(misfortune, misfortune.faults.queryFails)) return yield* stream;
      misfortune.failing++;
      try {
        if (misfortune.random() < 0.5) throw engineError(misfortune);
        for await (const chunk of stream) {
          yield chunk;
          throw engineError(misfortune);
        }
        throw engineError(misfortune);
      } finally {
        misfortune.failing--;
        stream.cancel();
      }
    },
  };
}

function engineError({ random }: Misfortune): EngineError {
  const kind = KINDS[Math.floor(random() * KINDS.length)]!;
  return new EngineError(kind, `injected: ${kind}`);
}
