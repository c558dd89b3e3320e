import { ASSEMBLIES } from '../genomics/assembly.ts';
import { InvalidInputError } from '../genomics/errors.ts';
import { checkModel, type ManeStatus, parseGap, type TranscriptModel } from '../genomics/transcript.ts';
import { membersOf } from './json-members.ts';
import { exonsOfMatches, fits, primaryAccession } from './model-builder.ts';

/** What this reader uses of a cdot transcript; the file has more. */
interface CdotTranscript {
  readonly gene_name?: string | null;
  readonly hgnc?: string | null;
  readonly protein?: string | null;
  /** First base of the start codon and end of the stop codon, in transcript coordinates (interbase). */
  readonly start_codon?: number | null;
  readonly stop_codon?: number | null;
  readonly genome_builds?: Readonly<Record<string, CdotBuild>>;
}

/** An exon is [start0, end0, number, first base, last base (both 1-based in the transcript), gap or null]. */
interface CdotBuild {
  readonly contig: string;
  readonly strand: string;
  readonly exons: readonly (readonly [number, number, number, number, number, string | null])[];
  readonly tag?: string;
}

/**
 * Reads a cdot JSON file: RefSeq or Ensembl transcripts with their alignments to GRCh37 and GRCh38; everything outside
 * the primary assemblies is left out.
 *
 * @throws InvalidInputError when it is no cdot file, naming the transcript where one is damaged.
 * @see https://github.com/SACGF/cdot/wiki/JSON-format
 */
export async function* readCdot(pieces: AsyncIterable<Buffer> | Iterable<Buffer>): AsyncGenerator<TranscriptModel> {
  for await (const { name: accession, value } of membersOf(pieces, 'transcripts', 'cdot file')) {
    const transcript = value as CdotTranscript;
    for (const assembly of ASSEMBLIES) {
      const build = transcript.genome_builds?.[assembly];
      const place = build === undefined ? undefined : primaryAccession(build.contig, assembly);
      if (build !== undefined && place !== undefined) yield soundModel(accession, transcript, build, place);
    }
  }
}

/** Whatever is not as the format says ends in an error that names the transcript. */
function soundModel(...of: Parameters<typeof modelOf>): TranscriptModel {
  try {
    return modelOf(...of);
  } catch (cause) {
    if (cause instanceof InvalidInputError) throw cause;
    throw new InvalidInputError(`cdot file: transcript ${of[0]} can't be read`, undefined, { cause });
  }
}

function modelOf(
  accession: string,
  { gene_name: gene, hgnc, protein, start_codon: start, stop_codon: stop }: CdotTranscript,
  { strand, exons: rows, tag }: CdotBuild,
  place: { readonly accession: string; readonly assembly: TranscriptModel['assembly'] },
): TranscriptModel {
  const exons = exonsOfMatches(
    rows.map(([start0, end0, , first, last, gap]) => ({
      start0,
      end0,
      txStart0: first - 1,
      txEnd0: last,
      ...(gap === null ? {} : { alignment: parseGap(gap) }),
    })),
  );
  const mane = maneOf(tag);
  return checkModel({
    accession,
    ...(gene ? { gene } : {}),
    ...(hgnc ? { hgnc: hgnc.startsWith('HGNC:') ? hgnc : `HGNC:${hgnc}` } : {}),
    assembly: place.assembly,
    genomicAccession: place.accession,
    strand: strand === '-' ? -1 : 1,
    exons,
    ...(typeof start === 'number' && typeof stop === 'number' ? { cds: { txStart0: start, txEnd0: stop } } : {}),
    ...(protein ? { protein } : {}),
    ...(mane === undefined ? {} : { mane }),
    alignment: fits(exons) ? 'stated' : 'unknown',
  });
}

/** MANE status of a comma-separated list of tags. */
export function maneOf(tags: string | undefined): ManeStatus | undefined {
  const list = tags?.split(',').map((one) => one.trim().replaceAll('_', ' ')) ?? [];
  return (['MANE Select', 'MANE Plus Clinical'] as const).find((status) => list.includes(status));
}
