import type { DuckDBDataChunk } from '@duckdb/node-api';
import type { AllelicState, ChangeType } from '../genomics/allele.ts';
import type { Chromosome } from '../genomics/assembly.ts';
import type { Interbase } from '../genomics/coordinates.ts';
import { isSequenced, type SequencedStudy } from '../genomics/study.ts';
import type { StoredStructuralVariant, StoredVariant } from '../genomics/variant.ts';
import type { Answer } from '../operations/ports.ts';
import { type Column, JUSTIFIED_COLUMNS, STRUCTURAL_COLUMNS, VARIANT_COLUMNS } from './schema.ts';
import type { SourceFile } from './study-files.ts';

/** Columns that answers do not need: the subject is asked for, filters are passed, the class is the input's. */
const UNREAD = new Set(['subject', 'source_class', 'filters']);
const answered = (columns: readonly Column[]): readonly string[] =>
  columns.map(({ name }) => name).filter((name) => !UNREAD.has(name));

const quoted = (name: string): string => `v."${name}"`;

const VARIANT_NAMES = answered(VARIANT_COLUMNS);
const STRUCTURAL_NAMES = answered(STRUCTURAL_COLUMNS);

const JUSTIFIED = new Set(JUSTIFIED_COLUMNS.map(({ name }) => name));

/** SQL of the columns of an answer, in the order the readers below expect. Older files have no justified intervals. */
export function variantSelection(justified: boolean): string {
  const names = VARIANT_NAMES.map((name) =>
    JUSTIFIED.has(name) && !justified ? 'CAST(NULL AS INTEGER)' : quoted(name),
  );
  return names.join(', ');
}

export const structuralSelection = (): string => STRUCTURAL_NAMES.map(quoted).join(', ');

/** Reads chunks of `question, source, ...variantSelection()`. */
export function readVariants(
  chunk: DuckDBDataChunk,
  sources: readonly SourceFile[],
  subject: string,
): Answer<StoredVariant>[] {
  const columns = columnsOf(chunk, VARIANT_NAMES);
  return Array.from({ length: chunk.rowCount }, (_, i) => {
    const source = sourceAt(columns, i, sources);
    // A variants file holds one chromosome.
    const chromosome = source.file.chromosome as Chromosome;
    const row: Writable<StoredVariant> = {
      kind: 'simple',
      chromosome,
      study: sequenced(source),
      input: integer(columns, 'input', i),
      subject,
      start0: position(columns, 'start0', i),
      end0: position(columns, 'end0', i),
      reportedStart0: position(columns, 'reported_start0', i),
      ref: text(columns, 'ref', i),
      alt: text(columns, 'alt', i),
    };
    if (valueAt(columns, 'norm_start0', i) !== null) {
      row.normalised = { start0: position(columns, 'norm_start0', i), end0: position(columns, 'norm_end0', i) };
    }
    addIds(row, columns, i);
    addCall(row, columns, i);
    return { index: integer(columns, 'question', i), row };
  });
}

/** Reads chunks of `question, source, ...structuralSelection()`. */
export function readStructuralVariants(
  chunk: DuckDBDataChunk,
  sources: readonly SourceFile[],
  subject: string,
): Answer<StoredStructuralVariant>[] {
  const columns = columnsOf(chunk, STRUCTURAL_NAMES);
  return Array.from({ length: chunk.rowCount }, (_, i) => {
    const row: Writable<StoredStructuralVariant> = {
      kind: 'structural',
      chromosome: text(columns, 'chromosome', i) as Chromosome,
      study: sequenced(sourceAt(columns, i, sources)),
      input: integer(columns, 'input', i),
      subject,
      start0: position(columns, 'start0', i),
      end0: position(columns, 'end0', i),
      reportedStart0: position(columns, 'reported_start0', i),
      ref: text(columns, 'ref', i),
      alt: text(columns, 'alt', i),
      changeType: text(columns, 'change_type', i) as ChangeType,
      imprecise: valueAt(columns, 'imprecise', i) === true,
      outer: { start0: position(columns, 'outer_start0', i), end0: position(columns, 'outer_end0', i) },
    };
    if (valueAt(columns, 'inner_start0', i) !== null) {
      row.inner = { start0: position(columns, 'inner_start0', i), end0: position(columns, 'inner_end0', i) };
    }
    const copyNumber = valueAt(columns, 'copy_number', i);
    if (copyNumber !== null) row.copyNumber = copyNumber as number;
    const svLength = valueAt(columns, 'sv_length', i);
    if (svLength !== null) row.svLength = svLength as number;
    const contig = valueAt(columns, 'mate_contig', i);
    if (contig !== null) row.mate = { contig: contig as string, start0: position(columns, 'mate_start0', i) };
    addIds(row, columns, i);
    addCall(row, columns, i);
    return { index: integer(columns, 'question', i), row };
  });
}

/** Rows are put together property by property: spreading the parts of each takes three times as long. */
type Writable<T> = { -readonly [K in keyof T]: T[K] };

/** The columns of a chunk by name. */
type Columns = Readonly<Record<string, readonly unknown[]>>;

function columnsOf(chunk: DuckDBDataChunk, names: readonly string[]): Columns {
  return Object.fromEntries(['question', 'source', ...names].map((name, i) => [name, chunk.getColumnValues(i)]));
}

const valueAt = (columns: Columns, name: string, i: number): unknown => columns[name]?.[i];
const text = (columns: Columns, name: string, i: number): string => valueAt(columns, name, i) as string;
const integer = (columns: Columns, name: string, i: number): number => valueAt(columns, name, i) as number;
const position = (columns: Columns, name: string, i: number): Interbase => valueAt(columns, name, i) as Interbase;

function sourceAt(columns: Columns, i: number, sources: readonly SourceFile[]): SourceFile {
  return sources[integer(columns, 'source', i)] as SourceFile;
}

/** Only studies with an assembly have files of variants. */
function sequenced({ study }: SourceFile): SequencedStudy {
  if (!isSequenced(study)) throw new Error(`study ${study.id} has variants without an assembly`);
  return study;
}

function addIds(row: Writable<StoredVariant | StoredStructuralVariant>, columns: Columns, i: number): void {
  const ids = valueAt(columns, 'ids', i);
  if (ids !== null) row.ids = ids as string;
}

/** What is NULL stays absent. */
function addCall(row: Writable<StoredVariant | StoredStructuralVariant>, columns: Columns, i: number): void {
  const genotype = valueAt(columns, 'genotype', i);
  if (genotype !== null) row.genotype = genotype as string;
  const allelicState = valueAt(columns, 'allelic_state', i);
  if (allelicState !== null) row.allelicState = allelicState as AllelicState;
  const phaseSet = valueAt(columns, 'phase_set', i);
  // PS is a number that other studies, inputs and chromosomes use as well.
  if (phaseSet !== null) row.phaseSet = `${row.study.id}/${row.input}/${row.chromosome}/${phaseSet}`;
  const haplotypes = valueAt(columns, 'haplotypes', i);
  if (haplotypes !== null) row.haplotypes = haplotypes as number;
  const alleleDepth = valueAt(columns, 'allele_depth', i);
  if (alleleDepth !== null) row.alleleDepth = alleleDepth as number;
  const depth = valueAt(columns, 'depth', i);
  if (depth !== null) row.depth = depth as number;
  const alleleFraction = valueAt(columns, 'allele_fraction', i);
  if (alleleFraction !== null) row.alleleFraction = alleleFraction as number;
}
