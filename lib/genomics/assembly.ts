import type { Interbase } from './coordinates.ts';
import type { Interval } from './interval.ts';

/** The two assemblies of the Genomics Operations. */
export type Assembly = 'GRCh37' | 'GRCh38';

export const ASSEMBLIES = ['GRCh37', 'GRCh38'] as const satisfies readonly Assembly[];

/**
 * A chromosome of the primary assembly. `MT` is the revised Cambridge Reference Sequence (NC_012920.1, 16,569 bp), the
 * same in both assemblies; `MT-hg19` is UCSC hg19's chrM (NC_001807.4, 16,571 bp): kept, never matched to rCRS.
 */
export type Chromosome = (typeof ROWS)[number][0] | 'MT' | 'MT-hg19';

/** Where a chromosome stands in one assembly. */
export interface ChromosomeSequence {
  readonly assembly: Assembly;
  readonly chromosome: Chromosome;
  readonly accession: string;
  /** Bases. */
  readonly length: number;
}

// Name, GRCh37.p13 accession and length, GRCh38.p14 accession and length, from NCBI's assembly reports
// (GCF_000001405.25 and GCF_000001405.40).
const ROWS = [
  ['1', 'NC_000001.10', 249_250_621, 'NC_000001.11', 248_956_422],
  ['2', 'NC_000002.11', 243_199_373, 'NC_000002.12', 242_193_529],
  ['3', 'NC_000003.11', 198_022_430, 'NC_000003.12', 198_295_559],
  ['4', 'NC_000004.11', 191_154_276, 'NC_000004.12', 190_214_555],
  ['5', 'NC_000005.9', 180_915_260, 'NC_000005.10', 181_538_259],
  ['6', 'NC_000006.11', 171_115_067, 'NC_000006.12', 170_805_979],
  ['7', 'NC_000007.13', 159_138_663, 'NC_000007.14', 159_345_973],
  ['8', 'NC_000008.10', 146_364_022, 'NC_000008.11', 145_138_636],
  ['9', 'NC_000009.11', 141_213_431, 'NC_000009.12', 138_394_717],
  ['10', 'NC_000010.10', 135_534_747, 'NC_000010.11', 133_797_422],
  ['11', 'NC_000011.9', 135_006_516, 'NC_000011.10', 135_086_622],
  ['12', 'NC_000012.11', 133_851_895, 'NC_000012.12', 133_275_309],
  ['13', 'NC_000013.10', 115_169_878, 'NC_000013.11', 114_364_328],
  ['14', 'NC_000014.8', 107_349_540, 'NC_000014.9', 107_043_718],
  ['15', 'NC_000015.9', 102_531_392, 'NC_000015.10', 101_991_189],
  ['16', 'NC_000016.9', 90_354_753, 'NC_000016.10', 90_338_345],
  ['17', 'NC_000017.10', 81_195_210, 'NC_000017.11', 83_257_441],
  ['18', 'NC_000018.9', 78_077_248, 'NC_000018.10', 80_373_285],
  ['19', 'NC_000019.9', 59_128_983, 'NC_000019.10', 58_617_616],
  ['20', 'NC_000020.10', 63_025_520, 'NC_000020.11', 64_444_167],
  ['21', 'NC_000021.8', 48_129_895, 'NC_000021.9', 46_709_983],
  ['22', 'NC_000022.10', 51_304_566, 'NC_000022.11', 50_818_468],
  ['X', 'NC_000023.10', 155_270_560, 'NC_000023.11', 156_040_895],
  ['Y', 'NC_000024.9', 59_373_566, 'NC_000024.10', 57_227_415],
] as const;

/** All chromosomes. */
export const CHROMOSOMES: readonly Chromosome[] = [...ROWS.map(([chromosome]) => chromosome), 'MT', 'MT-hg19'];

