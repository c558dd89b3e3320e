import type { DefiningPosition } from './definition.ts';
import type { UnknownAllele } from './observation.ts';

/** Two named alleles, in the order of the definition, and the number of called positions that define them. */
export interface Diplotype {
  readonly alleles: readonly [string, string];
  readonly score: number;
}

/** A defining position without a call, and the alleles that differ from the reference there. */
export interface MissingPosition {
  readonly position: DefiningPosition;
  readonly defines: readonly string[];
}

/** An allele that the sample may or may not have, and the missing positions that would tell. */
export interface UndeterminedAllele {
  readonly allele: string;
  readonly missing: readonly DefiningPosition[];
}

/** An allele found under the lowest-function rule. */
export interface FoundAllele {
  readonly allele: string;
  readonly copies: 1 | 2;
}

/** What every call rests on. */
export interface CallBasis {
  readonly gene: string;
  /** Release of the definitions. */
  readonly version: string;
  /** The positions that had a call. */
  readonly matched: readonly DefiningPosition[];
  readonly missing: readonly MissingPosition[];
  /** Alleles at defining positions that no definition knows. */
  readonly unknown: readonly UnknownAllele[];
  /** Under the lowest-function rule, every allele found besides the reference; the diplotype names two of them. */
  readonly found?: readonly FoundAllele[];
}

/**
 * The call of one gene in one sample.
 *
 * - `called`: the diplotypes that explain the sample best. Several, when nothing tells them apart.
 * - `undetermined`: the answer depends on positions that were not called. `possible` are the diplotypes that would be
 *   called under some genotype at those positions (read without phase there). Never reported as a diplotype.
 * - `unmatched`: every pair of named alleles contradicts the sample; `carried` are its positions that differ from the
 *   reference. Combinations of named alleles on one chromosome (`[*2 + *8]`) are not made up.
 */
export type StarAlleleCall = CallBasis &
  (
    | { readonly outcome: 'called'; readonly diplotypes: readonly Diplotype[] }
    | {
        readonly outcome: 'undetermined';
        readonly possible: readonly Diplotype[];
        readonly undetermined: readonly UndeterminedAllele[];
      }
    | { readonly outcome: 'unmatched'; readonly carried: readonly DefiningPosition[] }
  );
