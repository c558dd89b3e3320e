import { ASSEMBLIES, type Assembly, type Chromosome } from '../../genomics/assembly.ts';
import type { StudyFileKind } from '../../genomics/study.ts';

/**
 * Where a compacted file lies. A generation writes each cell at most once, and its name is never used again: so a file is
 * the one of its partition, and a generation is a set of partitions, some of which earlier ones wrote (docs/adr/0005).
 */
export interface Partition {
  readonly kind: StudyFileKind;
  readonly assembly: Assembly;
  /** `<number>-<token>` of the generation that wrote it. */
  readonly generation: string;
  readonly chromosome: Chromosome;
  readonly bin: number;
}

/** Prefix of all objects of the compacted copy. */
export const COHORT_OBJECTS = 'cohort/';

/** Folder of the files of one kind. Below it folders are named as Hive names them, for engines that list partitions. */
export const kindFolder = (kind: StudyFileKind): string => `${COHORT_OBJECTS}${kind}/`;

export function partitionKey({ kind, assembly, generation, chromosome, bin }: Partition): string {
  return `${kindFolder(kind)}assembly=${assembly}/gen=${generation}/chrom=${chromosome}/bin=${bin}/rows.parquet`;
}

const KEY =
  /^cohort\/([a-z]+)\/assembly=(GRCh3[78])\/gen=([0-9]+-[0-9a-f]+)\/chrom=([0-9A-Za-z-]+)\/bin=([0-9]+)\/rows\.parquet$/;

/** Undefined for what is not laid out so: earlier versions named files otherwise. */
export function partitionOf(key: string): Partition | undefined {
  const [, kind, assembly, generation, chromosome, bin] = KEY.exec(key) ?? [];
  const known = ASSEMBLIES.find((one) => one === assembly);
  if (known === undefined || generation === undefined) return undefined;
  return {
    kind: kind as StudyFileKind,
    assembly: known,
    generation,
    chromosome: chromosome as Chromosome,
    bin: Number(bin),
  };
}
