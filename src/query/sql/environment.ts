/** What a name, a call or a subquery needs to know about the place where it stands. */

import type { NarrowStatement } from '../narrow/statement.ts';
import type { DataType } from '../types.ts';
import type { AstNode, AstValue } from './ast.ts';
import type { Expression } from './expression.ts';
import type { Limit } from './limit.ts';
import type { PlanNode } from './plan-node.ts';
import type { Scope } from './scope.ts';
import type { ScopeColumn } from './scope-column.ts';
import type { StatementContext, Template } from './statement-context.ts';

/** A query as a relation: engine SQL whose output columns are called by their ids. */
export interface BoundQuery {
  readonly columns: readonly QueryColumn[];
  /** A whole SELECT (or a set operation) without brackets. */
  readonly sql: Template;
  readonly node: PlanNode;
  /** Of a correlated subquery: order and limit, which the engine has not there, left to who asked for it. */
  readonly deferred?: DeferredTail;
  /** Always exactly one row: aggregates without groups. */
  readonly singleRow?: boolean;
  /** The same as data, where it reads few rows and can be answered from them (`narrow/`). */
  readonly narrow?: NarrowStatement;
  /** Of a correlated subquery of one row: the engine gives no row where nothing is found, so who asks computes it. */
  readonly lifted?: LiftedRow;
}

export interface LiftedRow {
  /** May stand after FROM: the aggregates. */
  readonly from: Template;
  readonly aggregates: readonly {
    readonly id: string;
    readonly type: DataType;
    readonly emptyValue: '0' | undefined;
  }[];
  /** The output columns, over the aggregates. */
  readonly expressions: readonly Expression[];
  /** Which the row must meet, over the aggregates. */
  readonly having: Expression | null;
  /** There is no other way to ask for it. */
  readonly isOnly?: boolean;
}

export interface DeferredTail {
  readonly keys: readonly {
    readonly id: string;
    readonly descending: boolean;
    readonly nullsFirst: boolean;
  }[];
  readonly limit: Limit;
}

export interface QueryColumn extends Omit<ScopeColumn, 'use' | 'source'> {
  /** What qualified it in the query, for names of results. */
  readonly qualifier: string | null;
  /** What a correlated scalar subquery means where it finds nothing, when that is not null. */
  readonly emptyValue?: '0';
}

/** A common table expression: bound anew at each use, in the environment of its definition. */
export interface CommonTable {
  readonly query: AstNode;
  readonly columnNames: readonly string[];
  readonly environment: QueryEnvironment;
  /** Binds it, where that is more than binding the query. */
  readonly build?: () => BoundQuery;
  /** A recursive reference to itself: read by name. */
  readonly recursive?: { readonly engineName: string; readonly columns: readonly ScopeColumn[] };
}

/** Where a query stands. */
export interface QueryEnvironment {
  readonly context: StatementContext;
  /** Of the enclosing query, for correlated subqueries. */
  readonly outer: Scope | null;
  readonly commonTables: ReadonlyMap<string, CommonTable>;
  /** The statement's own query: its columns are called `c0`, `c1`, … */
  readonly results?: boolean;
  /** Who asked for the query sees to its order and limit when it turns out to be correlated. */
  readonly defersTail?: boolean;
  /** Who asked for the query computes the one row, or none, of aggregates that it may turn out to be. */
  readonly liftsRow?: boolean;
  /** Nobody asks for the values of its rows, only whether there are any. */
  readonly countsOnly?: boolean;
}

/** Where an expression stands. */
export interface Environment {
  readonly query: QueryEnvironment;
  readonly scope: Scope;
  /** For messages: `WHERE`, `GROUP BY`, … */
  readonly clause: string;
  readonly aggregates: boolean;
  readonly windows: boolean;
  readonly namedWindows: ReadonlyMap<string, AstNode>;
  /** Aliases of the select list that a name may mean, and whether they win over columns. */
  readonly aliases: ReadonlyMap<string, Expression> | null;
  readonly aliasesFirst: boolean;
  readonly binder: Binder;
}

/** The mutually recursive parts, handed down instead of imported, so that files do not depend on each other in circles. */
export interface Binder {
  expression(value: AstValue | undefined, environment: Environment): Expression;
  query(query: AstNode, environment: QueryEnvironment): BoundQuery;
}
