import { interbase } from '../genomics/coordinates.ts';
import { InvalidInputError } from '../genomics/errors.ts';
import { checkModel, type ManeStatus, type TranscriptModel } from '../genomics/transcript.ts';
import { codingRegion, gaplessExons, primaryAccession } from './model-builder.ts';

const NEEDED = ['chrom', 'chromStart', 'strand', 'thickStart', 'thickEnd', 'blockSizes', 'chromStarts', 'ncbiId'];

/**
 * Reads the MANE track (UCSC bigGenePred as text, with its header line): GRCh38, each transcript under its RefSeq and
 * its Ensembl accession. MANE transcripts have exactly the genome's bases. Rows outside the primary assembly are left
 * out.
 *
 * @throws InvalidInputError naming the line.
 * @see https://genome.ucsc.edu/goldenPath/help/bigGenePred.html and https://www.ncbi.nlm.nih.gov/refseq/MANE/
 */
export async function* readMane(
  lines: AsyncIterable<readonly string[]> | Iterable<readonly string[]>,
): AsyncGenerator<TranscriptModel> {
  let columns: ReadonlyMap<string, number> | undefined;
  let number = 0;
  for await (const batch of lines) {
    for (const line of batch) {
      number++;
      if (line === '') continue;
      if (columns === undefined) {
        columns = columnsOf(line);
        continue;
      }
      const fields = line.split('\t');
      const places = columns;
      yield* modelsOf((name) => fields[places.get(name) ?? -1] ?? '', number);
    }
  }
}

function columnsOf(header: string): ReadonlyMap<string, number> {
  const names = header.replace(/^#/, '').split('\t');
  if (!NEEDED.every((name) => names.includes(name))) {
    throw new InvalidInputError('the MANE file must start with the column names of bigGenePred');
  }
  return new Map(names.map((name, column) => [name, column]));
}

function modelsOf(field: (name: string) => string, line: number): readonly TranscriptModel[] {
  const place = primaryAccession(field('chrom'), 'GRCh38');
  if (place === undefined) return [];
  const numbers = (name: string): number[] =>
    field(name)
      .split(',')
      .filter((word) => word !== '')
      .map(Number);
  const [start, thickStart, thickEnd] = [
    Number(field('chromStart')),
    Number(field('thickStart')),
    Number(field('thickEnd')),
  ];
  const [sizes, starts] = [numbers('blockSizes'), numbers('chromStarts')];
  const sound = [start, thickStart, thickEnd, ...sizes, ...starts].every(Number.isInteger);
  if (!sound || sizes.length !== starts.length || sizes.length === 0) {
    throw new InvalidInputError(`MANE file, line ${line}: the exons can't be read`);
  }
  const strand = field('strand') === '-' ? -1 : 1;
  const exons = gaplessExons(
    starts.map((from, i) => ({
      start0: interbase(start + from),
      end0: interbase(start + from + (sizes[i] as number)),
    })),
    strand,
  );
  const cds = thickStart < thickEnd ? codingRegion(exons, strand, thickStart, thickEnd) : undefined;
  const gene = field('geneName2');
  const common = {
    assembly: place.assembly,
    genomicAccession: place.accession,
    strand,
    exons,
    ...(gene === '' ? {} : { gene }),
    ...(cds === undefined ? {} : { cds }),
    mane: field('maneStat') as ManeStatus,
    alignment: 'exact',
  } as const;
  const names = [
    [field('ncbiId'), field('ncbiProtAcc')],
    [field('name'), field('ensemblProtAcc')],
  ] as const;
  return names
    .filter(([accession]) => accession !== '')
    .map(([accession, protein]) => checkModel({ accession, ...common, ...(protein === '' ? {} : { protein }) }));
}
