import { ASSEMBLIES, type Assembly } from '../genomics/assembly.ts';
import { interbase } from '../genomics/coordinates.ts';
import { InvalidInputError } from '../genomics/errors.ts';
import { checkModel, type Exon, parseGap, type TranscriptModel } from '../genomics/transcript.ts';
import { maneOf } from './cdot.ts';
import { codingRegion, exonsOfMatches, fits, gaplessExons, type Match, primaryAccession } from './model-builder.ts';

/** First and last base of a line, 1-based, both included, as GFF3 has them. */
interface Stretch {
  readonly start: number;
  readonly end: number;
}

/** A feature line; of its attributes only those that are used here. */
interface Feature extends Stretch {
  readonly seqid: string;
  readonly type: string;
  readonly strand: 1 | -1;
  readonly attributes: ReadonlyMap<string, string>;
}

/** A whole annotation has millions of lines: what is not used must not be kept. */
const USED: ReadonlySet<string> = new Set([
  ...['ID', 'Parent', 'transcript_id', 'version', 'gene', 'Dbxref', 'tag', 'protein_id'],
  ...['Target', 'Gap', 'Note', 'exception', 'partial'],
]);

/** What the lines before said, by the ids that tie them together. */
interface Collected {
  readonly transcripts: Map<string, Feature>;
  readonly exons: Map<string, Stretch[]>;
  readonly coding: Map<string, Stretch[]>;
  /** Accessions, by the transcript's id. */
  readonly proteins: Map<string, string>;
  readonly matches: Map<string, Feature[]>;
}

/**
 * Reads RefSeq's (or Ensembl's) GFF3 annotation of one assembly. Alignments come from `cDNA_match` lines; a transcript
 * that is noted to differ in length from the genome and has none is kept as not alignable, and answers so.
 *
 * @param lines in batches of any size
 * @param assembly needed when the file names chromosomes `21` and has no `#!genome-build` line
 * @throws InvalidInputError naming the line.
 * @see https://www.ncbi.nlm.nih.gov/genbank/genomes_gff/ and https://github.com/The-Sequence-Ontology/Specifications
 */
export async function* readGff3(
  lines: AsyncIterable<readonly string[]> | Iterable<readonly string[]>,
  assembly?: Assembly,
): AsyncGenerator<TranscriptModel> {
  let build = assembly;
  let number = 0;
  const found: Collected = {
    transcripts: new Map(),
    exons: new Map(),
    coding: new Map(),
    proteins: new Map(),
    matches: new Map(),
  };
  for await (const batch of lines) {
    for (const line of batch) {
      number++;
      if (line.startsWith('#!genome-build ')) build ??= ASSEMBLIES.find((one) => line.includes(one));
      if (line !== '' && !line.startsWith('#')) collect(readFeature(line, number), found);
    }
  }
  for (const [id, transcript] of found.transcripts) {
    const exons = found.exons.get(id) ?? [];
    const [coding, protein] = [found.coding.get(id) ?? [], found.proteins.get(id)];
    yield* modelOf({ transcript, exons, coding, protein }, found.matches, build);
  }
}

function collect(feature: Feature, { transcripts, exons, coding, proteins, matches }: Collected): void {
  const { seqid, type, start, end, attributes } = feature;
  if (type === 'cDNA_match') {
    const [target = ''] = (attributes.get('Target') ?? '').split(' ');
    push(matches, `${target} ${seqid}`, detached(feature));
  } else if (type === 'exon' || type === 'CDS') {
    for (const parent of (attributes.get('Parent') ?? '').split(',')) {
      push(type === 'exon' ? exons : coding, parent, { start, end });
      const protein = attributes.get('protein_id');
      if (type === 'CDS' && protein !== undefined && !proteins.has(parent)) proteins.set(copy(parent), copy(protein));
    }
  } else if (accessionOf(feature) !== undefined) transcripts.set(copy(attributes.get('ID') ?? ''), detached(feature));
}

/** A part of a string keeps the whole of it in memory, here a megabyte of lines: what stays is copied. */
function copy(text: string): string {
  return Buffer.from(text).toString();
}

function detached({ seqid, type, attributes, ...feature }: Feature): Feature {
  const own = [...attributes].map(([key, value]): [string, string] => [copy(key), copy(value)]);
  return { ...feature, seqid: copy(seqid), type: copy(type), attributes: new Map(own) };
}

function push<T>(into: Map<string, T[]>, key: string, value: T): void {
  const list = into.get(key);
  if (list === undefined) into.set(copy(key), [value]);
  else list.push(value);
}

function readFeature(line: string, number: number): Feature {
  const [seqid, , type, start, end, , strand, , attributes] = line.split('\t');
  const [from, to] = [Number(start), Number(end)];
  if (seqid === undefined || type === undefined || attributes === undefined || !(from >= 1 && from <= to)) {
    throw new InvalidInputError(`GFF3 file, line ${number}: not a feature`);
  }
  const used = new Map<string, string>();
  for (const pair of attributes.split(';')) {
    const at = pair.indexOf('=');
    const key = pair.slice(0, at).trim();
    if (USED.has(key)) used.set(key, decode(pair.slice(at + 1)));
  }
  return { seqid, type, start: from, end: to, strand: strand === '-' ? -1 : 1, attributes: used };
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

/** A transcript with its parts. */
interface Parts {
  readonly transcript: Feature;
  readonly exons: readonly Stretch[];
  readonly coding: readonly Stretch[];
  readonly protein: string | undefined;
}

function modelOf(
  { transcript, exons: stretches, coding, protein }: Parts,
  matches: ReadonlyMap<string, readonly Feature[]>,
  assembly: Assembly | undefined,
): readonly TranscriptModel[] {
  const place = primaryAccession(transcript.seqid, assembly);
  const accession = accessionOf(transcript);
  if (place === undefined || accession === undefined || stretches.length === 0) return [];
  const { strand, attributes } = transcript;
  // A transcript may lie in several places of one sequence (X and Y share names, copies don't): only its own matches.
  const own = matches
    .get(`${accession} ${transcript.seqid}`)
    ?.filter(({ start, end }) => start >= transcript.start && end <= transcript.end);
  const aligned = own !== undefined && own.length > 0;
  const exons = aligned ? exonsOfMatches(own.map(matchOf)) : gaplessExons(stretches.map(intervalOf), strand);
  const cds = codingOf(exons, strand, coding);
  const [gene, hgnc, mane] = [attributes.get('gene'), hgncOf(attributes.get('Dbxref')), maneOf(attributes.get('tag'))];
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

const intervalOf = ({ start, end }: Stretch) => ({ start0: interbase(start - 1), end0: interbase(end) });

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

function codingOf(exons: readonly Exon[], strand: 1 | -1, coding: readonly Stretch[]): TranscriptModel['cds'] {
  if (coding.length === 0) return undefined;
  const [start, end] = [Math.min(...coding.map((one) => one.start)), Math.max(...coding.map((one) => one.end))];
  return codingRegion(exons, strand, start - 1, end);
}

function hgncOf(dbxref: string | undefined): string | undefined {
  const number = /HGNC:(?:HGNC:)?(\d+)/.exec(dbxref ?? '')?.[1];
  return number === undefined ? undefined : `HGNC:${number}`;
}
