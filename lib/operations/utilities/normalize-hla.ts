import { CannotAnswerError, InvalidInputError, NotFoundError } from '../../genomics/errors.ts';
import { readHlaName } from '../../genomics/hla/name.ts';
import { HLA_REDUCTIONS, reduceHla } from '../../genomics/hla/reduce.ts';
import { hlaOf } from '../hla-knowledge.ts';
import type { Utility, UtilityRow } from './utility.ts';

const row = {
  code: 'normalize-hla',
  doc: 'An HLA allele at the levels of py-ard: G and P group, two fields of the antigen recognition domain (lg, lgx), all alleles it may be (W) and these to the third field (exon). U2 and S (serology) are not offered.',
  in: {
    allele: {
      type: 'string',
      min: 1,
      max: '1',
      doc: 'An allele, the beginning of one or a group, such as `B*57:01`, `HLA-A*01:01:01:01` or `A*01:01:01G`.',
    },
  },
  example: { allele: 'HLA-B*57:01:01' },
} as const satisfies UtilityRow;

/** Reductions of one HLA name by the loaded release of IPD-IMGT/HLA; several names of one level are joined by `/`. */
export const normalizeHla: Utility<typeof row> = {
  row,
  async answer({ allele }, _reference, knowledge) {
    const name = readHlaName(allele);
    if (name === undefined) {
      throw new InvalidInputError(`'${allele}' is no HLA allele; write it as B*57:01 or HLA-B*57:01`, 'allele');
    }
    const nomenclature = await hlaOf(knowledge);
    if (nomenclature === undefined) {
      throw new CannotAnswerError(
        "the names of IPD-IMGT/HLA are not loaded; add them with 'genomics knowledge import hla FILES --release NAME'",
        'allele',
      );
    }
    if (nomenclature.alleles(name).length === 0) {
      throw new NotFoundError(`${nomenclature.version} has no allele '${allele}'`, 'allele');
    }
    // As it was asked: with or without the prefix.
    const written = (full: string) => (/^HLA-/i.test(allele.trim()) ? full : full.replace(/^HLA-/, ''));
    const levels = HLA_REDUCTIONS.map((to) => [to, reduceHla(name, to, nomenclature).map(written).join('/')] as const);
    return Object.fromEntries(levels.filter(([, names]) => names !== ''));
  },
};
