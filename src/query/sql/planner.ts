/** Statements in, plans out: parse, bind, and a template that prints once the moment of running is known. */
import { virtualStatement } from './virtual-statement.ts';
import { type AstNode, type AstValue, node, position, text, variant } from './ast.ts';
import { bindExpression } from './bind-expression.ts';
import { bindQuery } from './bind-query.ts';
import type { Binder } from './environment.ts';
import { allFunctions, lookupFunction } from './functions/registry.ts';
import { loadParser, type ParseStatement } from './parser.ts';
import type { Plan, PlanRequest, PlanStatement, SelectPlan } from './plan.ts';
import { type PlanNode, planText } from './plan-node.ts';
import { readSpans } from './read-spans.ts';
import { RememberedTrees } from './remembered-trees.ts';
import { errors, placed } from './sql-errors.ts';
import { describedColumns, refuseStatement, rewriteStatement } from './statement.ts';
import { type FunctionTable, StatementContext } from './statement-context.ts';

const functions: FunctionTable = {
  lookup: lookupFunction,
  names: allFunctions.flatMap((definition) => [definition.name, ...(definition.aliases ?? [])]),
};

const binder: Binder = {
  expression(value, environment) {
    try {
      return bindExpression(value, environment);
    } catch (error) {
      throw placed(error, () => position(value));
    }
  },
  query: (query, environment) => bindQuery(query, environment, binder),
};

/** Loads the parser; the planner itself is synchronous and keeps nothing of a statement but its tree. */
export async function createPlanner(): Promise<PlanStatement> {
  const parse = await loadParser();
  const trees = new RememberedTrees(parse);
  return (request) => {
    let hasPositions = true;
    try {
      return planStatement(request, (text) => {
        const known = trees.tree(text);
        hasPositions &&= known.hasPositions;
        return known.tree;
      });
    } catch (error) {
      if (hasPositions) throw error;
      // The same error, at the place where it is in this text.
      return planStatement(request, parse);
    }
  };
}

function planStatement(request: PlanRequest, parse: ParseStatement): Plan {
  const [kind, content] = variant(parse(request.text));
  if (kind === 'Query') return planQuery(node(content), request).plan;
  if (kind === 'Explain') return explain(node(content), request, parse);
  const query = rewriteStatement(kind, content, request, parse);
  if (query !== undefined) return planQuery(query, request).plan;
  throw refuseStatement(kind, content);
}

function explain(body: AstNode, request: PlanRequest, parse: ParseStatement): Plan {
  const [kind, content] = variant(body.statement);
  if (text(body.describe_alias ?? 'Explain') !== 'Explain') return describe(kind, content, request, parse);
  const query = kind === 'Query' ? node(content) : rewriteStatement(kind, content, request, parse);
  if (query === undefined) throw refuseStatement(kind, content);
  if ((body.format ?? null) !== null || (body.options ?? null) !== null)
    throw errors.notImplemented('options of EXPLAIN');
  const { plan, tree } = planQuery(query, request);
  return {
    kind: 'explain',
    analyze: body.analyze === true,
    verbose: body.verbose === true,
    inner: plan,
    logical: planText(tree()),
  };
}

/** DESCRIBE of a query: the columns that it would give. */
function describe(kind: string, content: AstValue, request: PlanRequest, parse: ParseStatement): SelectPlan {
  if (kind !== 'Query') throw errors.notImplemented(`DESCRIBE of ${kind}`);
  const { columns } = planQuery(node(content), request).plan;
  return planQuery(node(variant(parse(describedColumns(columns)))[1]), request).plan;
}

function planQuery(
  query: AstNode,
  request: PlanRequest,
): { readonly plan: SelectPlan; readonly tree: () => PlanNode } {
  const context = new StatementContext(request, functions);
  const bound = bindQuery(query, { context, outer: null, commonTables: new Map(), results: true }, binder);
  const virtual = context.virtualIds.size === 1 ? virtualStatement(query, request.parameters) : undefined;
  // A table that only an unused WITH names must exist all the same.
  const readsOnce = context.scans.length === 1 && context.virtualIds.size === 0;
  const plan: SelectPlan = {
    kind: 'select',
    columns: bound.columns.map(({ name, type, nullable }) => ({ name, type, nullable })),
    tableIds: [...context.tableIds],
    spans: readSpans(context.scans),
    virtualIds: [...context.virtualIds],
    weight: context.scans.every((scan) => scan.selective) ? 'light' : 'heavy',
    reusable: !context.isTimed && context.virtualIds.size === 0,
    print: (environment) => context.fill(bound.sql, environment),
    ...(virtual !== undefined && { virtual }),
    ...(readsOnce && bound.narrow !== undefined && { narrow: bound.narrow }),
  };
  return { plan, tree: () => bound.node };
}
