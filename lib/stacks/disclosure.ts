import type { Settings } from './settings.ts';

/** How counts of populations are blurred, and how often they may be asked. */
export type DisclosureSettings = Pick<Settings, 'minimumCell' | 'roundTo' | 'populationBudget'>;

/** Environment of a function that answers about populations, as lib/store/disclosure-settings.ts reads it. */
export function disclosureVariables({
  minimumCell,
  roundTo,
  populationBudget,
}: DisclosureSettings): Readonly<Record<string, string>> {
  const all = {
    GENOMICS_MINIMUM_CELL: minimumCell,
    GENOMICS_ROUND_TO: roundTo,
    GENOMICS_POPULATION_BUDGET: populationBudget,
  };
  return Object.fromEntries(
    Object.entries(all).flatMap(([name, value]) => (value === undefined ? [] : [[name, String(value)]])),
  );
}
