import { interbase } from '../genomics/coordinates.ts';
import { ifLoaded } from '../genomics/if-loaded.ts';
import type { Interval } from '../genomics/interval.ts';
import type { Transcripts } from '../genomics/ports.ts';
import type { TranscriptModel } from '../genomics/transcript.ts';

/** Bases of one look-up. A gene's answer needs one or two; a whole chromosome's, some hundred. */
const STRETCH = 1 << 20;

/** Stretches that are kept of one set of transcripts, about 20 genes each. */
const KEPT = 128;

type Models = Promise<readonly TranscriptModel[]>;

/** As long as the same transcripts are loaded, one answer's look-ups serve the next. */
const LOOKED_UP = new WeakMap<Transcripts, Map<string, Models>>();

/**
 * Models that lie over a base, looked up by the stretch around it, so that neighbouring variants cost one look-up. Those
 * of a GRCh37 sequence carry the MANE status that their transcript has in GRCh38. None where no transcripts are loaded.
 *
 * @returns a function of accession and base (0-based) @throws UnavailableError
 */
export function modelsAround(transcripts: Transcripts): (accession: string, base0: number) => Models {
  return async (accession, base0) => {
    const models = await stretchModels(transcripts, accession, Math.floor(base0 / STRETCH));
    return models.filter(({ exons }) => covers(exons, base0));
  };
}

/** Models of all stretches that an interval touches, the same objects as long as they are kept. @throws UnavailableError */
export async function modelsIn(transcripts: Transcripts, accession: string, { start0, end0 }: Interval): Models {
  const [first, last] = [Math.floor(start0 / STRETCH), Math.floor(Math.max(start0, end0 - 1) / STRETCH)];
  const stretches = Array.from({ length: last - first + 1 }, (_, i) => first + i);
  return (await Promise.all(stretches.map((stretch) => stretchModels(transcripts, accession, stretch)))).flat();
}

function stretchModels(transcripts: Transcripts, accession: string, stretch: number): Models {
  const kept = LOOKED_UP.get(transcripts) ?? new Map<string, Models>();
  LOOKED_UP.set(transcripts, kept);
  const key = `${accession}:${stretch}`;
  const found = kept.get(key) ?? lookUp(transcripts, accession, stretch);
  kept.delete(key);
  kept.set(key, found);
  // A failed look-up is not kept: the next caller tries again.
  found.catch(() => kept.delete(key));
  if (kept.size > KEPT) kept.delete(kept.keys().next().value as string);
  return found;
}

async function lookUp(transcripts: Transcripts, accession: string, stretch: number): Models {
  const interval = { start0: interbase(stretch * STRETCH), end0: interbase((stretch + 1) * STRETCH) };
  const models = await ifLoaded(async () => {
    const found = await transcripts.overlapping({ accession, ...interval });
    return Promise.all(found.map((model) => withManeStatus(model, transcripts)));
  });
  return models ?? [];
}

/** MANE is stated on GRCh38 only; the very same transcript version represents its gene in GRCh37 too. */
export async function withManeStatus(model: TranscriptModel, transcripts: Transcripts): Promise<TranscriptModel> {
  if (model.mane !== undefined || model.assembly === 'GRCh38') return model;
  const mane = (await transcripts.models(model.accession)).find((one) => one.mane !== undefined)?.mane;
  return mane === undefined ? model : { ...model, mane };
}

function covers(exons: TranscriptModel['exons'], base0: number): boolean {
  const [first, last] = [exons[0], exons.at(-1)];
  if (first === undefined || last === undefined) return false;
  return Math.min(first.start0, last.start0) <= base0 && base0 < Math.max(first.end0, last.end0);
}
