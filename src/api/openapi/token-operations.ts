/** Token and audit calls (`auth.md` 3, `beyond.md`). */
import {
  boolean,
  integer,
  type JsonSchema,
  json,
  list,
  nullable,
  number,
  type OperationDescription,
  object,
  oneOf,
  query,
  reference,
  string,
  text,
} from './schema.ts';

const expirySecs = { 'expiry_secs?': nullable(integer) };
const tokenFields = {
  'description?': nullable(string),
  'limits?': nullable(reference('TokenLimits')),
  'allowed_cidrs?': nullable(list(string)),
};
const permissions = list(reference('Permission'));

export const tokenSchemas: Readonly<Record<string, JsonSchema>> = {
  Token: object({
    id: integer,
    name: string,
    token: { type: 'string', description: 'The string. It is shown in this reply and never again.' },
    hash: string,
    created_at: { type: 'string', format: 'date-time' },
    expiry: nullable({ type: 'string', format: 'date-time' }),
  }),
  Permission: {
    anyOf: [
      { type: 'string', description: 'For example `db:metrics/cpu_*:read,write` or `system:health:read`.' },
      object({
        resource_type: oneOf('db', 'system', '*'),
        'resource_names?': list(string),
        'resource_identifier?': list(string),
        actions: list(string),
        'tables?': list(string),
        'where?': { type: 'object', additionalProperties: { anyOf: [string, list(string)] } },
      }),
    ],
  },
  TokenLimits: object({
    'requests_per_sec?': number,
    'write_bytes_per_sec?': number,
    'concurrent_queries?': integer,
    'query_seconds?': number,
    'query_result_rows?': integer,
    'burst?': number,
  }),
};

const created = { tag: 'tokens', status: 201, reply: json(reference('Token')) };
const createResource: OperationDescription = {
  ...created,
  summary: 'Create a resource token',
  body: json(object({ token_name: string, permissions, ...expirySecs, ...tokenFields, 'derive?': boolean })),
};
const byName = query('token_name', 'The name of the token');
const deleteToken: OperationDescription = {
  tag: 'tokens',
  summary: 'Delete a token and its children',
  parameters: [byName],
  status: 200,
};

export const tokenOperations: Readonly<Record<string, OperationDescription>> = {
  'POST /api/v3/configure/token/admin': { ...created, summary: 'Create the operator token; needs no token' },
  'POST /api/v3/configure/token/admin/regenerate': { ...created, summary: 'Replace the operator token' },
  'POST /api/v3/configure/token/named_admin': {
    ...created,
    summary: 'Create a named admin token',
    body: json(object({ token_name: string, ...expirySecs })),
  },
  'POST /api/v3/enterprise/configure/token': createResource,
  'POST /api/v3/configure/token': createResource,
  'DELETE /api/v3/configure/token': deleteToken,
  'DELETE /api/v3/enterprise/configure/token': deleteToken,
  'PATCH /api/v3/enterprise/configure/token': {
    tag: 'tokens',
    summary: 'Change a token; what is absent stays, the change holds from the next request',
    parameters: [byName],
    body: json(
      object({
        'new_name?': string,
        'permissions?': permissions,
        ...expirySecs,
        ...tokenFields,
        'derive?': boolean,
      }),
    ),
    status: 200,
    reply: json({ type: 'object' }),
  },
  'POST /api/v3/enterprise/configure/token/rotate': {
    ...created,
    summary: 'Make a new string; the old one works until the grace ends',
    body: json(object({ token_name: string, 'grace_secs?': integer })),
  },
  'POST /api/v3/enterprise/configure/token/derive': {
    ...created,
    summary: 'Make a child of the calling token, which can do no more than it',
    body: json(object({ token_name: string, permissions, ...expirySecs, ...tokenFields })),
  },
  'POST /api/v3/enterprise/configure/token/check': {
    tag: 'tokens',
    summary: 'Tell whether a token may do something, and why',
    body: json(object({ 'token_name?': string, 'token?': string, resource: string, action: string })),
    status: 200,
    reply: json(
      object({ allowed: boolean, reason: string, rule: nullable(string), would_need: nullable(string) }),
    ),
  },
  'GET /api/v3/enterprise/configure/token/self': {
    tag: 'tokens',
    summary: 'Tell the calling token what it is and may do',
    status: 200,
    reply: json({ type: 'object' }),
  },
  'POST /api/v3/enterprise/configure/token/apply': {
    tag: 'tokens',
    summary: 'Make the declared tokens match; tokens made by hand are never touched',
    parameters: [query('dry_run?', 'Only tell the plan', boolean)],
    body: json(object({ 'create_databases?': list(string), tokens: list({ type: 'object' }) })),
    status: 200,
    reply: json(object({ plan: list(string) })),
  },
  'GET /api/v3/enterprise/audit': {
    tag: 'audit',
    summary: 'Rows of the audit log as JSON lines, oldest first',
    parameters: [
      query('after_seq?', 'Only rows after this one', integer),
      query('limit?', 'Rows at most, 10000 at most', integer),
    ],
    status: 200,
    reply: text('application/jsonl'),
  },
  'GET /api/v3/enterprise/audit/verify': {
    tag: 'audit',
    summary: 'Walk the hash chain',
    status: 200,
    reply: json(object({ ok: boolean, 'rows?': integer, 'seq?': integer, 'problem?': string })),
  },
};
