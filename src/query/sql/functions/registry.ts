/** All functions by name and alias. What is not here does not exist: nothing else can be printed for the engine. */
import { basicAggregates } from './aggregate.ts';
import { conditionalFunctions } from './conditional.ts';
import { dateBinFunctions } from './date-bin.ts';
import { datePartFunctions } from './date-part.ts';
import type { FunctionDefinition } from './definition.ts';
import { encodingFunctions } from './encoding.ts';
import { listMakeFunctions } from './list-make.ts';
import { listMeasureFunctions } from './list-measure.ts';
import { listPartFunctions } from './list-part.ts';
import { rangeFunctions } from './list-range.ts';
import { listSetFunctions } from './list-sets.ts';
import { mapFunctions, structFunctions } from './map-struct.ts';
import { mathFunctions } from './math.ts';
import { miscFunctions } from './misc.ts';
import { nowFunctions } from './now.ts';
import { orderedAggregates } from './ordered-aggregate.ts';
import { percentileAggregates } from './percentile.ts';
import { plannedFunctions } from './planned.ts';
import { regexFunctions } from './regex.ts';
import { selectorFunctions } from './selectors.ts';
import { statisticalAggregates } from './statistics.ts';
import { stringBuildFunctions } from './string-build.ts';
import { stringCodeFunctions } from './string-code.ts';
import { stringPartFunctions } from './string-part.ts';
import { stringSearchFunctions } from './string-search.ts';
import { stringTrimFunctions } from './string-trim.ts';
import { toCharFunctions } from './to-char.ts';
import { toTimestampFunctions } from './to-timestamp.ts';
import { windowFunctions } from './window.ts';

export const allFunctions: readonly FunctionDefinition[] = [
  ...basicAggregates,
  ...orderedAggregates,
  ...statisticalAggregates,
  ...percentileAggregates,
  ...selectorFunctions,
  ...windowFunctions,
  ...dateBinFunctions,
  ...datePartFunctions,
  ...toTimestampFunctions,
  ...toCharFunctions,
  ...nowFunctions,
  ...conditionalFunctions,
  ...mathFunctions,
  ...stringBuildFunctions,
  ...stringCodeFunctions,
  ...stringPartFunctions,
  ...stringSearchFunctions,
  ...stringTrimFunctions,
  ...regexFunctions,
  ...encodingFunctions,
  ...listMakeFunctions,
  ...listMeasureFunctions,
  ...listPartFunctions,
  ...listSetFunctions,
  ...rangeFunctions,
  ...mapFunctions,
  ...structFunctions,
  ...miscFunctions,
  ...plannedFunctions,
];

const byName = new Map<string, FunctionDefinition>();
for (const definition of allFunctions) {
  for (const name of [definition.name, ...(definition.aliases ?? [])]) {
    if (byName.has(name)) throw new Error(`two functions are called ${name}`);
    byName.set(name, definition);
  }
}

/** The function of a lower-case name or alias. */
export function lookupFunction(name: string): FunctionDefinition | undefined {
  return byName.get(name);
}
