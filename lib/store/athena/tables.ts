import { ASSEMBLIES, CHROMOSOMES } from '../../genomics/assembly.ts';
import { kindFolder } from '../cohort/partition.ts';
import {
  BIN_BASES,
  COMPACTED_REGIONS,
  COMPACTED_STRUCTURAL,
  COMPACTED_VARIANTS,
  type CompactedKind,
} from '../cohort/schema.ts';
import type { Column } from '../schema.ts';

/** Kinds of compacted rows that are tables of Athena. */
export const TABLED_KINDS: readonly CompactedKind[] = [COMPACTED_VARIANTS, COMPACTED_STRUCTURAL, COMPACTED_REGIONS];

interface TableColumn {
  readonly name: string;
  /** Hive's name of the type. */
  readonly type: string;
  readonly comment: string;
}

/** A table over the compacted files of one kind, as Glue and every Hive metastore describe one. */
export interface PartitionedTable {
  readonly name: string;
  /** Below the bucket. */
  readonly folder: string;
  readonly columns: readonly TableColumn[];
  readonly partitionKeys: readonly TableColumn[];
  readonly parameters: Readonly<Record<string, string>>;
}

const HIVE_TYPES: Readonly<Record<Column['type'], string>> = {
  VARCHAR: 'string',
  INTEGER: 'int',
  SMALLINT: 'smallint',
  TINYINT: 'tinyint',
  FLOAT: 'float',
  BOOLEAN: 'boolean',
};

/** Beyond the last base of chromosome 1, the longest of both assemblies. */
const LAST_BIN = Math.floor(250_000_000 / BIN_BASES);

const PARTITION_KEYS: readonly TableColumn[] = [
  { name: 'assembly', type: 'string', comment: 'of the studies' },
  { name: 'gen', type: 'string', comment: 'generation that wrote the file; a query names it' },
  { name: 'chrom', type: 'string', comment: '1..22, X, Y, MT or MT-hg19' },
  { name: 'bin', type: 'int', comment: `start0 / ${BIN_BASES}; 0 for structural variants` },
];

/**
 * Partitions are computed, never listed or crawled. A generation has to be named, so that nothing reads files of others
 * beside those of the one that is committed.
 *
 * @see https://docs.aws.amazon.com/athena/latest/ug/partition-projection.html
 */
const PROJECTION = {
  EXTERNAL: 'TRUE',
  classification: 'parquet',
  'projection.enabled': 'true',
  'projection.assembly.type': 'enum',
  'projection.assembly.values': ASSEMBLIES.join(','),
  'projection.gen.type': 'injected',
  'projection.chrom.type': 'enum',
  'projection.chrom.values': CHROMOSOMES.join(','),
  'projection.bin.type': 'integer',
  'projection.bin.range': `0,${LAST_BIN}`,
} as const;

/** Tables of the compacted copy, from its schema. Their locations are laid out as Hive lays out partitions. */
export const TABLES: readonly PartitionedTable[] = TABLED_KINDS.map(({ kind, columns }) => ({
  name: kind,
  folder: kindFolder(kind),
  columns: columns.map(({ name, type, doc }) => ({ name, type: HIVE_TYPES[type], comment: doc })),
  partitionKeys: PARTITION_KEYS,
  parameters: PROJECTION,
}));
