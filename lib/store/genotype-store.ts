import type { DuckDBDataChunk } from '@duckdb/node-api';
import type { NamedGenotype, StoredGenotype } from '../genomics/genotype-finding.ts';
import type { GenotypeStore, SubjectView } from '../operations/ports.ts';
import { GENOTYPE_COLUMNS } from './schema.ts';
import { type SourceFile, sourcesOf } from './study-files.ts';
import type { VariantStoreParts } from './variant-store.ts';

/** The subject is asked for, and the class is the input's. */
const NAMES = GENOTYPE_COLUMNS.map(({ name }) => name).filter((name) => name !== 'subject' && name !== 'source_class');

/** Imported genotypes over Parquet. */
export function parquetGenotypeStore({ duckDb, objects, filesOf }: VariantStoreParts): GenotypeStore {
  return {
    async imported(view) {
      const sources = await sourcesOf(view, 'genotypes', filesOf);
      if (sources.length === 0) return [];
      const copies = await objects.materialise(sources.map(({ file }) => file));
      try {
        const sql = `SELECT v.file_index::INTEGER AS source, ${NAMES.map((name) => `v."${name}"`).join(', ')}
          FROM read_parquet($files) AS v WHERE v.subject = $subject ORDER BY source, gene_symbol, genotype_code`;
        const found: StoredGenotype[] = [];
        const bindings = { subject: view.subject, files: { strings: copies.paths } };
        for await (const chunk of (await duckDb()).chunks(sql, bindings)) found.push(...read(chunk, sources, view));
        return found;
      } finally {
        copies.release();
      }
    },
  };
}

function read(chunk: DuckDBDataChunk, sources: readonly SourceFile[], { subject }: SubjectView): StoredGenotype[] {
  const columns = ['source', ...NAMES].map((name, index) => [name, chunk.getColumnValues(index)] as const);
  const values = new Map(columns);
  return Array.from({ length: chunk.rowCount }, (_, row) => {
    const at = (name: string): unknown => values.get(name)?.[row] ?? undefined;
    const { study } = sources[Number(at('source'))] as SourceFile;
    return {
      study,
      input: Number(at('input')),
      subject,
      ...namedGenotype(at),
    };
  });
}

/** A genotype from the columns of a row; `at` gives undefined for NULL. */
export function namedGenotype(at: (name: string) => unknown): NamedGenotype {
  const optional = (name: string, column: string) => (at(column) === undefined ? {} : { [name]: String(at(column)) });
  return {
    gene: { symbol: String(at('gene_symbol')), ...optional('hgncId', 'gene_id') },
    coding: {
      ...optional('system', 'genotype_system'),
      code: String(at('genotype_code')),
      display: String(at('genotype_display')),
    },
    ...optional('phenotype', 'phenotype'),
    ...optional('activityScore', 'activity_score'),
    candidates: Number(at('candidates')),
  };
}
