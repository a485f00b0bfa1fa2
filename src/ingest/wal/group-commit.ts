/**
 * The queue in front of the segments. Whoever waits when the disk is free goes in one group: one write, and
 * one fsync when any of them asked for it. The next group gathers meanwhile; no timer decides.
 */
import { ingestErrors, type SluiceError } from '../../errors/index.ts';
import type { Logger } from '../../telemetry/logger.ts';
import type { LogSequence, LogStatistics, WriteAheadLog } from './log.ts';
import type { GroupRecord, SegmentStore } from './segment-store.ts';

export interface LogLimits {
  /** A new segment begins when a group would make the newest one larger. */
  readonly segmentBytes: number;
  /** Records join a group up to this size; a larger record is a group of its own. */
  readonly groupBytes: number;
  readonly groupRecords: number;
  /** The largest record; a restart needs this much memory. */
  readonly recordBytes: number;
  /** Bytes that may wait for the disk; more are refused with 429. */
  readonly waitingBytes: number;
}

interface Waiting extends GroupRecord {
  readonly durable: boolean;
  readonly resolve: (sequence: LogSequence) => void;
  readonly reject: (error: SluiceError) => void;
}

export interface SyncTimes {
  count: number;
  seconds: number;
}

export class GroupCommit implements WriteAheadLog {
  private readonly store: SegmentStore;
  private readonly limits: LogLimits;
  private readonly logger: Logger;
  private readonly syncTimes: SyncTimes;
  private waiting: Waiting[] = [];
  private waitingBytes = 0;
  /** Records of the group that is being written. */
  private writing = 0;
  private trimBefore = 0;
  private mustTrim = false;
  private running: Promise<void> | undefined;
  private closing: Promise<void> | undefined;
  private isFailing = false;
  private probing: Promise<void> | undefined;

  constructor(store: SegmentStore, limits: LogLimits, logger: Logger, syncTimes: SyncTimes) {
    this.store = store;
    this.limits = limits;
    this.logger = logger;
    this.syncTimes = syncTimes;
  }

  get next(): LogSequence {
    return this.store.next;
  }

  append(chunks: readonly Uint8Array[], options: { readonly durable: boolean }): Promise<LogSequence> {
    if (this.closing !== undefined) return Promise.reject(ingestErrors.ingestClosed());
    const bytes = chunks.reduce((sum, chunk) => sum + chunk.byteLength, 0);
    if (bytes > this.limits.recordBytes) {
      return Promise.reject(ingestErrors.writeTooLarge(bytes, this.limits.recordBytes));
    }
    if (this.waitingBytes + bytes > this.limits.waitingBytes) {
      return Promise.reject(ingestErrors.writeOverloaded());
    }
    return new Promise((resolve, reject) => {
      this.waiting.push({ chunks, bytes, durable: options.durable, resolve, reject });
      this.waitingBytes += bytes;
      this.wake();
    });
  }

  async trim(before: LogSequence): Promise<void> {
    if (this.closing !== undefined) return;
    this.trimBefore = Math.max(this.trimBefore, before);
    this.mustTrim = true;
    this.wake();
    await this.running;
  }

  async isWritable(): Promise<boolean> {
    if (!this.isFailing) return true;
    this.probing ??= this.store.probe().finally(() => {
      this.probing = undefined;
    });
    try {
      await this.probing;
      return true;
    } catch {
      return false;
    }
  }

  statistics(): LogStatistics {
    return {
      bytes: this.store.bytes,
      segments: this.store.segments,
      waiting: this.waiting.length + this.writing,
      fsyncs: this.syncTimes.count,
      fsyncSeconds: this.syncTimes.seconds,
    };
  }

  close(): Promise<void> {
    this.closing ??= (async () => {
      await this.running;
      await this.store.close(this.trimBefore);
    })();
    return this.closing;
  }

  private wake(): void {
    this.running ??= this.run();
  }

  private async run(): Promise<void> {
    // Those that call in this same turn of the event loop join the first group.
    await Promise.resolve();
    while (this.waiting.length > 0 || this.mustTrim) {
      if (this.waiting.length > 0) await this.writeGroup(this.takeGroup());
      if (this.mustTrim) await this.trimNow();
    }
    // In the same turn as the test above, so that no later call waits for a run that has ended.
    this.running = undefined;
  }

  private takeGroup(): Waiting[] {
    let bytes = 0;
    let count = 0;
    for (const record of this.waiting) {
      bytes += record.bytes;
      if (count > 0 && (bytes > this.limits.groupBytes || count === this.limits.groupRecords)) break;
      count++;
    }
    const group = this.waiting.slice(0, count);
    this.waiting = this.waiting.slice(count);
    return group;
  }

  private async writeGroup(group: readonly Waiting[]): Promise<void> {
    this.writing = group.length;
    try {
      const durable = group.some((record) => record.durable);
      const first = await this.store.append(group, durable);
      this.isFailing = false;
      group.forEach((record, index) => {
        record.resolve(first + index);
      });
    } catch (error) {
      // Whoever wrote tells it.
      this.isFailing = true;
      const refusal = ingestErrors.walUnavailable().withCause(error);
      for (const record of group) record.reject(refusal);
    } finally {
      this.writing = 0;
      for (const record of group) this.waitingBytes -= record.bytes;
    }
  }

  /** Trimming saves space only: a failure is told and tried again with the next trim. */
  private async trimNow(): Promise<void> {
    this.mustTrim = false;
    try {
      await this.store.trim(this.trimBefore);
    } catch (error) {
      this.logger.warn({ error }, 'old write-ahead log segments could not be removed');
    }
  }
}
