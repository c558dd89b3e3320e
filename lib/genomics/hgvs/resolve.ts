import type { Allele } from '../allele.ts';
import { type Assembly, sequencesOf } from '../assembly.ts';
import { interbase } from '../coordinates.ts';
import { CannotAnswerError, InvalidInputError } from '../errors.ts';
import type { Interval } from '../interval.ts';
import type { Sequences, Transcripts } from '../ports.ts';
import type { TranscriptModel } from '../transcript.ts';
import { alleleOfEdit, type Naming } from './edit.ts';
import { parseHgvs } from './parse.ts';
import { projectToGenome } from './project.ts';
import type { HgvsVariant } from './variant.ts';

/** What resolving may read; without it, only descriptions that say everything themselves can be resolved. */
export interface HgvsSources {
  readonly sequences?: Sequences;
  readonly transcripts?: Transcripts;
  /**
   * Projects c. and n. to these assemblies only. Without it to all that the transcript is aligned to, and one that
   * can't be projected to (its reference is not loaded) fails the whole.
   */
  readonly assemblies?: readonly Assembly[];
}

/** A genomic allele that a description means, on the plus strand; trimming and justifying are left to `normalise`. */
export interface ResolvedAllele {
  readonly accession: string;
  readonly allele: Allele;
  /** The transcript that was projected; absent for g. and m. */
  readonly transcript?: string;
}

/**
 * The genomic alleles that an HGVS description means: one for g. and m.; for c. and n. one on each genomic sequence that
 * this very transcript version is aligned to (usually one per assembly).
 *
 * @param expression name of the input at fault, for its errors
 * @throws InvalidInputError when the text is no HGVS, does not say which DNA changes, or contradicts the reference.
 * @throws CannotAnswerError when the transcript version (the message names those that are there), its alignment, or
 *   reference bases that are needed are not loaded.
 * @throws UnavailableError when they can't be read.
 */
export async function resolveHgvs(
  text: string,
  sources: HgvsSources,
  expression?: string,
): Promise<readonly ResolvedAllele[]> {
  const variant = parseHgvs(text, expression);
  const naming = { text: text.trim(), expression };
  if (variant.coordinates === 'g' || variant.coordinates === 'm') {
    return [await resolveGenomic(variant, sources.sequences, naming)];
  }
  const models = await modelsOf(variant, sources, naming);
  return Promise.all(
    models.map(async (model) => ({
      accession: model.genomicAccession,
      allele: await projectToGenome(variant, model, sources.sequences, naming),
      transcript: model.accession,
    })),
  );
}

/** A g. or m. description on a chromosome. */
async function resolveGenomic(
  variant: HgvsVariant,
  sequences: Sequences | undefined,
  naming: Naming,
): Promise<ResolvedAllele> {
  const { accession, edit } = variant;
  if (sequencesOf(accession).length === 0 && sequences?.has(accession) !== true) {
    throw new InvalidInputError(
      `'${naming.text}': ${accession} is no chromosome of GRCh37 or GRCh38; write g. on an NC_ accession`,
      naming.expression,
    );
  }
  const place = { accession, strand: 1, ...genomicInterval(variant, naming) } as const;
  return { accession, allele: await alleleOfEdit(edit, place, sequences, naming) };
}

/**
 * The bases that a g. or m. description names; for an insertion the empty interval between its two.
 *
 * @throws InvalidInputError when it is in disorder, beyond the chromosome, or m. on none that is mitochondrial.
 */
export function genomicInterval({ accession, coordinates, start, end, edit }: HgvsVariant, naming: Naming): Interval {
  const fail = (why: string): never => {
    throw new InvalidInputError(`'${naming.text}'${why}`, naming.expression);
  };
  const [chromosome] = sequencesOf(accession);
  const mitochondrial = chromosome?.chromosome === 'MT' || chromosome?.chromosome === 'MT-hg19';
  if (chromosome !== undefined && coordinates === 'm' && !mitochondrial) {
    return fail(': m. is for the mitochondrion only; write g.');
  }
  const [first, last] = [start.base, end.base];
  if (first > last) return fail(' ends before it starts');
  if (chromosome !== undefined && last > chromosome.length) {
    return fail(` lies beyond the end of the chromosome, which has ${chromosome.length} bases`);
  }
  if (edit.kind !== 'insertion') return { start0: interbase(first - 1), end0: interbase(last) };
  if (last !== first + 1) return fail(' inserts between bases that are not neighbours');
  return { start0: interbase(first), end0: interbase(first) };
}

/** The models of exactly the named transcript version: one per genomic sequence, the best aligned one. */
async function modelsOf(
  { accession, transcript, coordinates }: HgvsVariant,
  { transcripts, assemblies }: HgvsSources,
  { text, expression }: Naming,
): Promise<readonly TranscriptModel[]> {
  const wanted = transcript ?? accession;
  if (sequencesOf(wanted).length > 0) {
    throw new InvalidInputError(
      `'${text}': ${wanted} is a chromosome, and ${coordinates}. counts on a transcript; write g.`,
      expression,
    );
  }
  if (transcripts === undefined) {
    throw new CannotAnswerError(
      `'${text}' needs transcript models, and none are loaded; add them with 'genomics reference add --transcripts FILE'`,
      expression,
    );
  }
  const found = await transcripts.models(wanted);
  const placed = found.filter(
    ({ genomicAccession, assembly }) =>
      (transcript === undefined || genomicAccession === accession) && (assemblies?.includes(assembly) ?? true),
  );
  if (placed.length === 0) {
    const where = transcript === undefined ? assemblies?.join(' or ') : accession;
    throw await missing(wanted, where, found.length > 0, transcripts, { text, expression });
  }
  const byPlace = Map.groupBy(placed, ({ genomicAccession }) => genomicAccession);
  return [...byPlace.values()].map((models) =>
    models.reduce((best, model) => (rank(model) < rank(best) ? model : best)),
  );
}

const ALIGNMENTS = ['exact', 'stated', 'unknown'] as const;

function rank({ alignment }: TranscriptModel): number {
  return ALIGNMENTS.indexOf(alignment);
}

async function missing(
  wanted: string,
  where: string | undefined,
  elsewhere: boolean,
  transcripts: Transcripts,
  { text, expression }: Naming,
): Promise<CannotAnswerError> {
  if (elsewhere) return new CannotAnswerError(`'${text}': ${wanted} is not aligned to ${where}`, expression);
  const versions = await transcripts.versions(wanted);
  const instead = versions.length === 0 ? 'nor is any other version of it' : `loaded are ${versions.join(', ')}`;
  return new CannotAnswerError(`'${text}': transcript ${wanted} is not loaded, ${instead}`, expression);
}
