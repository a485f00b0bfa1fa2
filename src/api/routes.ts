/** Every route, with what it needs: a route that is not here cannot be reached. */
import { applyTokens } from './handlers/apply-tokens.ts';
import { listAudit, verifyAudit } from './handlers/audit.ts';
import * as caches from './handlers/caches.ts';
import * as databases from './handlers/databases.ts';
import { openApiRoute } from './handlers/openapi.ts';
import { queryInfluxqlGet, queryInfluxqlPost } from './handlers/query-influxql.ts';
import { querySqlGet, querySqlPost } from './handlers/query-sql.ts';
import * as rowDeletes from './handlers/row-deletes.ts';
import * as system from './handlers/system.ts';
import * as tables from './handlers/tables.ts';
import * as tokens from './handlers/tokens.ts';
import * as v1 from './handlers/v1-query.ts';
import { writeV1, writeV2, writeV3 } from './handlers/write.ts';
import type { Route } from './route.ts';

const described: readonly Route[] = [
  writeV3,
  writeV2,
  writeV1,
  querySqlGet,
  querySqlPost,
  queryInfluxqlGet,
  queryInfluxqlPost,
  v1.v1QueryGet,
  v1.v1QueryPost,
  system.healthPlain,
  system.healthV1,
  system.pingGet,
  system.pingPost,
  system.ready,
  system.metrics,
  databases.listDatabases,
  databases.createDatabase,
  databases.updateDatabase,
  databases.deleteDatabase,
  databases.setDatabaseRetention,
  databases.clearDatabaseRetention,
  tables.createTable,
  tables.updateTable,
  tables.deleteTable,
  tables.setTableRetention,
  tables.clearTableRetention,
  caches.createLastCache,
  caches.createDistinctCache,
  caches.deleteLastCache,
  caches.deleteDistinctCache,
  tokens.createOperator,
  tokens.regenerateOperator,
  tokens.createNamedAdmin,
  tokens.createResourceToken,
  tokens.createResourceTokenAlias,
  tokens.updateToken,
  tokens.rotateToken,
  tokens.deriveToken,
  tokens.checkToken,
  tokens.tokenSelf,
  tokens.deleteToken,
  tokens.deleteTokenAlias,
  applyTokens,
  rowDeletes.createRowDelete,
  rowDeletes.listRowDeletes,
  rowDeletes.abortRowDelete,
  listAudit,
  verifyAudit,
];

export const routes: readonly Route[] = [...described, openApiRoute(described)];
