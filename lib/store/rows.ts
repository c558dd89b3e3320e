import type { DuckDBDataChunk } from '@duckdb/node-api';
import type { AllelicState, ChangeType } from '../genomics/allele.ts';
import type { Chromosome } from '../genomics/assembly.ts';
import type { Interbase } from '../genomics/coordinates.ts';
import type { Interval } from '../genomics/interval.ts';
import type { Call, Provenance, StoredStructuralVariant, StoredVariant } from '../genomics/variant.ts';
import type { Answer } from '../operations/ports.ts';
import { type Column, STRUCTURAL_COLUMNS, VARIANT_COLUMNS } from './schema.ts';
import type { SourceFile } from './study-files.ts';

/** Columns that answers do not need: the subject is asked for, filters are passed, the class is the input's. */
const UNREAD = new Set(['subject', 'source_class', 'filters']);
const answered = (columns: readonly Column[]): readonly string[] =>
  columns.map(({ name }) => name).filter((name) => !UNREAD.has(name));

const VARIANT_NAMES = answered(VARIANT_COLUMNS);
const STRUCTURAL_NAMES = answered(STRUCTURAL_COLUMNS);

const selected = (names: readonly string[]): string => names.map((name) => `v."${name}"`).join(', ');
/** SQL of the columns of an answer, in the order the readers below expect. */
export const VARIANT_SELECTION = selected(VARIANT_NAMES);
export const STRUCTURAL_SELECTION = selected(STRUCTURAL_NAMES);

/** Reads chunks of `question, source, ...VARIANT_SELECTION`. */
export function readVariants(
  chunk: DuckDBDataChunk,
  sources: readonly SourceFile[],
  subject: string,
): Answer<StoredVariant>[] {
  const rows = rowsOf(chunk, VARIANT_NAMES);
  return rows.map((row) => {
    const source = sources[row.integer('source')] as SourceFile;
    // A variants file holds one chromosome.
    const chromosome = source.file.chromosome as Chromosome;
    return {
      index: row.integer('question'),
      row: {
        kind: 'simple',
        chromosome,
        ...provenance(row, source, subject),
        ...interval(row, 'start0', 'end0'),
        ...reported(row),
        ...call(row, source, chromosome),
      },
    };
  });
}

/** Reads chunks of `question, source, ...STRUCTURAL_SELECTION`. */
export function readStructuralVariants(
  chunk: DuckDBDataChunk,
  sources: readonly SourceFile[],
  subject: string,
): Answer<StoredStructuralVariant>[] {
  const rows = rowsOf(chunk, STRUCTURAL_NAMES);
  return rows.map((row) => {
    const source = sources[row.integer('source')] as SourceFile;
    const chromosome = row.text('chromosome') as Chromosome;
    return {
      index: row.integer('question'),
      row: {
        kind: 'structural',
        chromosome,
        changeType: row.text('change_type') as ChangeType,
        imprecise: row.value('imprecise') === true,
        outer: interval(row, 'outer_start0', 'outer_end0'),
        ...(row.value('inner_start0') === null ? {} : { inner: interval(row, 'inner_start0', 'inner_end0') }),
        ...provenance(row, source, subject),
        ...interval(row, 'start0', 'end0'),
        ...reported(row),
        ...call(row, source, chromosome),
        ...known('copyNumber', row.value('copy_number') as number | null),
        ...known('svLength', row.value('sv_length') as number | null),
        ...mate(row),
      },
    };
  });
}

/** One row of a chunk, by column name. */
interface Row {
  value(name: string): unknown;
  text(name: string): string;
  integer(name: string): number;
}

/** Column by column, as DuckDB holds them: a third of the time of its row objects. */
function rowsOf(chunk: DuckDBDataChunk, names: readonly string[]): readonly Row[] {
  const columns = new Map(['question', 'source', ...names].map((name, i) => [name, chunk.getColumnValues(i)]));
  return Array.from({ length: chunk.rowCount }, (_, i) => {
    const value = (name: string): unknown => (columns.get(name) as unknown[])[i];
    return { value, text: (name) => value(name) as string, integer: (name) => Number(value(name)) };
  });
}

/** `{ [name]: value }`, or nothing when the value is NULL: absent properties stay absent. */
function known<K extends string, V>(name: K, value: V | null): { [P in K]?: V } {
  return value === null ? {} : ({ [name]: value } as { [P in K]?: V });
}

function provenance(row: Row, { study }: SourceFile, subject: string): Provenance {
  return { study, input: row.integer('input'), subject };
}

function interval(row: Row, start: string, end: string): Interval {
  return { start0: row.integer(start) as Interbase, end0: row.integer(end) as Interbase };
}

function reported(row: Row) {
  return {
    reportedStart0: row.integer('reported_start0') as Interbase,
    ref: row.text('ref'),
    alt: row.text('alt'),
    ...known('ids', row.value('ids') as string | null),
  };
}

function call(row: Row, { study }: SourceFile, chromosome: Chromosome): Call {
  const phaseSet = row.value('phase_set');
  return {
    ...known('genotype', row.value('genotype') as string | null),
    ...known('allelicState', row.value('allelic_state') as AllelicState | null),
    // PS is a number that other studies, inputs and chromosomes use as well.
    ...(phaseSet === null ? {} : { phaseSet: `${study.id}/${row.integer('input')}/${chromosome}/${phaseSet}` }),
    ...known('haplotypes', row.value('haplotypes') as number | null),
    ...known('alleleDepth', row.value('allele_depth') as number | null),
    ...known('depth', row.value('depth') as number | null),
    ...known('alleleFraction', row.value('allele_fraction') as number | null),
  };
}

function mate(row: Row): Pick<StoredStructuralVariant, 'mate'> {
  const contig = row.value('mate_contig');
  if (contig === null) return {};
  return { mate: { contig: contig as string, start0: row.integer('mate_start0') as Interbase } };
}
