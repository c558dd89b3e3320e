import type { Allele } from '../../genomics/allele.ts';
import { ASSEMBLIES, type Assembly } from '../../genomics/assembly.ts';
import { CannotAnswerError } from '../../genomics/errors.ts';
import { describeGenomicWithin } from '../../genomics/hgvs/describe.ts';
import { formatHgvs } from '../../genomics/hgvs/format.ts';
import type { Interval } from '../../genomics/interval.ts';
import { slides } from '../../genomics/normalise.ts';
import { justifiedWithin } from '../../genomics/same-event.ts';
import { formatSpdi } from '../../genomics/spdi.ts';
import { placeVariants } from '../placed-variants.ts';
import type { Reference } from '../ports.ts';
import type { SoughtPlace } from '../sought-places.ts';
import { orUnknown } from '../sought-places.ts';
import { type ReadVariant, readVariants } from '../variant-questions.ts';
import type { Utility, UtilityRow } from './utility.ts';

const row = {
  code: 'normalize-variant',
  doc: 'A variant in both assemblies as canonical SPDI and as genomic HGVS. An assembly in which it has no place is left out.',
  in: {
    variant: {
      type: 'string',
      min: 1,
      max: '1',
      doc: 'SPDI or HGVS, on a chromosome of either assembly or on a transcript, such as `NM_000527.5:c.12G>A`.',
    },
  },
  example: { variant: 'NC_000007.14:140753335:A:T' },
} as const satisfies UtilityRow;

/** Both assemblies' names of a variant. Fails with the reason when neither can be told. */
export const normalizeVariant: Utility<typeof row> = {
  row,
  async answer({ variant }, reference) {
    const read = readVariants([variant], 'variant');
    const named = await Promise.all(ASSEMBLIES.map((assembly) => namesIn(assembly, read, variant, reference)));
    const [old, recent] = named;
    if (old instanceof CannotAnswerError && recent instanceof CannotAnswerError) throw old;
    const told = named.flatMap((names, place) =>
      names instanceof CannotAnswerError ? [] : [[ASSEMBLIES[place] as Assembly, names] as const],
    );
    return Object.fromEntries([
      ...told.map(([assembly, { spdi }]) => [`${assembly}SPDI`, spdi]),
      ...told.map(([assembly, { hgvs }]) => [`${assembly}HGVS`, hgvs]),
    ]);
  },
};

interface Names {
  readonly spdi: string;
  readonly hgvs: string;
}

/** The names in one assembly, or why they can't be told there. */
async function namesIn(
  assembly: Assembly,
  read: readonly ReadVariant[],
  text: string,
  reference: Reference,
): Promise<Names | CannotAnswerError> {
  return orUnknown(async () => {
    const [placed] = await placeVariants(read, [assembly], reference);
    const place = placed?.places.get(assembly);
    if (place === undefined) throw new Error(`'${text}' was not placed in ${assembly}`);
    const { allele, context } = await alleleAt(place, text, reference);
    const hgvs = describeGenomicWithin(place.accession, allele, context);
    const canonical = (context && justifiedWithin(allele, context)) ?? allele;
    return { spdi: formatSpdi(place.accession, canonical), hgvs: hgvs === undefined ? '' : formatHgvs(hgvs) };
  });
}

async function alleleAt(
  { accession, start0, end0, sought }: SoughtPlace,
  text: string,
  { sequences }: Reference,
): Promise<{ readonly allele: Allele; readonly context?: Interval }> {
  if (sought.kind === 'unchanged') {
    const bases = await sequences.sequence(accession, { start0, end0 });
    return { allele: { start0, end0, deleted: bases, inserted: bases } };
  }
  const [allele] = sought.kind === 'alleles' ? sought.alleles : [];
  if (sought.unknowable === undefined && sought.kind === 'alleles' && allele !== undefined) {
    return { allele, ...(slides(allele) && sought.context !== undefined ? { context: sought.context } : {}) };
  }
  // Bases that the text leaves out are read; the port says what is missing.
  await sequences.sequence(accession, { start0, end0 });
  throw new CannotAnswerError(`'${text}' can't be normalised on ${accession}`, 'variant');
}
