import type { Extension } from '@medplum/fhirtypes';
import type { MissingGenotype } from '../genomics/genotype-finding.ts';
import { formatRange } from '../genomics/interval.ts';
import { STAR_ALLELE_CALL } from './canonical.ts';

/** The extension that says why a gene has no genotype: what is missing must look missing. */
export function starAlleleCall({ gene, testId, outcome, definitions, missing }: MissingGenotype): Extension {
  return {
    url: STAR_ALLELE_CALL,
    extension: [
      { url: 'gene', valueString: gene },
      ...(testId === undefined ? [] : [{ url: 'test', valueString: testId }]),
      { url: 'outcome', valueCode: outcome },
      ...(definitions === undefined ? [] : [{ url: 'definitions', valueString: definitions }]),
      ...missing.map(({ rsid, ...position }) => ({
        url: 'missing',
        valueString: rsid === undefined ? formatRange(position) : `${formatRange(position)} ${rsid}`,
      })),
    ],
  };
}
