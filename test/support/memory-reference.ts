import { type ChainIndex, parseChains } from '../../lib/genomics/chain.ts';
import { CannotAnswerError } from '../../lib/genomics/errors.ts';
import type { Chains, Sequences, Transcripts } from '../../lib/genomics/ports.ts';
import { checkModel, type TranscriptModel } from '../../lib/genomics/transcript.ts';
import type { Reference } from '../../lib/operations/ports.ts';
import { type Window, windowSequences } from './windows.ts';

/** Reference data of a few genes; each part left out is one that nobody loaded. */
export interface SmallReference {
  /** Known stretches of chromosomes, which keep their real lengths. */
  readonly windows?: readonly Window[];
  readonly transcripts?: readonly TranscriptModel[];
  /** Chain files by direction. */
  readonly chains?: Partial<Record<'GRCh37-GRCh38' | 'GRCh38-GRCh37', string>>;
}

/** The reference ports over arrays. */
export function memoryReference({ windows, transcripts, chains }: SmallReference = {}): Reference {
  const loaded = [windows && 'windows', transcripts && 'transcripts', chains && 'chains'].filter(Boolean);
  return {
    release: loaded.join(' + '),
    sequences: windows === undefined ? noSequences : windowSequences(windows),
    transcripts: memoryTranscripts(transcripts),
    chains: memoryChains(chains ?? {}),
  };
}

const noSequences: Sequences = {
  release: '',
  has: () => false,
  length: async (accession) =>
    refuse(`the reference sequence ${accession} is not loaded; add it with 'genomics reference add --fasta FILE'`),
  sequence: async (accession) =>
    refuse(`the reference sequence ${accession} is not loaded; add it with 'genomics reference add --fasta FILE'`),
};

function refuse(message: string): never {
  throw new CannotAnswerError(message);
}

/** Transcripts over an array; undefined when none are loaded. */
export function memoryTranscripts(models: readonly TranscriptModel[] | undefined): Transcripts {
  const all = async (): Promise<readonly TranscriptModel[]> =>
    models?.map(checkModel) ??
    refuse(`no transcripts are loaded; add them with 'genomics reference add --transcripts FILE'`);
  const base = (accession: string): string => accession.split('.')[0] ?? '';
  return {
    release: models === undefined ? '' : 'transcripts',
    assemblies: [...new Set(models?.map(({ assembly }) => assembly))],
    models: async (accession) => (await all()).filter((model) => model.accession === accession),
    versions: async (accession) => {
      const same = (await all()).filter((model) => base(model.accession) === base(accession));
      return [...new Set(same.map((model) => model.accession))].sort();
    },
    ofGene: async (gene) =>
      (await all()).filter(
        (model) => model.gene?.toUpperCase() === gene.toUpperCase() || model.hgnc === gene.toUpperCase(),
      ),
    ofProtein: async (protein) =>
      (await all()).filter((model) => model.protein === protein || base(model.protein ?? '') === protein),
    overlapping: async ({ accession, start0, end0 }) =>
      (await all()).filter(({ genomicAccession, exons }) => {
        const [from, to] = [Math.min(...exons.map((one) => one.start0)), Math.max(...exons.map((one) => one.end0))];
        return genomicAccession === accession && from < Math.max(end0, start0 + 1) && to > start0;
      }),
  };
}

function memoryChains(texts: NonNullable<SmallReference['chains']>): Chains {
  const parsed = new Map<string, ChainIndex>();
  return {
    release: Object.keys(texts).join(' + '),
    async between(from, to) {
      const key = `${from}-${to}`;
      const text = key === 'GRCh37-GRCh38' || key === 'GRCh38-GRCh37' ? texts[key] : undefined;
      if (text === undefined) {
        return refuse(
          `no chains from ${from} to ${to} are loaded; add them with 'genomics reference add --chain FILE --from ${from} --to ${to}'`,
        );
      }
      const index = parsed.get(key) ?? parseChains(text, from, to);
      parsed.set(key, index);
      return index;
    },
  };
}
