/** The one catalogue. Each area has its file; a test keeps codes unique and the reference page complete. */
export * as authErrors from './catalog/auth.ts';
export * as catalogErrors from './catalog/catalog.ts';
export * as engineErrors from './catalog/engine.ts';
export * as httpErrors from './catalog/http.ts';
export * as ingestErrors from './catalog/ingest.ts';
export * as queryErrors from './catalog/query.ts';
export * as queryRunErrors from './catalog/query-run.ts';
export * as serverErrors from './catalog/server.ts';
export { defineError, SluiceError } from './error.ts';
