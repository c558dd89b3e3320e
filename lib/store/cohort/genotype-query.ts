import type { DuckDBDataChunk } from '@duckdb/node-api';
import type { SourceClass } from '../../genomics/allele.ts';
import type { CarriedGenotype } from '../../operations/population-ports.ts';
import { namedGenotype } from '../genotype-store.ts';
import type { Query } from '../range-query.ts';
import type { ReadFile } from '../study-files.ts';
import { classBinding, classCondition } from './allele-query.ts';
import { compactedFiles, groupedBy, newerFiles } from './cohort-query.ts';
import type { Snapshot } from './snapshot.ts';

const NAMES = [
  'gene_symbol',
  'gene_id',
  'genotype_system',
  'genotype_code',
  'genotype_display',
  'phenotype',
  'activity_score',
  'candidates',
];

/** Queries of the imported genotypes of some genes, or of all: of the compacted copy and of the newer studies. */
export function genotypeQueries(
  snapshot: Snapshot,
  sourceClass: SourceClass | undefined,
  genes: readonly string[] | undefined,
): readonly Query<ReadFile>[] {
  const ofGenes = genes === undefined ? 'true' : 'upper(v.gene_symbol) IN (SELECT unnest($genes))';
  const bindings = genes === undefined ? {} : { genes: { strings: genes.map((gene) => gene.toUpperCase()) } };
  const query = (files: readonly ReadFile[], carrier: string, where: string): Query<ReadFile> =>
    groupedBy(NAMES.join(', '), {
      sql: `SELECT ${NAMES.map((name) => `v.${name}`).join(', ')}, ${carrier} AS carrier
        FROM read_parquet($files) AS v WHERE ${ofGenes} AND ${where}`,
      bindings,
      files: files.length === 0 ? new Map() : new Map([['files', files]]),
    });
  const compacted = query(compactedFiles(snapshot, 'genotypes', undefined), 'v.member', classCondition(sourceClass));
  return [
    { ...compacted, bindings: { ...bindings, ...classBinding(sourceClass) } },
    query(newerFiles(snapshot, 'genotypes', { sourceClass }), 'v.subject', 'true'),
  ];
}

/** Reads chunks of the queries. */
export function readGenotypes(
  chunk: DuckDBDataChunk,
  subjectsOf: (list: unknown) => readonly number[],
): CarriedGenotype[] {
  const columns = chunk.getColumns();
  return Array.from({ length: chunk.rowCount }, (_, i) => {
    const at = (name: string): unknown => columns[NAMES.indexOf(name)]?.[i] ?? undefined;
    return { ...namedGenotype(at), subjects: subjectsOf(columns.at(-1)?.[i]) };
  });
}
