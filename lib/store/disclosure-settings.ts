import { InvalidInputError } from '../genomics/errors.ts';
import type { Ports } from '../operations/ports.ts';
import { tableBudget } from './query-budget.ts';
import type { Table } from './table.ts';

type Environment = Readonly<Record<string, string | undefined>>;

/**
 * How far answers about everyone are blurred and how often they may be asked: `GENOMICS_MINIMUM_CELL`,
 * `GENOMICS_ROUND_TO` and `GENOMICS_POPULATION_BUDGET` (questions of one client an hour). Off where they are not set.
 *
 * @throws InvalidInputError naming the variable at fault
 */
export function disclosureSettings(env: Environment, table: Table): Pick<Ports, 'disclosure' | 'budget'> {
  const minimumCell = positive(env, 'GENOMICS_MINIMUM_CELL');
  const roundTo = positive(env, 'GENOMICS_ROUND_TO');
  const budget = positive(env, 'GENOMICS_POPULATION_BUDGET');
  return {
    ...(minimumCell === undefined && roundTo === undefined
      ? {}
      : { disclosure: { minimumCell: minimumCell ?? 1, roundTo: roundTo ?? 1 } }),
    ...(budget === undefined ? {} : { budget: tableBudget(table, budget) }),
  };
}

function positive(env: Environment, name: string): number | undefined {
  const text = env[name];
  if (!text) return undefined;
  const value = Number(text);
  if (Number.isSafeInteger(value) && value >= 1) return value;
  throw new InvalidInputError(`${name} is '${text}', which is no whole number of at least 1`);
}
