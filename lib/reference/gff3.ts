import { ASSEMBLIES, type Assembly } from '../genomics/assembly.ts';
import { interbase } from '../genomics/coordinates.ts';
import { InvalidInputError } from '../genomics/errors.ts';
import { checkModel, type Exon, parseGap, type TranscriptModel } from '../genomics/transcript.ts';
import { maneOf } from './cdot.ts';
import { codingRegion, exonsOfMatches, fits, gaplessExons, type Match, primaryAccession } from './model-builder.ts';

/** A feature line. Positions as GFF3 has them: 1-based, both included. */
interface Feature {
  readonly seqid: string;
  readonly type: string;
  readonly start: number;
  readonly end: number;
  readonly strand: 1 | -1;
  readonly attributes: ReadonlyMap<string, string>;
}

/** A transcript feature with its parts. */
interface Parts {
  readonly transcript: Feature;
  readonly exons: Feature[];
  readonly coding: Feature[];
}

/**
 * Reads RefSeq's (or Ensembl's) GFF3 annotation of one assembly. Alignments come from `cDNA_match` lines; a transcript
 * that is noted to differ in length from the genome and has none is kept as not alignable, and answers so.
 *
 * @param assembly needed when the file names chromosomes `21` and has no `#!genome-build` line
 * @throws InvalidInputError naming the line.
 * @see https://www.ncbi.nlm.nih.gov/genbank/genomes_gff/ and https://github.com/The-Sequence-Ontology/Specifications
 */
export function readGff3(text: string, assembly?: Assembly): readonly TranscriptModel[] {
  let build = assembly;
  const parts = new Map<string, Parts>();
  const orphans = new Map<string, Feature[]>();
  const matches = new Map<string, Feature[]>();
  text.split('\n').forEach((line, i) => {
    if (line.startsWith('#!genome-build ')) build ??= ASSEMBLIES.find((one) => line.includes(one));
    if (line === '' || line.startsWith('#')) return;
    const feature = readFeature(line, i + 1);
    if (feature.type === 'cDNA_match') {
      const [target = ''] = (feature.attributes.get('Target') ?? '').split(' ');
      push(matches, `${target} ${feature.seqid}`, feature);
    } else if (feature.type === 'exon' || feature.type === 'CDS') {
      for (const parent of (feature.attributes.get('Parent') ?? '').split(',')) push(orphans, parent, feature);
    } else if (accessionOf(feature) !== undefined) {
      const id = feature.attributes.get('ID') ?? '';
      parts.set(id, { transcript: feature, exons: [], coding: [] });
    }
  });
  for (const [parent, features] of orphans) {
    const into = parts.get(parent);
    if (into === undefined) continue;
    for (const feature of features) (feature.type === 'exon' ? into.exons : into.coding).push(feature);
  }
  return [...parts.values()].flatMap((one) => modelOf(one, matches, build));
}

function push(into: Map<string, Feature[]>, key: string, feature: Feature): void {
  const list = into.get(key);
  if (list === undefined) into.set(key, [feature]);
  else list.push(feature);
}

function readFeature(line: string, number: number): Feature {
  const [seqid, , type, start, end, , strand, , attributes] = line.split('\t');
  const [from, to] = [Number(start), Number(end)];
  if (seqid === undefined || type === undefined || attributes === undefined || !(from >= 1 && from <= to)) {
    throw new InvalidInputError(`GFF3 file, line ${number}: not a feature`);
  }
  const pairs = attributes.split(';').map((pair): [string, string] => {
    const at = pair.indexOf('=');
    return [pair.slice(0, at).trim(), decode(pair.slice(at + 1))];
  });
  return { seqid, type, start: from, end: to, strand: strand === '-' ? -1 : 1, attributes: new Map(pairs) };
}

function decode(value: string): string {
  return value.includes('%')
    ? value.replaceAll(/%([0-9A-Fa-f]{2})/g, (_, hex) => String.fromCharCode(Number.parseInt(hex, 16)))
    : value;
}

