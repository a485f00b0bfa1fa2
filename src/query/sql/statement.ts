/** Statements that are no queries: metadata becomes queries over information_schema, the rest is refused by name. */
import type { SluiceError } from '../../errors/error.ts';
import { settingNames } from '../system/information-schema/settings.ts';
import type { ResultColumn } from '../types.ts';
import {
  type AstNode,
  type AstValue,
  identifier,
  list,
  node,
  objectName,
  position,
  refuseOthers,
  text,
  variant,
} from './ast.ts';
import { arrowTypeText } from './functions/arrow-type.ts';
import type { ParseStatement } from './parser.ts';
import type { PlanRequest } from './plan.ts';
import { errors, where } from './sql-errors.ts';

/** The query that answers the statement; undefined when it is to be refused. */
export function rewriteStatement(
  kind: string,
  content: AstValue,
  request: PlanRequest,
  parse: ParseStatement,
): AstNode | undefined {
  const query = metadataText(kind, content, request);
  return query === undefined ? undefined : node(variant(parse(query))[1]);
}

/** A text literal of our own SQL. */
const quote = (value: string): string => `'${value.replaceAll("'", "''")}'`;

function metadataText(kind: string, content: AstValue, request: PlanRequest): string | undefined {
  switch (kind) {
    case 'ShowTables': {
      const body = node(content);
      refuseOthers(body, ['show_options'], 'SHOW TABLES');
      const filter = filterOf(body.show_options, 'table_name');
      return `SELECT table_catalog, table_schema, table_name, table_type FROM information_schema.tables${filter}`;
    }
    case 'ShowColumns': {
      const body = node(content);
      refuseOthers(body, ['show_options', 'full', 'extended'], 'SHOW COLUMNS');
      const isWhole = body.full === true || body.extended === true;
      const columns = isWhole
        ? '*'
        : 'table_catalog, table_schema, table_name, column_name, data_type, is_nullable';
      const options = node(body.show_options);
      const parent = node(options.show_in ?? {});
      const { schema, name } = tableName(parent.parent_name, request);
      const filter = filterOf({ ...options, show_in: null }, 'column_name', ' AND ');
      return `SELECT ${columns} FROM information_schema.columns WHERE table_schema = ${quote(schema)} AND table_name = ${quote(name)}${filter}`;
    }
    case 'ExplainTable': {
      const body = node(content);
      refuseOthers(body, ['describe_alias', 'hive_format', 'has_table_keyword', 'table_name'], 'DESCRIBE');
      const { schema, name } = tableName(body.table_name, request);
      return `SELECT column_name, data_type, is_nullable FROM information_schema.columns WHERE table_schema = ${quote(schema)} AND table_name = ${quote(name)}`;
    }
    case 'ShowVariable': {
      const words = list(node(content).variable).map(identifier);
      const verbose = words[words.length - 1] === 'verbose';
      const name = (verbose ? words.slice(0, -1) : words).join('.');
      const columns = verbose ? 'name, value, description' : 'name, value';
      if (name === 'all') return `SELECT ${columns} FROM information_schema.df_settings`;
      const setting = name === 'time.zone' || name === 'timezone' ? 'datafusion.execution.time_zone' : name;
      if (!settingNames.has(setting))
        throw errors.planning(`'${setting}' is not a variable which can be viewed with 'SHOW'`);
      return `SELECT ${columns} FROM information_schema.df_settings WHERE name = ${quote(setting)}`;
    }
    case 'ShowFunctions': {
      const body = node(content);
      refuseOthers(body, ['filter'], 'SHOW FUNCTIONS');
      const filter = filterOf(
        { filter_position: null, filter: body.filter ?? null },
        'result.specific_name',
        ' AND ',
      );
      const gathered = (column: string): string =>
        `array_agg(argument.${column} ORDER BY argument.ordinal_position) FILTER (WHERE argument.parameter_name IS NOT NULL)`;
      const about = 'routine.function_type, routine.description, routine.syntax_example';
      return [
        `SELECT result.specific_name AS function_name, result.data_type AS return_type, ${gathered('parameter_name')} AS parameters, ${gathered('data_type')} AS parameter_types, ${about}`,
        'FROM information_schema.parameters AS result',
        'JOIN (SELECT DISTINCT routine_name, function_type, description, syntax_example FROM information_schema.routines) AS routine ON routine.routine_name = result.specific_name',
        "LEFT JOIN (SELECT * FROM information_schema.parameters WHERE parameter_mode = 'IN') AS argument ON argument.specific_name = result.specific_name AND argument.rid = result.rid",
        `WHERE result.parameter_mode = 'OUT'${filter} GROUP BY result.specific_name, result.rid, result.data_type, ${about} ORDER BY result.specific_name, result.rid`,
      ].join(' ');
    }
  }
  return undefined;
}

