/** Expressions: from the parser's tree to the typed one. What has no case here is refused. */
import {
  type AstNode,
  type AstValue,
  identifier,
  list,
  node,
  position,
  refuseOthers,
  text,
  variant,
} from './ast.ts';
import {
  arrayLiteral,
  fieldAccess,
  mapLiteral,
  namedField,
  structCall,
  structLiteral,
} from './bind-access.ts';
import { bindCall } from './bind-call.ts';
import { atTimeZone, typedString } from './bind-instant.ts';
import { bindInterval, bindValue, integerConstant, textConstant } from './bind-literal.ts';
import { logical } from './bind-logical.ts';
import { binary, unary } from './bind-operator.ts';
import { like, regex } from './bind-pattern.ts';
import { between, caseExpression, inList, isNull, truth } from './bind-predicate.ts';
import { quantified } from './bind-quantified.ts';
import { exists, inSubquery, scalarSubquery } from './bind-subquery.ts';
import { callFunction } from './call-function.ts';
import { cast } from './cast.ts';
import { distinctFrom } from './comparison.ts';
import { binaryDisplay, displayOf } from './display-name.ts';
import type { Environment } from './environment.ts';
import { type Expression, some } from './expression.ts';
import { arrowTypeText } from './functions/arrow-type.ts';
import { optional, roomFor } from './functions/optional.ts';
import { errors, where } from './sql-errors.ts';
import { sqlType } from './type-names.ts';

export function bindExpression(value: AstValue | undefined, environment: Environment): Expression {
  const [kind, content] = variant(value);
  const bind = (part: AstValue | undefined): Expression => environment.binder.expression(part, environment);
  const body = (): AstNode => node(content);
  switch (kind) {
    case 'Identifier':
      return bindName([identifier(content)], content, environment);
    case 'CompoundIdentifier':
      return bindName(list(content).map(identifier), content, environment);
    case 'Value':
      return bindValue(content, environment.query.context);
    case 'TypedString':
      return typedString(body());
    case 'Interval':
      return bindInterval(body(), bind);
    case 'Nested':
      return bind(content);
    case 'BinaryOp':
      return bindBinary(body(), environment);
    case 'UnaryOp':
      return unary(
        operatorName(body().op),
        bind(body().expr),
        ['Value', 'Interval'].includes(variant(body().expr)[0]),
      );
    case 'IsNull':
      return isNull(bind(content), false);
    case 'IsNotNull':
      return isNull(bind(content), true);
    case 'IsTrue':
    case 'IsNotTrue':
    case 'IsFalse':
    case 'IsNotFalse':
    case 'IsUnknown':
    case 'IsNotUnknown':
      return truth(kind, bind(content));
    case 'IsDistinctFrom':
    case 'IsNotDistinctFrom': {
      const [left, right] = list(content);
      return distinctFrom(bind(left), bind(right), kind === 'IsNotDistinctFrom');
    }
    case 'Between':
      return between(bind(body().expr), bind(body().low), bind(body().high), body().negated === true);
    case 'InList':
      return inList(bind(body().expr), list(body().list).map(bind), body().negated === true);
    case 'InSubquery':
      return inSubquery(body(), environment, false);
    case 'Exists':
      return exists(body(), environment);
    case 'Subquery':
      return scalarSubquery(body(), environment);
    case 'Like':
    case 'ILike':
      return bindLike(kind, body(), bind);
    case 'RLike': {
      const negated = body().negated === true;
      return regex(negated ? '!~' : '~', false, negated, bind(body().expr), bind(body().pattern));
    }
    case 'SimilarTo': {
      // A regular expression that may match anywhere, as to DataFusion.
      const negated = body().negated === true;
      if (isPresent(body().escape_char)) throw errors.notImplemented('SIMILAR TO with ESCAPE');
      const words = negated ? 'NOT SIMILAR TO' : 'SIMILAR TO';
      return regex(words, false, negated, bind(body().expr), bind(body().pattern));
    }
    case 'Case':
      return bindCase(body(), bind);
    case 'Cast':
      return bindCast(body(), bind);
    case 'AtTimeZone':
      return atTimeZone(bind(body().timestamp), bind(body().time_zone));
    case 'Function':
      return bindCall(body(), environment);
    case 'Extract':
      return extract(body(), environment);
    case 'Substring': {
      const from = isPresent(body().substring_from) ? bind(body().substring_from) : integerConstant(1n);
      const count = isPresent(body().substring_for) ? [bind(body().substring_for)] : [];
      return callFunction('substr', [bind(body().expr), from, ...count], environment);
    }
    case 'Position':
      return callFunction('strpos', [bind(body().in), bind(body().expr)], environment);
    case 'Trim':
      return bindTrim(body(), environment);
    case 'Overlay': {
      const parts = [body().expr, body().overlay_what, body().overlay_from, body().overlay_for];
      return callFunction('overlay', parts.filter(isPresent).map(bind), environment);
    }
    case 'Ceil':
    case 'Floor': {
      const [form, field] = variant(body().field);
      if (form === 'Scale') throw errors.notImplemented(`${kind.toLowerCase()} with a scale`);
      if (form !== 'DateTimeField' || field !== 'NoDateTime')
        throw errors.notImplemented(`${kind.toLowerCase()} TO a unit of time: use date_trunc`);
      return callFunction(kind.toLowerCase(), [bind(body().expr)], environment);
    }
    case 'CompoundFieldAccess':
      return fieldAccess(body(), (parts) => bindName(parts, body().root!, environment), bind, environment);
    case 'Array':
      return arrayLiteral(list(body().elem).map(bind), environment);
    case 'Dictionary':
      return structLiteral(
        list(content).map((field) => [identifier(node(field).key), bind(node(field).value)]),
      );
    case 'Struct':
      refuseOthers(body(), ['values'], 'struct');
      return structCall(list(body().values), bind);
    case 'Map':
      return mapLiteral(
        list(body().entries).map((entry) => [bind(node(entry).key), bind(node(entry).value)]),
      );
    case 'Collate':
      throw errors.notImplemented('COLLATE: text is compared bytewise');
    case 'Tuple':
      return structCall(list(content), bind);
    case 'AnyOp':
    case 'AllOp':
      return quantified(kind === 'AllOp', body(), environment);
    case 'GroupingSets':
    case 'Rollup':
    case 'Cube':
      throw errors.planning(`${kind.toUpperCase()} may only stand in GROUP BY`);
  }
  throw errors.notImplemented(`Unsupported SQL expression ${kind}${where(position(content))}`);
}

