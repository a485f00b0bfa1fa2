/** Changes of tokens. Names and hashes are unique over all of them, the expired ones included. */
import type { TokenRecord } from '../../auth/token.ts';
import { tokenNameExists } from '../../errors/catalog/auth.ts';
import * as errors from '../../errors/catalog/catalog.ts';
import type { ChangeContext } from '../audit.ts';
import type { Transaction } from './committer.ts';
import { auditChange, auditedChange, type CatalogCore, notify, reserveId } from './core.ts';

export class TokenChanges {
  private readonly core: CatalogCore;

  constructor(core: CatalogCore) {
    this.core = core;
  }

  create(context: ChangeContext, token: Omit<TokenRecord, 'id'>): Promise<TokenRecord> {
    const { core } = this;
    return auditedChange(core, context, (transaction) => {
      this.checkUnique(token, undefined);
      // A parent that was deleted meanwhile has no more children.
      if (token.parentId !== null) this.existing(token.parentId);
      const record: TokenRecord = Object.freeze({ ...token, id: reserveId(core, 'nextTokenId') });
      core.store.insertToken(record);
      transaction.apply(
        () => core.state.putToken(record),
        () => core.state.removeToken(record),
      );
      notify(core, transaction, (listener) => listener.tokenCreated?.(record));
      return record;
    });
  }

  update(
    context: ChangeContext,
    id: number,
    change: (token: TokenRecord) => TokenRecord,
  ): Promise<TokenRecord> {
    const { core } = this;
    return auditedChange(core, context, (transaction) => {
      const before = this.existing(id);
      const next: TokenRecord = Object.freeze({ ...change(before), id });
      this.checkUnique(next, id);
      core.store.updateToken(next);
      transaction.apply(
        () => core.state.putToken(next),
        () => core.state.putToken(before),
      );
      notify(core, transaction, (listener) => listener.tokenUpdated?.(next, before));
      return next;
    });
  }

  delete(context: ChangeContext, id: number): Promise<void> {
    const { core } = this;
    return auditedChange(core, context, (transaction) => {
      for (const token of core.state.tokenTree(this.existing(id))) {
        this.deleteOne(transaction, token);
        if (token.id !== id) auditChange(core, transaction, { ...context, resource: `token:${token.name}` });
      }
    });
  }

  private deleteOne(transaction: Transaction, before: TokenRecord): void {
    const { core } = this;
    const usage = core.state.usage.get(before.id);
    core.store.deleteToken(before.id);
    transaction.apply(
      () => core.state.removeToken(before),
      () => {
        core.state.putToken(before);
        if (usage !== undefined) core.state.usage.set(before.id, usage);
      },
    );
    notify(core, transaction, (listener) => listener.tokenDeleted?.(before));
  }

  private existing(id: number): TokenRecord {
    const token = this.core.state.tokens.get(id);
    if (token === undefined) throw errors.notFound(`token ${id}`);
    return token;
  }

  private checkUnique(token: Omit<TokenRecord, 'id'>, id: number | undefined): void {
    const { store } = this.core;
    const named = store.tokenIdByName(token.name);
    if (named !== undefined && named !== id) throw tokenNameExists(token.name);
    const hashes = token.previous === null ? [token.hash] : [token.hash, token.previous.hash];
    if (store.hasTokenHash(hashes, id ?? -1)) throw errors.tokenHashExists();
  }
}
