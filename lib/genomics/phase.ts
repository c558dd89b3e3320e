import type { StoredVariant } from './variant.ts';

/** How two variants of one phase set lie: on the same copy of the chromosome, or on the two different ones. */
type PhaseRelation = 'cis' | 'trans';

/** A variant with the next one before it in its phase set. */
export interface Neighbours {
  readonly previous: string;
  readonly relation: PhaseRelation;
}

/**
 * Walks variants of one subject and chromosome in order of position and tells, for each heterozygous one of a phase
 * set, how it lies to the one before it. Consecutive pairs say everything: n variants need n - 1 relations.
 *
 * @returns a function of a row and its name; undefined for rows that are not phased or the first of their set
 */
export function phaseWalk(): (row: StoredVariant, name: string) => Neighbours | undefined {
  const last = new Map<string, { readonly name: string; readonly haplotypes: number }>();
  return (row, name) => {
    const { phaseSet, haplotypes, allelicState, study, input } = row;
    if (phaseSet === undefined || haplotypes === undefined || allelicState !== 'heterozygous') return undefined;
    const key = JSON.stringify([study.id, input, phaseSet]);
    const before = last.get(key);
    last.set(key, { name, haplotypes });
    if (before === undefined) return undefined;
    return { previous: before.name, relation: (before.haplotypes & haplotypes) === 0 ? 'trans' : 'cis' };
  };
}
