import { ASSEMBLIES, type Assembly, type Chromosome } from '../../genomics/assembly.ts';
import type { StudyFileKind } from '../../genomics/study.ts';

/**
 * Where a compacted file lies. A generation writes each cell at most once, and its name is never used again: so a file is
 * the one of its partition, and a generation is a set of partitions, some of which earlier ones wrote (docs/adr/0005).
 */
export interface Partition {
  readonly kind: StudyFileKind;
  /** Undefined for genotypes, which have no place. */
  readonly assembly: Assembly | undefined;
  /** `<number>-<token>` of the generation that wrote it. */
  readonly generation: string;
  readonly chromosome: Chromosome | undefined;
  readonly bin: number;
}

/** Prefix of all objects of the compacted copy. */
export const COHORT_OBJECTS = 'cohort/';

/** In place of the assembly and the chromosome of what has none. */
export const UNPLACED = 'unplaced';

/** Folder of the files of one kind. Below it folders are named as Hive names them, for engines that compute partitions. */
export const kindFolder = (kind: StudyFileKind): string => `${COHORT_OBJECTS}${kind}/`;

/** Values of the columns of a partition but the bin. */
export const partitionNames = ({ assembly, generation, chromosome }: Partition) => ({
  assembly: assembly ?? UNPLACED,
  gen: generation,
  chrom: chromosome ?? UNPLACED,
});

export function partitionKey(partition: Partition): string {
  const { assembly, gen, chrom } = partitionNames(partition);
  return `${kindFolder(partition.kind)}assembly=${assembly}/gen=${gen}/chrom=${chrom}/bin=${partition.bin}/rows.parquet`;
}

const KEY =
  /^cohort\/([a-z]+)\/assembly=(\w+)\/gen=([0-9]+-[0-9a-f]+)\/chrom=([0-9A-Za-z-]+)\/bin=([0-9]+)\/rows\.parquet$/;

/** Undefined for what is not laid out so: earlier versions named files otherwise. */
export function partitionOf(key: string): Partition | undefined {
  const [, kind, assembly, generation, chromosome, bin] = KEY.exec(key) ?? [];
  const known = ASSEMBLIES.find((one) => one === assembly);
  if (generation === undefined || (known === undefined && assembly !== UNPLACED)) return undefined;
  return {
    kind: kind as StudyFileKind,
    assembly: known,
    generation,
    chromosome: chromosome === UNPLACED ? undefined : (chromosome as Chromosome),
    bin: Number(bin),
  };
}