/** The versioned accession of a transcript feature; undefined for genes and the rest. */
function accessionOf({ attributes }: Feature): string | undefined {
  const id = attributes.get('transcript_id');
  if (id === undefined) return undefined;
  if (/\.\d+$/.test(id)) return id;
  const version = attributes.get('version');
  return version === undefined ? undefined : `${id}.${version}`;
}

function modelOf(
  { transcript, exons: exonFeatures, coding }: Parts,
  matches: ReadonlyMap<string, readonly Feature[]>,
  assembly: Assembly | undefined,
): readonly TranscriptModel[] {
  const place = primaryAccession(transcript.seqid, assembly);
  const accession = accessionOf(transcript);
  if (place === undefined || accession === undefined || exonFeatures.length === 0) return [];
  const { strand, attributes } = transcript;
  // A transcript may lie in several places of one sequence (X and Y share names, copies don't): only its own matches.
  const own = matches
    .get(`${accession} ${transcript.seqid}`)
    ?.filter(({ start, end }) => start >= transcript.start && end <= transcript.end);
  const aligned = own !== undefined && own.length > 0;
  const exons = aligned ? exonsOfMatches(own.map(matchOf)) : gaplessExons(exonFeatures.map(intervalOf), strand);
  const cds = codingOf(exons, strand, coding);
  const [gene, hgnc, mane] = [attributes.get('gene'), hgncOf(attributes.get('Dbxref')), maneOf(attributes.get('tag'))];
  const protein = coding[0]?.attributes.get('protein_id');
  return [
    checkModel({
      accession,
      ...(gene === undefined ? {} : { gene }),
      ...(hgnc === undefined ? {} : { hgnc }),
      assembly: place.assembly,
      genomicAccession: place.accession,
      strand,
      exons,
      ...(cds === undefined ? {} : { cds }),
      ...(protein === undefined ? {} : { protein }),
      ...(mane === undefined ? {} : { mane }),
      alignment: alignmentOf(attributes, exons, aligned),
    }),
  ];
}

const intervalOf = ({ start, end }: Feature) => ({ start0: interbase(start - 1), end0: interbase(end) });

/** `Target=NM_015120.4 1 438 +` and `Gap=M185 I3 M250`, in the transcript's direction. */
function matchOf({ start, end, attributes }: Feature): Match {
  const [, first, last] = (attributes.get('Target') ?? '').split(' ');
  const gap = attributes.get('Gap');
  return {
    start0: start - 1,
    end0: end,
    txStart0: Number(first) - 1,
    txEnd0: Number(last),
    ...(gap === undefined ? {} : { alignment: parseGap(gap) }),
  };
}

function alignmentOf(
  attributes: ReadonlyMap<string, string>,
  exons: readonly Exon[],
  aligned: boolean,
): TranscriptModel['alignment'] {
  if (aligned) return fits(exons) ? 'stated' : 'unknown';
  const note = `${attributes.get('Note') ?? ''} ${attributes.get('exception') ?? ''}`;
  if (/indel|frameshift|insertion|deletion|unaligned|extra base|polyA/i.test(note)) return 'unknown';
  return attributes.has('exception') || attributes.has('partial') ? 'stated' : 'exact';
}

function codingOf(exons: readonly Exon[], strand: 1 | -1, coding: readonly Feature[]): TranscriptModel['cds'] {
  if (coding.length === 0) return undefined;
  const [start, end] = [Math.min(...coding.map((one) => one.start)), Math.max(...coding.map((one) => one.end))];
  return codingRegion(exons, strand, start - 1, end);
}

function hgncOf(dbxref: string | undefined): string | undefined {
  const number = /HGNC:(?:HGNC:)?(\d+)/.exec(dbxref ?? '')?.[1];
  return number === undefined ? undefined : `HGNC:${number}`;
}
