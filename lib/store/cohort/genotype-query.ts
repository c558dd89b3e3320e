import type { SourceClass } from '../../genomics/allele.ts';
import type { CarriedGenotype } from '../../operations/population-ports.ts';
import { type Dialect, DUCKDB, type OpenBindings } from '../dialect.ts';
import type { Bindings } from '../duckdb.ts';
import { namedGenotype } from '../genotype-store.ts';
import type { Query } from '../range-query.ts';
import type { ReadFile } from '../study-files.ts';
import { classBinding, classCondition } from './allele-query.ts';
import { compactedFiles, groupedBy, newerFiles } from './cohort-query.ts';
import { type CohortQuestion, type Rows, wholeFiles } from './engine.ts';
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

/** Imported genotypes of some genes, or of all. */
export function genotypeQuestion(
  snapshot: Snapshot,
  sourceClass: SourceClass | undefined,
  genes: readonly string[] | undefined,
): CohortQuestion<readonly string[] | undefined> {
  const query = (
    files: readonly ReadFile[],
    carrier: string,
    { where, bound }: { readonly where: string; readonly bound: Bindings },
    dialect: Dialect,
  ): Query<ReadFile> => {
    const bindings: OpenBindings = { ...bound };
    const names = genes?.map((gene) => gene.toUpperCase());
    const ofGenes = names === undefined ? 'true' : dialect.among('upper(v.gene_symbol)', 'genes', names, bindings);
    const sql = `SELECT ${NAMES.map((name) => `v.${name}`).join(', ')}, ${carrier} AS carrier
        FROM ${dialect.files('files', files)} AS v WHERE ${ofGenes} AND ${where}`;
    return groupedBy(
      NAMES.join(', '),
      { sql, bindings, files: files.length === 0 ? new Map() : new Map([['files', files]]) },
      dialect,
    );
  };
  const files = compactedFiles(snapshot, 'genotypes', undefined);
  const compacted = { where: classCondition(sourceClass), bound: classBinding(sourceClass) };
  return {
    load: () => wholeFiles(files),
    questions: [genes],
    compacted: (_, dialect) => query(files, 'v.member', compacted, dialect),
    newer: query(newerFiles(snapshot, 'genotypes', { sourceClass }), 'v.subject', { where: 'true', bound: {} }, DUCKDB),
  };
}

/** Reads answers. */
export function readGenotypes(rows: Rows, subjectsOf: (list: unknown) => readonly number[]): CarriedGenotype[] {
  const columns = rows.getColumns();
  return Array.from({ length: rows.rowCount }, (_, i) => {
    const at = (name: string): unknown => columns[NAMES.indexOf(name)]?.[i] ?? undefined;
    return { ...namedGenotype(at), subjects: subjectsOf(columns.at(-1)?.[i]) };
  });
}
