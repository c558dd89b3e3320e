import type { Assembly } from '../genomics/assembly.ts';
import { interbase } from '../genomics/coordinates.ts';
import { UnavailableError } from '../genomics/errors.ts';
import { type Exon, formatGap, type ManeStatus, parseGap, type TranscriptModel } from '../genomics/transcript.ts';

/** A column of a transcript file: its DuckDB type and what it means. */
interface TranscriptColumn {
  readonly name: string;
  readonly type: 'VARCHAR' | 'INTEGER';
  readonly doc: string;
}

/** One row per transcript version and genomic sequence, sorted by accession. */
export const TRANSCRIPT_COLUMNS = [
  { name: 'base', type: 'VARCHAR', doc: 'accession without version' },
  { name: 'accession', type: 'VARCHAR', doc: 'accession with version' },
  { name: 'gene', type: 'VARCHAR', doc: 'HGNC symbol, or what the source calls the gene; NULL when it names none' },
  { name: 'hgnc', type: 'VARCHAR', doc: 'HGNC:number or NULL' },
  { name: 'assembly', type: 'VARCHAR', doc: 'GRCh37 or GRCh38' },
  { name: 'genomic_accession', type: 'VARCHAR', doc: 'the chromosome' },
  { name: 'strand', type: 'INTEGER', doc: '1 or -1' },
  { name: 'start0', type: 'INTEGER', doc: 'first base of any exon, interbase' },
  { name: 'end0', type: 'INTEGER', doc: 'end of the last exon, exclusive' },
  {
    name: 'cds_start0',
    type: 'INTEGER',
    doc: 'start of the start codon in the transcript, interbase; NULL when non-coding',
  },
  { name: 'cds_end0', type: 'INTEGER', doc: 'end of the stop codon in the transcript, exclusive' },
  { name: 'protein', type: 'VARCHAR', doc: 'accession with version or NULL' },
  { name: 'mane', type: 'VARCHAR', doc: 'MANE Select, MANE Plus Clinical or NULL' },
  { name: 'alignment', type: 'VARCHAR', doc: 'exact, stated or unknown' },
  {
    name: 'exons',
    type: 'VARCHAR',
    doc: 'in transcript order, separated by commas: start0-end0 on the chromosome, @, transcript start-end (interbase), and with gaps : and M, I, D',
  },
  { name: 'release', type: 'VARCHAR', doc: 'name of the release that the row was imported with' },
] as const satisfies readonly TranscriptColumn[];

/** `11089462-11089615@0-153`, with gaps `...:M185 I3 M250`. */
function exonText({ start0, end0, txStart0, txEnd0, alignment }: Exon): string {
  return `${start0}-${end0}@${txStart0}-${txEnd0}${alignment === undefined ? '' : `:${formatGap(alignment)}`}`;
}

function readExon(text: string): Exon {
  const [, start, end, txStart, txEnd, , gap] = /^(\d+)-(\d+)@(\d+)-(\d+)(:(.+))?$/.exec(text) ?? [];
  if (txEnd === undefined) throw new UnavailableError('a stored transcript model is damaged');
  return {
    start0: interbase(Number(start)),
    end0: interbase(Number(end)),
    txStart0: Number(txStart),
    txEnd0: Number(txEnd),
    ...(gap === undefined ? {} : { alignment: parseGap(gap) }),
  };
}

/** Values of a row in the order of {@link TRANSCRIPT_COLUMNS}. */
export function transcriptRow(model: TranscriptModel, release: string): readonly (string | number | null)[] {
  return [
    baseOf(model.accession),
    model.accession,
    model.gene ?? null,
    model.hgnc ?? null,
    model.assembly,
    model.genomicAccession,
    model.strand,
    Math.min(...model.exons.map(({ start0 }) => start0)),
    Math.max(...model.exons.map(({ end0 }) => end0)),
    model.cds?.txStart0 ?? null,
    model.cds?.txEnd0 ?? null,
    model.protein ?? null,
    model.mane ?? null,
    model.alignment,
    model.exons.map(exonText).join(','),
    release,
  ];
}

/** The model of a row as DuckDB gives it. */
export function modelOfRow(row: readonly unknown[]): TranscriptModel {
  const [, accession, gene, hgnc, assembly, genomic, strand, , , cdsStart, cdsEnd, protein, mane, alignment, exons] =
    row;
  return {
    accession: String(accession),
    ...(typeof gene === 'string' ? { gene } : {}),
    ...(typeof hgnc === 'string' ? { hgnc } : {}),
    assembly: assembly as Assembly,
    genomicAccession: String(genomic),
    strand: strand === -1 ? -1 : 1,
    exons: String(exons).split(',').map(readExon),
    ...(typeof cdsStart === 'number' && typeof cdsEnd === 'number'
      ? { cds: { txStart0: cdsStart, txEnd0: cdsEnd } }
      : {}),
    ...(typeof protein === 'string' ? { protein } : {}),
    ...(typeof mane === 'string' ? { mane: mane as ManeStatus } : {}),
    alignment: alignment as TranscriptModel['alignment'],
  };
}

/** An accession without its version. */
export function baseOf(accession: string): string {
  const [base = accession] = accession.split('.');
  return base.toUpperCase();
}