const SEQUENCES: readonly ChromosomeSequence[] = [
  ...ROWS.flatMap(([chromosome, accession37, length37, accession38, length38]) => [
    { assembly: 'GRCh37' as const, chromosome, accession: accession37, length: length37 },
    { assembly: 'GRCh38' as const, chromosome, accession: accession38, length: length38 },
  ]),
  { assembly: 'GRCh37', chromosome: 'MT', accession: 'NC_012920.1', length: 16_569 },
  { assembly: 'GRCh38', chromosome: 'MT', accession: 'NC_012920.1', length: 16_569 },
  { assembly: 'GRCh37', chromosome: 'MT-hg19', accession: 'NC_001807.4', length: 16_571 },
];

const BY_ACCESSION = Map.groupBy(SEQUENCES, ({ accession }) => accession);
const BY_CHROMOSOME = new Map(SEQUENCES.map((sequence) => [`${sequence.assembly}/${sequence.chromosome}`, sequence]));

/** Every chromosome that has this accession: one, two for NC_012920.1 (both assemblies), none for others. */
export function sequencesOf(accession: string): readonly ChromosomeSequence[] {
  return BY_ACCESSION.get(accession.toUpperCase()) ?? [];
}

/** The sequence of a chromosome in an assembly; undefined for hg19's chrM in GRCh38. */
export function sequenceOf(assembly: Assembly, chromosome: Chromosome): ChromosomeSequence | undefined {
  return BY_CHROMOSOME.get(`${assembly}/${chromosome}`);
}

/** All chromosomes of an assembly in karyotype order. */
export function chromosomesOf(assembly: Assembly): readonly ChromosomeSequence[] {
  return SEQUENCES.filter((sequence) => sequence.assembly === assembly);
}

/**
 * The chromosome that a VCF or BED means by a contig name: `chr1`, `1`, `CHR1`, `NC_000001.10`, `chrM`, `MT`, `M`,
 * PLINK's `23`, `24`, `26`. Undefined for everything outside the primary assembly.
 *
 * @param length bases as the file's `##contig` line states them; 16,571 makes chrM NC_001807.4
 */
export function chromosomeNamed(assembly: Assembly, name: string, length?: number): Chromosome | undefined {
  const exact = sequencesOf(name).find((sequence) => sequence.assembly === assembly);
  if (exact !== undefined) return exact.chromosome;
  const bare = name.replace(/^chr/i, '').toUpperCase();
  const plain = PLINK_NAMES.get(bare) ?? bare;
  if (plain === 'M' || plain === 'MT') return length === 16_571 ? 'MT-hg19' : 'MT';
  return ROWS.find(([chromosome]) => chromosome === plain)?.[0];
}

/** PLINK's numeric codes (https://www.cog-genomics.org/plink/1.9/data#allow_extra_chr); 25 (XY) has no sequence. */
const PLINK_NAMES = new Map([
  ['23', 'X'],
  ['24', 'Y'],
  ['26', 'MT'],
]);

const at = (start0: number, end0: number): Interval => ({ start0: start0 as Interbase, end0: end0 as Interbase });

/** Pseudoautosomal regions, half-open, from the Genome Reference Consortium (https://www.ncbi.nlm.nih.gov/grc/human). */
const PSEUDOAUTOSOMAL: Readonly<Record<Assembly, Readonly<Record<'X' | 'Y', readonly Interval[]>>>> = {
  GRCh37: {
    X: [at(60_000, 2_699_520), at(154_931_043, 155_260_560)],
    Y: [at(10_000, 2_649_520), at(59_034_049, 59_363_566)],
  },
  GRCh38: {
    X: [at(10_000, 2_781_479), at(155_701_382, 156_030_895)],
    Y: [at(10_000, 2_781_479), at(56_887_902, 57_217_415)],
  },
};

/** Whether a position lies on X or Y outside the pseudoautosomal regions, where a male has one copy. */
export function isSexLinked(assembly: Assembly, chromosome: Chromosome, start0: number): boolean {
  if (chromosome !== 'X' && chromosome !== 'Y') return false;
  return !PSEUDOAUTOSOMAL[assembly][chromosome].some((region) => region.start0 <= start0 && start0 < region.end0);
}
