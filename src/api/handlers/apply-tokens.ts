/** `POST …/token/apply`: makes the declared tokens match the body, or tells what it would do (`beyond.md` B13). */
import { type DeclaredTokens, parseDeclaredTokens } from '../../tokens/declared-tokens.ts';
import { applyDeclaredTokens, planDeclaredTokens, printPlan } from '../../tokens/reconcile-declared.ts';
import { readJsonText } from '../body.ts';
import { jsonReply } from '../reply.ts';
import { ADMIN, defineRoute } from '../route.ts';

/** A request must not make the server read its own files or variables: the caller sends the strings. */
const NO_SOURCES = {
  environment: {},
  files: { read: () => Promise.reject(new Error('not allowed in a request')) },
};

export const applyTokens = defineRoute<{ declared: DeclaredTokens; dryRun: boolean }>({
  method: 'POST',
  path: '/api/v3/enterprise/configure/token/apply',
  permission: ADMIN,
  parse: async ({ parameters, request, dependencies }) => {
    const dryRun = parameters.boolean('dry_run', false);
    const text = await readJsonText(request, dependencies.options.maxRequestBytes);
    return { declared: await parseDeclaredTokens(text, NO_SOURCES), dryRun };
  },
  handle: async ({ declared, dryRun }, { dependencies, caller }) => {
    const { catalog, clock } = dependencies;
    const steps = dryRun
      ? planDeclaredTokens(declared, catalog)
      : await applyDeclaredTokens(declared, { catalog, clock, caller });
    return jsonReply(200, { plan: printPlan(steps) });
  },
});
