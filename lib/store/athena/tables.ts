import { ASSEMBLIES, CHROMOSOMES } from '../../genomics/assembly.ts';
import { kindFolder, UNPLACED } from '../cohort/partition.ts';
import { BIN_BASES, COMPACTED_KINDS, LONG_BIN } from '../cohort/schema.ts';
import type { Column } from '../schema.ts';

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

const PARTITION_KEYS: readonly TableColumn[] = [
  { name: 'assembly', type: 'string', comment: `of the studies; ${UNPLACED} for genotypes` },
  { name: 'gen', type: 'string', comment: 'generation that wrote the file; a query names it' },
  { name: 'chrom', type: 'string', comment: `1..22, X, Y, MT or MT-hg19; ${UNPLACED} for genotypes` },
  {
    name: 'bin',
    type: 'int',
    comment: `start0 / ${BIN_BASES}; ${LONG_BIN} for structural variants longer than that; 0 for genotypes`,
  },
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
  'projection.assembly.values': [...ASSEMBLIES, UNPLACED].join(','),
  'projection.gen.type': 'injected',
  'projection.chrom.type': 'enum',
  'projection.chrom.values': [...CHROMOSOMES, UNPLACED].join(','),
  'projection.bin.type': 'integer',
  'projection.bin.range': `0,${LONG_BIN}`,
} as const;

/** Tables of the compacted copy, from its schema. Their locations are laid out as Hive lays out partitions. */
export const TABLES: readonly PartitionedTable[] = COMPACTED_KINDS.map(({ kind, columns }) => ({
  name: kind,
  folder: kindFolder(kind),
  columns: columns.map(({ name, type, doc }) => ({ name, type: HIVE_TYPES[type], comment: doc })),
  partitionKeys: PARTITION_KEYS,
  parameters: PROJECTION,
}));
