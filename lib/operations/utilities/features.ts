import { ASSEMBLIES, type Assembly, sequencesOf } from '../../genomics/assembly.ts';
import { type Interbase, interbase } from '../../genomics/coordinates.ts';
import { maneFirst } from '../../genomics/hgvs/describe.ts';
import { ifLoaded } from '../../genomics/if-loaded.ts';
import { formatRange, type GenomicInterval, type Interval } from '../../genomics/interval.ts';
import { liftInterval } from '../../genomics/liftover.ts';
import { genomicBaseOf, type TranscriptModel } from '../../genomics/transcript.ts';
import type { Reference } from '../ports.ts';
import type { Json } from './utility.ts';

const BUILD = { GRCh37: 'build37', GRCh38: 'build38' } as const satisfies Record<Assembly, string>;

/**
 * Genes of some transcript models, by position: one entry for each chromosome that a gene lies on. Coordinates are
 * half-open; those of an assembly without models are lifted over, and left out where that can't be done.
 */
export async function geneEntries(models: readonly TranscriptModel[], reference: Reference): Promise<readonly Json[]> {
  const genes = Map.groupBy(
    models.filter(({ gene, hgnc }) => gene !== undefined || hgnc !== undefined),
    ({ gene, hgnc, genomicAccession }) => `${hgnc ?? gene} ${sequencesOf(genomicAccession)[0]?.chromosome}`,
  );
  return Promise.all(
    [...genes.values()].sort(byPlace).map(async (ofGene) => {
      const [first] = ofGene;
      const id = ofGene.find(({ hgnc }) => hgnc !== undefined)?.hgnc;
      const transcripts = distinct(ofGene.map(({ accession }) => accession)).sort();
      const mane = distinct(maneFirst(ofGene.filter((model) => model.mane)).map(({ accession }) => accession));
      return {
        ...(id === undefined
          ? {}
          : { geneId: id, geneLink: `https://www.genenames.org/data/gene-symbol-report/#!/hgnc_id/${id}` }),
        ...(first?.gene === undefined ? {} : { geneSymbol: first.gene }),
        ...(await coordinates(regionsOf(ofGene, extent), reference)),
        transcripts,
        ...(mane.length === 0 ? {} : { MANE: mane }),
      };
    }),
  );
}

/** One transcript version, from its models on both assemblies, with its exons and coding sequence on the genome. */
export async function transcriptEntry(models: readonly TranscriptModel[], reference: Reference): Promise<Json> {
  const [first] = models;
  if (first === undefined) throw new Error('a transcript has no model');
  const { accession, gene } = first;
  const exons = await Promise.all(
    first.exons.map(async (_, place) => ({
      exonNumber: place + 1,
      ...(await coordinates(
        regionsOf(models, ({ exons: own }) => own[place]),
        reference,
      )),
    })),
  );
  return {
    transcript: accession,
    transcriptLink: accession.startsWith('ENS')
      ? `https://www.ensembl.org/id/${accession}`
      : `https://www.ncbi.nlm.nih.gov/nuccore/${accession}`,
    ...(gene === undefined ? {} : { geneSymbol: gene }),
    ...(await coordinates(regionsOf(models, extent), reference)),
    MANE: models.some(({ mane }) => mane !== undefined),
    ...Object.assign({}, ...models.map(codingOf)),
    exons,
  };
}

/** Of the models of one transcript, those on the assemblies' chromosomes, by transcript version. */
export function byVersion(models: readonly TranscriptModel[]): readonly (readonly TranscriptModel[])[] {
  return [...Map.groupBy(models, ({ accession }) => accession).values()];
}

type Regions = ReadonlyMap<Assembly, GenomicInterval>;

/** What `part` gives of the models, joined for each assembly. */
function regionsOf(
  models: readonly TranscriptModel[],
  part: (model: TranscriptModel) => Interval | undefined,
): Regions {
  const regions = new Map<Assembly, GenomicInterval>();
  for (const model of models) {
    const interval = part(model);
    if (interval === undefined) continue;
    const { assembly, genomicAccession: accession } = model;
    const before = regions.get(assembly);
    regions.set(assembly, { accession, ...(before === undefined ? interval : hull(before, interval)) });
  }
  return regions;
}

async function coordinates(own: Regions, reference: Reference): Promise<Readonly<Record<string, string>>> {
  const told: Record<string, string> = {};
  for (const assembly of ASSEMBLIES) {
    const region = own.get(assembly) ?? (await liftedFrom(own, assembly, reference));
    if (region !== undefined) {
      const { accession, start0, end0 } = region;
      told[`${BUILD[assembly]}Coordinates`] = formatRange({ accession, start0, end0 });
    }
  }
  return told;
}

/** The region of the other assembly; undefined where it has no place or no chains are loaded. */
async function liftedFrom(own: Regions, to: Assembly, { chains }: Reference): Promise<GenomicInterval | undefined> {
  const [from] = own;
  if (from === undefined) return undefined;
  const index = await ifLoaded(() => chains.between(from[0], to));
  const lifted = index && liftInterval(index, from[1]);
  return lifted?.lifted ? lifted : undefined;
}

/** Start and end of the coding sequence on the genome, half-open, and the strand. */
function codingOf(model: TranscriptModel): Readonly<Record<string, string | number>> {
  const { cds, assembly, strand } = model;
  if (cds === undefined || model.alignment === 'unknown') return {};
  const ends = [cds.txStart0, cds.txEnd0 - 1].map((tx0) => genomicBaseOf(model, { tx0, offset: 0 }));
  const [first, last] = ends.sort((a, b) => (a ?? 0) - (b ?? 0));
  if (first === undefined || last === undefined) return {};
  const build = BUILD[assembly];
  return {
    [`${build}CDSStart`]: first,
    [`${build}CDSEnd`]: last + 1,
    [`${build}Strand`]: strand === 1 ? '+' : '-',
  };
}

/** From the first base of any exon to the last. */
export function extent({ exons }: TranscriptModel): Interval | undefined {
  const [first, last] = [exons[0], exons.at(-1)];
  return first === undefined || last === undefined ? undefined : hull(first, last);
}

function hull(a: Interval, b: Interval): Interval {
  return { start0: least(a.start0, b.start0), end0: interbase(Math.max(a.end0, b.end0)) };
}

function least(a: Interbase, b: Interbase): Interbase {
  return a < b ? a : b;
}

function byPlace([a]: readonly TranscriptModel[], [b]: readonly TranscriptModel[]): number {
  const at = (model: TranscriptModel | undefined): number => (model && extent(model)?.start0) ?? 0;
  return at(a) - at(b);
}

function distinct(texts: readonly string[]): string[] {
  return [...new Set(texts)];
}
