import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import type { Chromosome } from '../genomics/assembly.ts';
import type { StudyFileKind } from '../genomics/study.ts';
import type { BedRegions } from './bed.ts';
import type { CallRow } from './calls.ts';
import { type CarrierCollector, collectCarriers } from './carriers.ts';
import { type ConsequenceCollector, collectConsequences } from './consequences.ts';
import type { AnnotationSource } from './header.ts';
import { jobQueue } from './jobs.ts';
import type { Justifier } from './justify.ts';
import { type InputConstants, openParquetWriter, type ParquetWriter, type WrittenRange } from './parquet.ts';
import { collectRegions, EVERYONE, type RegionCollector } from './regions.ts';

/** A Parquet file on the local disk, with the place it will have in its version of the study. */
export interface LoadedFile extends WrittenRange {
  readonly kind: StudyFileKind;
  readonly chromosome?: Chromosome;
  /** Key below the version's folder. */
  readonly key: string;
}

/** A BED of the input and what it states. */
export interface StatedRegions {
  readonly kind: 'studied' | 'uncallable';
  readonly bed: BedRegions;
}

/** Collects the rows of one input and has them written, part by part, while scanning goes on. */
export interface PartWriter {
  readonly variants: CarrierCollector;
  readonly structural: CarrierCollector;
  readonly regions: RegionCollector;
  readonly consequences: ConsequenceCollector | undefined;
  /** Rows collected so far. */
  variantRows(): number;
  structuralRows(): number;
  /** Closes the last chromosome's parts. @returns false when this chromosome was there before */
  enter(chromosome: Chromosome): boolean;
  /** Closes parts that have grown large and waits while too many are being written. */
  settle(): Promise<void>;
  /** Writes everything that is left, BED regions of chromosomes without records included. */
  finish(): Promise<readonly LoadedFile[]>;
  /** Waits for what is being written, and lets DuckDB go. */
  close(): Promise<void>;
}

/** Rows after which a part is written, so that memory and temporary files stay small however large the file is. */
const PART_ROWS = 2_000_000;
/** The same for alleles: DuckDB has them in memory while it joins them. */
const PART_ALLELES = 500_000;
/** The same for annotations, of which a row is long and sorted by DuckDB. */
const PART_CONSEQUENCES = 500_000;
/** Parts that may wait to be written while scanning goes on. */
const PARTS_IN_HAND = 1;

/** Where a file's annotations are, and whom to tell of those that name no allele. */
export interface Annotations {
  readonly sources: readonly AnnotationSource[];
  readonly undecided: () => void;
}

export async function openParts(
  staging: string,
  constants: InputConstants,
  beds: readonly StatedRegions[],
  annotations: Annotations,
  calls: () => readonly CallRow[],
  justifierOf: (chromosome: Chromosome) => Justifier,
): Promise<PartWriter> {
  const { input, subjects } = constants;
  const folder = join(staging, `input-${input}`);
  await mkdir(folder, { recursive: true });
  // Opened with the first part, so that a file refused before costs no DuckDB.
  let writer: ParquetWriter | undefined;
  const jobs = jobQueue();
  const files: LoadedFile[] = [];
  let temporary = 0;
  const nextPath = (): string => join(folder, `${temporary++}.tsv`);
  const variants = collectCarriers(nextPath, () => {
    if (current === undefined) throw new Error('an allele came before its chromosome');
    return justifierOf(current);
  });
  const structural = collectCarriers(nextPath);
  const regions = collectRegions(subjects.length, nextPath);
  const { sources, undecided } = annotations;
  const consequences = sources.length === 0 ? undefined : collectConsequences(sources, nextPath, undecided);
  const parts = new Map<string, number>();
  const entered = new Set<Chromosome>();
  const closedRows = { variants: 0, structural: 0 };
  let current: Chromosome | undefined;

  const plan = (
    kind: StudyFileKind,
    chromosome: Chromosome | undefined,
    write: (parquet: ParquetWriter, pathOf: (range: number) => string) => Promise<readonly WrittenRange[]>,
  ) => {
    const name = chromosome === undefined ? kind : `chrom=${chromosome}/${kind}`;
    const part = parts.get(name) ?? 0;
    parts.set(name, part + 1);
    const keyOf = (range: number): string => `${name}-${input}-${part}${range === 0 ? '' : `-${range}`}.parquet`;
    jobs.add(async () => {
      writer ??= await openParquetWriter(folder, constants);
      const written = await write(writer, (range) => join(folder, keyOf(range).replace('/', '-')));
      for (const [range, file] of written.entries()) {
        files.push({ ...file, kind, key: keyOf(range), ...(chromosome === undefined ? {} : { chromosome }) });
      }
    });
  };
  const takeVariants = (): void => {
    const part = variants.take();
    if (part === undefined) return;
    closedRows.variants += part.rows;
    plan('variants', current, (parquet, pathOf) => parquet.variants(part, calls(), pathOf));
  };
  const takeStructural = (): void => {
    const part = structural.take();
    if (part === undefined) return;
    closedRows.structural += part.rows;
    plan('structural', undefined, (parquet, pathOf) => parquet.structural(part, calls(), pathOf));
  };
  const takeRegions = (): void => {
    const part = regions.take();
    if (part !== undefined) plan('regions', current, (parquet, pathOf) => parquet.regions(part, pathOf));
  };
  const takeConsequences = (): void => {
    const part = consequences?.take();
    if (part !== undefined) plan('consequences', current, (parquet, pathOf) => parquet.consequences(part, pathOf));
  };
  const enter = (chromosome: Chromosome): boolean => {
    if (entered.has(chromosome)) return false;
    takeVariants();
    takeRegions();
    takeConsequences();
    entered.add(chromosome);
    current = chromosome;
    for (const { kind, bed } of beds) {
      for (const [start0, end0] of bed.regions.get(chromosome) ?? []) regions.add(EVERYONE, kind, start0, end0);
    }
    return true;
  };

  return {
    variants,
    structural,
    regions,
    consequences,
    variantRows: () => closedRows.variants + variants.rows,
    structuralRows: () => closedRows.structural + structural.rows,
    enter,
    async settle() {
      await variants.flush();
      if (variants.rows >= PART_ROWS || variants.alleles >= PART_ALLELES) takeVariants();
      if (structural.rows >= PART_ROWS) takeStructural();
      if (regions.rows >= PART_ROWS) takeRegions();
      if ((consequences?.rows ?? 0) >= PART_CONSEQUENCES) takeConsequences();
      await jobs.settle(PARTS_IN_HAND);
    },
    async finish() {
      for (const chromosome of new Set(beds.flatMap(({ bed }) => [...bed.regions.keys()]))) enter(chromosome);
      takeVariants();
      takeRegions();
      takeConsequences();
      takeStructural();
      await jobs.settle(0);
      return files;
    },
    async close() {
      // What failed here was thrown by settle() or finish() already, or follows an error that is under way.
      await jobs.settle(0).catch(() => undefined);
      writer?.close();
    },
  };
}
