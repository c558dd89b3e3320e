import { reverseComplement } from '../../lib/genomics/allele.ts';
import type { Assembly } from '../../lib/genomics/assembly.ts';
import type { Interval } from '../../lib/genomics/interval.ts';
import type { TranscriptModel } from '../../lib/genomics/transcript.ts';
import type { Reference } from '../../lib/operations/ports.ts';
import { span } from './archive-builder.ts';
import { memoryReference } from './memory-reference.ts';
import { seeded } from './random.ts';
import type { Window } from './windows.ts';

/**
 * A made-up stretch of chromosome 1, at 1,000,000 in GRCh37 and at 2,000,000 in GRCh38, and one of chromosome 21 that
 * lies the other way round in GRCh38: at 500,000 and at 700,000. On chromosome 1 the base at offset 700 differs, and
 * the five bases at offset 800 are missing in GRCh38.
 */
const random = seeded(20_260_101);
const filler = (length: number): string => Array.from({ length }, () => 'ACGT'[Math.floor(random() * 4)]).join('');

/** Offset of each feature in `SEQUENCE`, of what is repeated there and how often. */
export const FEATURES = {
  homopolymer: { offset: 200, unit: 'A', copies: 8 },
  dinucleotide: { offset: 300, unit: 'AC', copies: 6 },
  trinucleotide: { offset: 400, unit: 'CAG', copies: 5 },
} as const;

/** `bases` with each feature between bases that don't continue it. */
function withFeatures(bases: string): string {
  let text = bases;
  for (const { offset, unit, copies } of Object.values(FEATURES)) {
    const tract = `T${unit.repeat(copies)}T`;
    text = text.slice(0, offset - 1) + tract + text.slice(offset - 1 + tract.length);
  }
  return text;
}

/** Exons of the gene on chromosome 1 as offsets, and its coding sequence in the transcript. */
const EXONS = [
  [50, 150],
  [190, 650],
] as const;
const CODING = { txStart0: 40, txEnd0: 511 } as const;

/** Makes the coding sequence a whole one: a start codon, no stop before the last codon. */
function readable(bases: string): string {
  const offsets = EXONS.flatMap(([from, to]) => Array.from({ length: to - from }, (_, by) => from + by));
  const letters = [...bases];
  for (let tx = CODING.txStart0; tx < CODING.txEnd0; tx += 3) {
    const codon = offsets.slice(tx, tx + 3);
    const written = codon.map((offset) => letters[offset]).join('');
    const first = tx === CODING.txStart0;
    const last = tx + 3 === CODING.txEnd0;
    const wanted = first ? 'ATG' : last ? 'TAA' : /TAA|TAG|TGA/.test(written) ? `C${written.slice(1)}` : written;
    codon.forEach((offset, place) => {
      letters[offset] = wanted[place] as string;
    });
  }
  return letters.join('');
}

/** Chromosome 1 in GRCh37. */
export const SEQUENCE = readable(withFeatures(filler(1000)));
export const DIFFERING = 700;
export const MISSING = { offset: 800, length: 5 } as const;

const other = SEQUENCE[DIFFERING] === 'G' ? 'C' : 'G';
const sequence38 =
  SEQUENCE.slice(0, DIFFERING) +
  other +
  SEQUENCE.slice(DIFFERING + 1, MISSING.offset) +
  SEQUENCE.slice(MISSING.offset + MISSING.length);

/** Chromosome 21 in GRCh37. */
export const TURNED = withFeatures(filler(600));

export const START = { GRCh37: 1_000_000, GRCh38: 2_000_000 } as const satisfies Record<Assembly, number>;
export const ACCESSION = { GRCh37: 'NC_000001.10', GRCh38: 'NC_000001.11' } as const satisfies Record<Assembly, string>;
export const TURNED_START = { GRCh37: 500_000, GRCh38: 700_000 } as const satisfies Record<Assembly, number>;
export const TURNED_ACCESSION = { GRCh37: 'NC_000021.8', GRCh38: 'NC_000021.9' } as const satisfies Record<
  Assembly,
  string
>;

const WINDOWS: readonly Window[] = [
  { accession: ACCESSION.GRCh37, start0: START.GRCh37, bases: SEQUENCE },
  { accession: ACCESSION.GRCh38, start0: START.GRCh38, bases: sequence38 },
  { accession: TURNED_ACCESSION.GRCh37, start0: TURNED_START.GRCh37, bases: TURNED },
  { accession: TURNED_ACCESSION.GRCh38, start0: TURNED_START.GRCh38, bases: reverseComplement(TURNED) },
];

