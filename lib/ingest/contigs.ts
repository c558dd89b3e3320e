import { type Assembly, type Chromosome, chromosomeNamed, sequenceOf, sequencesOf } from '../genomics/assembly.ts';
import { InvalidInputError } from '../genomics/errors.ts';
import { quoted } from './fault.ts';

/** A contig name of a file, resolved in the declared assembly. */
export interface Contig {
  readonly name: string;
  readonly chromosome: Chromosome;
  /** Bases of the chromosome in the declared assembly. */
  readonly length: number;
}

/** What a file's contig names mean. */
export interface ContigNames {
  /** Undefined for contigs outside the primary assembly. @throws InvalidInputError for an accession of the other assembly. */
  contig(name: string): Contig | undefined;
  readonly warnings: readonly string[];
}

/**
 * Compares the lengths of a file's `##contig` lines with the declared assembly. A file that states no length is taken
 * as declared, with a warning.
 *
 * @throws InvalidInputError when a length says another assembly.
 */
export function resolveContigs(
  file: string,
  assembly: Assembly,
  lengths: ReadonlyMap<string, number | undefined>,
): ContigNames {
  const known = new Map<string, Contig | undefined>();
  const contig = (name: string): Contig | undefined => {
    if (!known.has(name)) known.set(name, resolve(file, assembly, name, lengths.get(name)));
    return known.get(name);
  };
  let compared = 0;
  for (const [name, length] of lengths) if (contig(name) !== undefined && length !== undefined) compared++;
  const warnings =
    compared > 0 ? [] : [`${file}: no ##contig line states a chromosome's length; taken as ${assembly} as declared`];
  return { contig, warnings };
}

function resolve(file: string, assembly: Assembly, name: string, length: number | undefined): Contig | undefined {
  const chromosome = chromosomeNamed(assembly, name, length);
  if (chromosome === undefined) {
    const other = sequencesOf(name)[0]?.assembly;
    if (other === undefined) return undefined;
    throw new InvalidInputError(
      `${file}: contig ${quoted(name)} is of ${other}, but the file was declared ${assembly}`,
    );
  }
  const expected = sequenceOf(assembly, chromosome)?.length;
  if (expected === undefined || (length !== undefined && length !== expected)) {
    throw new InvalidInputError(
      `${file}: ##contig ${quoted(name)} has ${length} bases, which is not ${assembly}${whose(name, length, assembly)}`,
    );
  }
  return { name, chromosome, length: expected };
}

function whose(name: string, length: number | undefined, declared: Assembly): string {
  const other: Assembly = declared === 'GRCh37' ? 'GRCh38' : 'GRCh37';
  const chromosome = chromosomeNamed(other, name, length);
  const matches = chromosome !== undefined && sequenceOf(other, chromosome)?.length === length;
  return matches ? `: this is ${other}; declare it so` : ' or the other assembly; check which reference was used';
}
