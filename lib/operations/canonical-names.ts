import type { CanonicalAllele } from '../fhir/variant.ts';
import type { Allele } from '../genomics/allele.ts';
import { ifLoaded } from '../genomics/if-loaded.ts';
import { liftAllele } from '../genomics/liftover.ts';
import { normalise } from '../genomics/normalise.ts';
import type { StoredVariant } from '../genomics/variant.ts';
import type { Reference } from './ports.ts';

/**
 * The canonical form of a GRCh37 row's allele: the same change on GRCh38, fully justified there. Stated only where the
 * bases that it replaces were compared with GRCh38's: the two assemblies differ at places, and an unchecked name could
 * be that of another change. Undefined where it does not lift, or what that needs is not loaded.
 *
 * @returns a function of a row, the accession of its chromosome and its trimmed (an insertion or deletion: justified) allele
 * @throws UnavailableError when reference data can't be read
 */
export function canonicalNames({
  sequences,
  chains,
}: Reference): (row: StoredVariant, accession: string, allele: Allele) => Promise<CanonicalAllele | undefined> {
  let opened: ReturnType<typeof openedChains> | undefined;
  const openedChains = () => ifLoaded(() => chains.between('GRCh37', 'GRCh38'));
  return async (row, accession, allele) => {
    if (row.study.assembly !== 'GRCh37') return undefined;
    opened ??= openedChains();
    const index = await opened;
    if (index === undefined) return undefined;
    const lifted = await liftAllele(index, accession, allele, sequences);
    if (!lifted.lifted || lifted.reference !== 'agrees' || lifted.accession === accession) return undefined;
    const normalised = await ifLoaded(() => normalise(lifted.accession, lifted.allele, sequences));
    if (normalised?.reference !== 'agrees') return undefined;
    return { accession: lifted.accession, allele: normalised.allele };
  };
}
