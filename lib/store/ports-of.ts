import type { Ports } from '../operations/ports.ts';
import { parquetPopulation } from './cohort/population.ts';
import { disclosureSettings } from './disclosure-settings.ts';
import type { DuckDb } from './duckdb.ts';
import { parquetGenotypeStore } from './genotype-store.ts';
import { knowledgeStore } from './knowledge-store.ts';
import type { ObjectStore } from './objects.ts';
import { referenceStore } from './reference-store.ts';
import { dynamoStudyStore } from './study-store.ts';
import type { Table } from './table.ts';
import { parquetVariantStore } from './variant-store.ts';

export interface StorageParts {
  readonly table: Table;
  readonly objects: ObjectStore;
  /** One that may read the local copies of the objects. */
  readonly duckDb: () => Promise<DuckDb>;
}

/**
 * What the operations answer from, wherever table and objects are: the same in a folder and on AWS.
 *
 * @throws InvalidInputError naming the variable of the environment at fault
 */
export function portsOf(
  { table, objects, duckDb }: StorageParts,
  environment: Readonly<Record<string, string | undefined>>,
): Ports {
  const studies = dynamoStudyStore(table);
  const parts = { table, objects, duckDb, filesOf: studies.files };
  return {
    studies,
    variants: parquetVariantStore(parts),
    genotypes: parquetGenotypeStore(parts),
    reference: referenceStore(parts),
    knowledge: knowledgeStore(parts),
    population: parquetPopulation(parts),
    ...disclosureSettings(environment, table),
  };
}
