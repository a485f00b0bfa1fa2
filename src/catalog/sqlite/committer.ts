/**
 * Group commit. Changes queue up; all that came in during one turn of the event loop share one transaction and
 * one fsync. A change is checked and applied to the store AND to memory inside that synchronous stretch.
 */
import * as errors from '../../errors/catalog/catalog.ts';
import { SluiceError } from '../../errors/error.ts';
import type { Logger } from '../../telemetry/logger.ts';

/** What a change may do beside writing to the store. */
export interface Transaction {
  /** Changes memory now and remembers how to undo it, should the transaction fail. */
  apply(change: () => void, undo: () => void): void;
  /** Runs after the commit: for listeners. */
  afterCommit(action: () => void): void;
}

interface Job {
  readonly run: (transaction: Transaction) => void;
  readonly reject: (error: unknown) => void;
  readonly resolve: () => void;
}

export interface CommitStore {
  begin(): void;
  commit(): void;
  rollback(): void;
}

const MAXIMUM_BATCH = 1000;

export class Committer {
  private queue: Job[] = [];
  private isScheduled = false;
  /** The last transaction could not be committed. */
  isFailing = false;
  private readonly store: CommitStore;
  private readonly hooks: { readonly first: Job['run']; readonly last: Job['run'] };
  private readonly logger: Logger;

  /** `first` and `last` run in every transaction, around the changes. */
  constructor(
    store: CommitStore,
    hooks: { readonly first: Job['run']; readonly last: Job['run'] },
    logger: Logger,
  ) {
    this.store = store;
    this.hooks = hooks;
    this.logger = logger;
  }

  /**
   * Queues a change; resolves when it is durable. A change that refuses must throw a `SluiceError` before it
   * writes anything; the others of its batch go on.
   */
  change<T>(work: (transaction: Transaction) => T): Promise<T> {
    return new Promise<T>((resolve, reject) => {
      let result: T;
      this.queue.push({
        run: (transaction) => {
          result = work(transaction);
        },
        resolve: () => resolve(result),
        reject,
      });
      if (this.isScheduled) return;
      this.isScheduled = true;
      setImmediate(() => this.flush());
    });
  }

  /** Commits what is queued, now. Failures go to the changes' promises. */
  flush(): void {
    this.isScheduled = false;
    do {
      this.commitBatch(this.queue.splice(0, MAXIMUM_BATCH));
    } while (this.queue.length > 0);
  }

  private commitBatch(jobs: readonly Job[]): void {
    const undo: (() => void)[] = [];
    const actions: (() => void)[] = [];
    const done: Job[] = [];
    const transaction: Transaction = {
      apply(change, reverse) {
        undo.push(reverse);
        change();
      },
      afterCommit: (action) => void actions.push(action),
    };
    try {
      this.store.begin();
      this.hooks.first(transaction);
      for (const job of jobs) {
        try {
          job.run(transaction);
          done.push(job);
        } catch (error) {
          if (!(error instanceof SluiceError)) throw error;
          job.reject(error);
        }
      }
      this.hooks.last(transaction);
      this.store.commit();
    } catch (error) {
      this.abandon(jobs, undo, error);
      return;
    }
    this.isFailing = false;
    for (const action of actions) action();
    for (const job of done) job.resolve();
  }

  /** The store failed (disk full, I/O error): memory goes back to what is on the disk. */
  private abandon(jobs: readonly Job[], undo: readonly (() => void)[], error: unknown): void {
    this.isFailing = true;
    try {
      this.store.rollback();
    } catch (rollbackError) {
      this.logger.error({ err: rollbackError }, 'the catalog transaction could not be rolled back');
    }
    for (const reverse of undo.toReversed()) reverse();
    // Whoever asked for the changes tells it.
    this.logger.debug({ err: error, changes: jobs.length }, 'the catalog could not commit');
    for (const job of jobs) job.reject(errors.catalogUnavailable().withCause(error));
  }
}