const [LENGTH1, LENGTH21] = [
  { GRCh37: 249_250_621, GRCh38: 248_956_422 },
  { GRCh37: 48_129_895, GRCh38: 46_709_983 },
];

function chainFile(from: Assembly, to: Assembly): string {
  const before = MISSING.offset;
  const after = SEQUENCE.length - MISSING.offset - MISSING.length;
  const gap = from === 'GRCh37' ? `${MISSING.length} 0` : `0 ${MISSING.length}`;
  const size = (assembly: Assembly): number => (assembly === 'GRCh37' ? SEQUENCE : sequence38).length;
  const plain = ['chr1', LENGTH1[from], '+', START[from], START[from] + size(from)];
  const target = ['chr1', LENGTH1[to], '+', START[to], START[to] + size(to)];
  const [start, end] = [TURNED_START[to], TURNED_START[to] + TURNED.length];
  const turned = ['chr21', LENGTH21[from], '+', TURNED_START[from], TURNED_START[from] + TURNED.length];
  const reversed = ['chr21', LENGTH21[to], '-', LENGTH21[to] - end, LENGTH21[to] - start];
  return [
    `chain 1000 ${[...plain, ...target].join(' ')} 1`,
    `${before} ${gap}`,
    `${after}`,
    '',
    `chain 900 ${[...turned, ...reversed].join(' ')} 2`,
    `${TURNED.length}`,
    '',
  ].join('\n');
}

/** Two exons of chromosome 1 around all its features, with the repeats in the second one. */
function plusModel(assembly: Assembly): TranscriptModel {
  const at = (from: number, to: number): Interval => span(START[assembly] + from, START[assembly] + to);
  return {
    accession: 'NM_900001.2',
    gene: 'PLUS1',
    hgnc: 'HGNC:900001',
    assembly,
    genomicAccession: ACCESSION[assembly],
    strand: 1,
    exons: [
      { ...at(...EXONS[0]), txStart0: 0, txEnd0: 100 },
      { ...at(...EXONS[1]), txStart0: 100, txEnd0: 560 },
    ],
    cds: CODING,
    protein: 'NP_900001.1',
    ...(assembly === 'GRCh38' ? { mane: 'MANE Select' as const } : {}),
    alignment: 'exact',
  };
}

/** One exon on chromosome 21, on the minus strand of GRCh37 and so on the plus strand of GRCh38. */
function turnedModel(assembly: Assembly): TranscriptModel {
  const [from, to] = assembly === 'GRCh37' ? [100, 550] : [50, 500];
  return {
    accession: 'NM_900002.1',
    gene: 'TURNED1',
    hgnc: 'HGNC:900002',
    assembly,
    genomicAccession: TURNED_ACCESSION[assembly],
    strand: assembly === 'GRCh37' ? -1 : 1,
    exons: [{ ...span(TURNED_START[assembly] + from, TURNED_START[assembly] + to), txStart0: 0, txEnd0: 450 }],
    cds: { txStart0: 10, txEnd0: 400 },
    protein: 'NP_900002.1',
    alignment: 'exact',
  };
}

const MODELS = [plusModel('GRCh37'), plusModel('GRCh38'), turnedModel('GRCh37'), turnedModel('GRCh38')];

/** Everything about both stretches, or only some parts of it. */
export function twoAssemblies(
  parts: { readonly windows?: readonly Assembly[]; readonly transcripts?: boolean; readonly chains?: boolean } = {},
): Reference {
  const { windows = ['GRCh37', 'GRCh38'], transcripts = true, chains = true } = parts;
  const accessions: readonly string[] = windows.flatMap((assembly) => [
    ACCESSION[assembly],
    TURNED_ACCESSION[assembly],
  ]);
  return memoryReference({
    ...(accessions.length === 0 ? {} : { windows: WINDOWS.filter(({ accession }) => accessions.includes(accession)) }),
    ...(transcripts ? { transcripts: MODELS } : {}),
    ...(chains
      ? { chains: { 'GRCh37-GRCh38': chainFile('GRCh37', 'GRCh38'), 'GRCh38-GRCh37': chainFile('GRCh38', 'GRCh37') } }
      : {}),
  });
}
