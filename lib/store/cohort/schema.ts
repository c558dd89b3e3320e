import type { StudyFileKind } from '../../genomics/study.ts';
import { type Column, GENOTYPE_COLUMNS, REGION_COLUMNS, STRUCTURAL_COLUMNS, VARIANT_COLUMNS } from '../schema.ts';
import type { ParquetLayout } from '../write-parquet.ts';

/**
 * Of the sizes of row groups that were measured this one needs the fewest bytes for a gene and is as fast as larger ones
 * (spec/platform.md 2b).
 */
export const COHORT_PARQUET: ParquetLayout = { rowGroupSize: 32_768, version: 2 };

/** Bases of a bin, 2^20. A row belongs to the bin of its first position, so that a position alone names the bin. */
export const BIN_BASES = 1_048_576;

/** The bin of structural variants that are longer than a bin: no position has this number, as positions are INTEGER. */
export const LONG_BIN = 2_048;

const MEMBER: Column = {
  name: 'member',
  type: 'INTEGER',
  doc: 'one subject in one version of a study; the manifest names them',
};
const INPUT: Column = { name: 'input', type: 'SMALLINT', doc: "index into the study's inputs" };

/** What compacted rows leave out: they name their member, hold only rows that passed, and no reads. */
const LEFT_OUT = new Set(['subject', 'input', 'filters', 'ids', 'allele_depth', 'depth', 'allele_fraction']);
const kept = (columns: readonly Column[]): readonly Column[] => columns.filter(({ name }) => !LEFT_OUT.has(name));

/** How the files of one kind of study file are compacted. */
export interface CompactedKind {
  readonly kind: StudyFileKind;
  readonly columns: readonly Column[];
  /** SQL order of the rows; those that only differ in their member lie together, by member. */
  readonly order: string;
  /** What names the chromosome of a row; `none` for what has no place. */
  readonly chromosome: 'file' | 'row' | 'none';
  /** SQL of the bin of a row; undefined when a chromosome is one file. */
  readonly bin?: string;
}

export const COMPACTED_VARIANTS: CompactedKind = {
  kind: 'variants',
  columns: [
    MEMBER,
    INPUT,
    ...kept(VARIANT_COLUMNS),
    {
      name: 'stated',
      type: 'VARCHAR',
      doc: 'Sequence Ontology codes that the own file states of the allele, joined by &; NULL when it says nothing of it',
    },
  ],
  order: 'start0, "ref", alt, "input", genotype',
  chromosome: 'file',
  bin: `start0 // ${BIN_BASES}`,
};

/**
 * A gene's question reads the bins it touches, the bin before them, and the long events of the chromosome. These would
 * make every bin that they reach over be opened, and there are few.
 */
export const COMPACTED_STRUCTURAL: CompactedKind = {
  kind: 'structural',
  columns: [MEMBER, INPUT, ...kept(STRUCTURAL_COLUMNS)],
  order: 'outer_start0, outer_end0, "input", alt',
  chromosome: 'row',
  bin: `CASE WHEN outer_end0 - outer_start0 <= ${BIN_BASES} THEN greatest(outer_start0, 0) // ${BIN_BASES} ELSE ${LONG_BIN} END`,
};

/**
 * Regions belong to a panel, a study or a member. A BED that many tests share is one panel, stored once; what else holds
 * for all subjects of an input belongs to the study.
 */
export const COMPACTED_REGIONS: CompactedKind = {
  kind: 'regions',
  columns: [
    { name: 'panel', type: 'INTEGER', doc: 'set of studied and uncallable regions; NULL for other rows' },
    { name: 'study', type: 'INTEGER', doc: 'number of the version of a study; NULL for a panel' },
    { ...MEMBER, doc: 'NULL for all subjects of the input' },
    INPUT,
    ...kept(REGION_COLUMNS),
  ],
  order: 'start0, end0, panel, study, kind',
  chromosome: 'file',
  bin: `start0 // ${BIN_BASES}`,
};

/** Imported genotypes of all studies, also of those without an assembly: one file, sorted by gene. */
export const COMPACTED_GENOTYPES: CompactedKind = {
  kind: 'genotypes',
  columns: [MEMBER, INPUT, ...kept(GENOTYPE_COLUMNS)],
  order: 'gene_symbol, genotype_code',
  chromosome: 'none',
};

export const COMPACTED_KINDS = [COMPACTED_VARIANTS, COMPACTED_STRUCTURAL, COMPACTED_REGIONS, COMPACTED_GENOTYPES];