const isPresent = (value: AstValue | undefined): boolean => value !== null && value !== undefined;

/** Operators are bare names; those with a body are custom ones, which do not exist here. */
const operatorName = (value: AstValue | undefined): string => variant(value)[0];

/** `a`, `t.a`, `iox.t.a`; or fields of a struct column, `a.field`, `t.a.field.field`. */
function bindName(parts: readonly string[], source: AstValue, environment: Environment): Expression {
  const { scope, aliases, aliasesFirst } = environment;
  const place = position(source);
  const name = parts[parts.length - 1]!;
  if (parts.length === 1) {
    const alias = aliases?.get(name);
    const nests = alias !== undefined && nestsCalls(alias, environment);
    if (alias !== undefined && aliasesFirst && !nests) return alias;
    const found = scope.find(null, name, place);
    if (found !== undefined) return found;
    if (nests)
      throw errors.planning(
        `Aggregate and window functions cannot be nested: '${name}' is ${alias.name}${where(place)}`,
      );
    if (alias !== undefined) return alias;
    const constantCall = bareFunction(name, source, environment);
    return constantCall ?? scope.resolve(null, name, place);
  }
  const found = scope.find(parts[parts.length - 2]!, name, place);
  if (found !== undefined) return found;
  // Fields of a struct are written like a qualified column: the longest column name that is there has them.
  for (let length = parts.length - 1; length > 0; length--) {
    const owner = scope.find(length > 1 ? parts[length - 2]! : null, parts[length - 1]!, place);
    if (owner?.type.kind === 'struct')
      return parts.slice(length).reduce((struct, field) => namedField(struct, field, place), owner);
  }
  return scope.resolve(parts[parts.length - 2]!, name, place);
}

/** Whether what an alias means may not stand here: an aggregate inside the call of another. */
const nestsCalls = (alias: Expression, environment: Environment): boolean =>
  environment.clause.startsWith('the call of ') || environment.clause === 'a window'
    ? some(
        alias,
        (part) =>
          (part.kind === 'aggregate' && !environment.aggregates) ||
          (part.kind === 'window' && !environment.windows),
      )
    : false;

/** `current_timestamp` and its like are written without brackets. */
function bareFunction(name: string, source: AstValue, environment: Environment): Expression | undefined {
  const quoteStyle = Array.isArray(source) ? null : node(source).quote_style;
  if (!['current_timestamp', 'current_date', 'current_time', 'today'].includes(name) || isPresent(quoteStyle))
    return undefined;
  return callFunction(name, [], environment);
}

