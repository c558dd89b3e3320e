import { extentOf, SPLICE_MARGIN } from '../genomics/consequence/gene-structure.ts';
import { interbase } from '../genomics/coordinates.ts';
import { type Interval, union } from '../genomics/interval.ts';
import type { Transcripts } from '../genomics/ports.ts';
import type { TranscriptModel } from '../genomics/transcript.ts';
import { ifLoaded } from './if-loaded.ts';
import { modelsIn } from './models-around.ts';

/** Transcript models of some stretches of one sequence. */
export interface ModelIndex {
  /** Those that share a base with the interval or, where it is a point, that lie around it. */
  over(interval: Interval): readonly TranscriptModel[];
  /** Where an allele may have a consequence: in exons and beside them or, when asked, in whole transcripts. */
  regions(whole: boolean): readonly Interval[];
}

/** Bases of one bin of an index. */
const BIN = 1 << 17;
/** Intervals that reach further than this are looked up at once, and not kept: a chromosome has models for megabytes. */
const KEPT_REACH = 64 << 20;

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
  const lookUp = async (stretch: Interval): Promise<readonly TranscriptModel[]> =>
    reach > KEPT_REACH
      ? ((await ifLoaded(() => transcripts.overlapping({ accession, ...stretch }))) ?? [])
      : modelsIn(transcripts, accession, stretch);
  const found = await Promise.all(stretches.map(lookUp));
  // A model over two stretches was read for both.
  return indexOf([...new Map(found.flat().map((model) => [model.accession, model])).values()]);
}

function indexOf(models: readonly TranscriptModel[]): ModelIndex {
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
  return {
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
    regions(whole) {
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
    },
  };
}