function filterOf(value: AstValue | undefined, column: string, start = ' WHERE '): string {
  if (value === null || value === undefined) return '';
  const options = node(value);
  const suffix = options.filter_position ?? null;
  const filter = options.filter ?? (suffix === null ? null : variant(suffix)[1]);
  for (const other of ['show_in', 'starts_with', 'limit', 'limit_from'])
    if ((options[other] ?? null) !== null)
      throw errors.notImplemented(`${other.replaceAll('_', ' ').toUpperCase()} in SHOW`);
  if (filter === null || filter === undefined) return '';
  const [form, content] = variant(filter);
  if (form === 'Like') return `${start}${column} LIKE ${quote(text(content))}`;
  if (form === 'ILike') return `${start}${column} ILIKE ${quote(text(content))}`;
  throw errors.notImplemented(`${form} in SHOW: query information_schema instead`);
}

/** The query that answers DESCRIBE of a query. */
export function describedColumns(columns: readonly ResultColumn[]): string {
  const rows = columns.map(
    ({ name, type, nullable }) =>
      `(${[name, arrowTypeText(type), nullable ? 'YES' : 'NO'].map(quote).join(', ')})`,
  );
  const names = 'column_name, data_type, is_nullable';
  return rows.length === 0
    ? `SELECT ${names} FROM information_schema.columns WHERE false`
    : `SELECT ${names} FROM (VALUES ${rows.join(', ')}) AS described(${names})`;
}

/** The table must exist for this principal. */
function tableName(value: AstValue | undefined, request: PlanRequest): { schema: string; name: string } {
  if (value === null || value === undefined)
    throw errors.planning('The name of a table is missing: SHOW COLUMNS FROM t');
  const path = objectName(value);
  const name = path[path.length - 1] ?? '';
  const schema = path.length > 1 ? path[path.length - 2]! : 'iox';
  const known = path.length < 3 || (path.length === 3 && path[0] === 'public');
  if (!known || request.relations.relation(schema, name) === undefined)
    throw errors.planning(`table 'public.${schema}.${name}' not found${where(position(value))}`);
  return { schema, name };
}

const DDL: Readonly<Record<string, string>> = {
  CreateTable: 'CreateMemoryTable',
  CreateView: 'CreateView',
  CreateSchema: 'CreateCatalogSchema',
  CreateDatabase: 'CreateCatalog',
  CreateIndex: 'CreateIndex',
  CreateFunction: 'CreateFunction',
  DropFunction: 'DropFunction',
  CreateExternalTable: 'CreateExternalTable',
};
const DML: Readonly<Record<string, string>> = {
  Insert: 'Insert Into',
  Update: 'Update',
  Delete: 'Delete',
  Truncate: 'Truncate',
  Merge: 'Merge',
  Copy: 'COPY',
};
const OTHERS: Readonly<Record<string, string>> = {
  Set: 'SetVariable',
  StartTransaction: 'TransactionStart',
  Commit: 'TransactionEnd',
  Rollback: 'TransactionEnd',
};

export function refuseStatement(kind: string, content: AstValue): SluiceError {
  if (kind === 'Drop') {
    const type = text(node(content).object_type ?? 'Object');
    return errors.ddl(type === 'Schema' ? 'DropCatalogSchema' : `Drop${type}`);
  }
  if (Object.hasOwn(DDL, kind)) return errors.ddl(DDL[kind]!);
  if (Object.hasOwn(DML, kind)) return errors.dml(DML[kind]!);
  if (/^(Create|Alter|Drop)/.test(kind)) return errors.ddl(kind);
  return errors.statement(OTHERS[kind] ?? kind);
}