/** Chains of AND and OR are taken whole, so that a thousand conditions do not nest a thousand deep. */
function bindBinary(body: AstNode, environment: Environment): Expression {
  const bind = (part: AstValue | undefined): Expression => environment.binder.expression(part, environment);
  const operator = operatorName(body.op);
  if (operator === 'AtArrow' || operator === 'ArrowAt') {
    const sides = [bind(body.left), bind(body.right)];
    return callFunction('array_has_all', operator === 'AtArrow' ? sides : sides.reverse(), environment);
  }
  if (operator !== 'And' && operator !== 'Or') {
    const sides = [bind(body.left), bind(body.right)] as const;
    const value = binary(operator, ...sides);
    const display = binaryDisplay(operator, value, [body.left, body.right], sides);
    return display === undefined ? value : { ...value, display };
  }
  const operands: Expression[] = [];
  let left: AstValue | undefined = { BinaryOp: body };
  const right: AstValue[] = [];
  for (;;) {
    const [kind, content]: readonly [string, AstValue] = variant(left);
    if (kind !== 'BinaryOp' || operatorName(node(content).op) !== operator) break;
    right.push(node(content).right!);
    left = node(content).left;
  }
  operands.push(bind(left));
  for (const operand of right.reverse()) operands.push(bind(operand));
  return logical(operator.toUpperCase(), operands);
}

function bindLike(
  kind: string,
  body: AstNode,
  bind: (value: AstValue | undefined) => Expression,
): Expression {
  refuseOthers(body, ['expr', 'pattern', 'negated', 'escape_char'], kind.toUpperCase());
  const negated = body.negated === true;
  return like(
    `${negated ? 'NOT ' : ''}${kind.toUpperCase()}`,
    kind === 'ILike',
    negated,
    bind(body.expr),
    bind(body.pattern),
    escapeCharacter(body.escape_char),
  );
}

function escapeCharacter(value: AstValue | undefined): string | undefined {
  if (!isPresent(value)) return undefined;
  const [kind, content] = variant(node(value).value ?? value);
  const character = kind === 'SingleQuotedString' ? text(content) : '';
  if ([...character].length !== 1) throw errors.planning('Invalid escape character in LIKE expression');
  return character;
}

function bindCase(body: AstNode, bind: (value: AstValue | undefined) => Expression): Expression {
  refuseOthers(body, ['operand', 'conditions', 'else_result'], 'CASE');
  return caseExpression(
    isPresent(body.operand) ? bind(body.operand) : null,
    list(body.conditions).map((branch) => [bind(node(branch).condition), bind(node(branch).result)]),
    isPresent(body.else_result) ? bind(body.else_result) : null,
  );
}

function bindCast(body: AstNode, bind: (value: AstValue | undefined) => Expression): Expression {
  refuseOthers(body, ['kind', 'expr', 'data_type'], 'CAST');
  const kind = text(body.kind);
  const attempt = kind === 'TryCast' || kind === 'SafeCast';
  const operand = bind(body.expr);
  const target = sqlType(body.data_type);
  const type = operand.type.kind === 'null' ? optional(target) : roomFor(target, operand.type);
  const display = `${attempt ? 'TRY_CAST' : 'CAST'}(${displayOf(operand)} AS ${arrowTypeText(type)})`;
  return { ...cast(operand, type, attempt), display };
}

function extract(body: AstNode, environment: Environment): Expression {
  const [field, custom] = variant(body.field);
  // What is no word of the parser keeps its letters, and its quotes.
  const quote = field === 'Custom' ? (node(custom).quote_style ?? '') : '';
  const name = field === 'Custom' ? `${quote}${text(node(custom).value)}${quote}` : field.toUpperCase();
  return callFunction(
    'date_part',
    [textConstant(name), environment.binder.expression(body.expr, environment)],
    environment,
  );
}

function bindTrim(body: AstNode, environment: Environment): Expression {
  const side = isPresent(body.trim_where) ? variant(body.trim_where)[0] : 'Both';
  const name = side === 'Leading' ? 'ltrim' : side === 'Trailing' ? 'rtrim' : 'btrim';
  const parts: AstValue[] = [body.expr!];
  if (isPresent(body.trim_what)) parts.push(body.trim_what!);
  parts.push(...list(body.trim_characters));
  return callFunction(
    name,
    parts.map((part) => environment.binder.expression(part, environment)),
    environment,
  );
}
