import { type Chromosome, sequencesOf } from '../genomics/assembly.ts';
import { extentOf, SPLICE_MARGIN } from '../genomics/consequence/gene-structure.ts';
import { interbase } from '../genomics/coordinates.ts';
import { ifLoaded } from '../genomics/if-loaded.ts';
import { type Interval, union } from '../genomics/interval.ts';
import type { Transcripts } from '../genomics/ports.ts';
import type { TranscriptModel } from '../genomics/transcript.ts';
import { modelsIn, withManeStatus } from './models-around.ts';

/** Transcript models of some stretches of one sequence. */
export interface ModelIndex {
  /** How many there are. */
  readonly models: number;
  /** Whether they are all of the sequence, not only those over the stretches. */
  readonly whole: boolean;
  /** Those that share a base with the interval or, where it is a point, that lie around it. */
  over(interval: Interval): readonly TranscriptModel[];
  /** Where an allele may have a consequence: in exons and beside them or, when asked, in whole transcripts. */
  regions(whole: boolean): readonly Interval[];
}

/** Of one assembly. */
export type ModelsByChromosome = ReadonlyMap<Chromosome, ModelIndex>;

/** Bases of one bin of an index. */
const BIN = 1 << 17;
/**
 * Stretches that reach further than this, or over half of their sequence, are answered from the models of the whole
 * sequence, read at once.
 */
const LONG_REACH = 64 << 20;
/** Models of whole sequences that are kept; MANE has 39,000. */
const KEPT_MODELS = 60_000;

/** Indexes of whole sequences, least recently asked first, as long as the same transcripts are loaded. */
const WHOLE = new WeakMap<Transcripts, Map<string, Promise<ModelIndex>>>();

/**
 * The models that lie over some stretches. None where no transcripts are loaded.
 *
 * @throws UnavailableError
 */
export async function modelsOver(
  transcripts: Transcripts,
  accession: string,
  stretches: readonly Interval[],
): Promise<ModelIndex> {
  const reach = stretches.reduce((sum, { start0, end0 }) => sum + end0 - start0, 0);
  if (reach > Math.min(LONG_REACH, lengthOf(accession) / 2)) return wholeSequence(transcripts, accession);
  const found = await Promise.all(stretches.map((stretch) => modelsIn(transcripts, accession, stretch)));
  // A model over two stretches was read for both.
  return indexOf([...new Map(found.flat().map((model) => [model.accession, model])).values()], false);
}

async function wholeSequence(transcripts: Transcripts, accession: string): Promise<ModelIndex> {
  const kept = WHOLE.get(transcripts) ?? new Map<string, Promise<ModelIndex>>();
  WHOLE.set(transcripts, kept);
  const found = kept.get(accession) ?? readSequence(transcripts, accession);
  kept.delete(accession);
  kept.set(accession, found);
  // A failed look-up is not kept: the next caller tries again.
  found.catch(() => kept.delete(accession));
  let models = 0;
  for (const [name, index] of [...kept].reverse()) {
    models += (await index).models;
    if (models > KEPT_MODELS && name !== accession) kept.delete(name);
  }
  return found;
}

async function readSequence(transcripts: Transcripts, accession: string): Promise<ModelIndex> {
  const whole = { accession, start0: interbase(0), end0: interbase(lengthOf(accession)) };
  const models = await ifLoaded(async () => {
    const found = await transcripts.overlapping(whole);
    return Promise.all(found.map((model) => withManeStatus(model, transcripts)));
  });
  return indexOf(models ?? [], true);
}

const lengthOf = (accession: string): number => sequencesOf(accession)[0]?.length ?? 0;

function indexOf(models: readonly TranscriptModel[], whole: boolean): ModelIndex {
  const bins = new Map<number, TranscriptModel[]>();
  for (const model of models) {
    const extent = extentOf(model);
    if (extent === undefined) continue;
    for (let bin = Math.floor(extent.start0 / BIN); bin * BIN < extent.end0; bin++) {
      const list = bins.get(bin);
      if (list === undefined) bins.set(bin, [model]);
      else list.push(model);
    }
  }
  const known = new Map<boolean, readonly Interval[]>();
  return {
    models: models.length,
    whole,
    over({ start0, end0 }) {
      const over = new Set<TranscriptModel>();
      for (let bin = Math.floor(start0 / BIN); bin * BIN < Math.max(end0, start0 + 1); bin++) {
        for (const model of bins.get(bin) ?? []) {
          const extent = extentOf(model);
          if (extent !== undefined && extent.start0 < Math.max(end0, start0 + 1) && extent.end0 > start0) {
            over.add(model);
          }
        }
      }
      return [...over].toSorted((a, b) => (a.accession < b.accession ? -1 : 1));
    },
    regions(introns) {
      const found = known.get(introns) ?? regionsOf(models, introns);
      known.set(introns, found);
      return found;
    },
  };
}

function regionsOf(models: readonly TranscriptModel[], whole: boolean): readonly Interval[] {
  const parts = models.flatMap((model): readonly Interval[] => {
    const extent = extentOf(model);
    if (extent === undefined) return [];
    return whole ? [extent] : model.exons;
  });
  return union(
    parts.map(({ start0, end0 }) => ({
      start0: interbase(Math.max(0, start0 - SPLICE_MARGIN)),
      end0: interbase(end0 + SPLICE_MARGIN),
    })),
  );
}
