import type { Observation } from '@medplum/fhirtypes';
import { simpleVariant } from '../fhir/variant.ts';
import { type Allele, trim } from '../genomics/allele.ts';
import { sequenceOf } from '../genomics/assembly.ts';
import { representativeChange } from '../genomics/hgvs/representative.ts';
import { ifLoaded } from '../genomics/if-loaded.ts';
import type { Interval } from '../genomics/interval.ts';
import { normalise, slides } from '../genomics/normalise.ts';
import type { Sequences } from '../genomics/ports.ts';
import { justifiedWithin } from '../genomics/same-event.ts';
import type { StatedVariant, StoredVariant } from '../genomics/variant.ts';
import { canonicalNames } from './canonical-names.ts';
import { modelsAround } from './models-around.ts';
import type { ModelsByChromosome } from './models-over.ts';
import type { Reference, SubjectView } from './ports.ts';
import { specimensOf } from './specimens.ts';

/**
 * Makes rows Observations, with the names that the reference data gives them: canonical SPDI (of GRCh38 too for a row
 * of GRCh37) and g., and c. and p. on the transcript that represents the place. What is not loaded is left out.
 *
 * @returns a function of rows and, where they are at hand, the models of their chromosomes
 * @throws UnavailableError when reference data can't be read
 */
export function simpleObservations(
  view: SubjectView,
  reference: Reference,
): (rows: readonly StoredVariant[], at?: ModelsByChromosome) => Promise<readonly Observation[]> {
  const { sequences, transcripts } = reference;
  const specimen = specimensOf(view);
  const modelsAt = modelsAround(transcripts);
  const canonicalOf = canonicalNames(reference);
  return (rows, at) =>
    Promise.all(
      rows.map(async (row) => {
        const allele = trim(row.reportedStart0, row.ref.toUpperCase(), row.alt.toUpperCase());
        const accession = sequenceOf(row.study.assembly, row.chromosome)?.accession ?? '';
        const context = row.normalised ?? (await contextOf(accession, row, allele, sequences));
        const { start0 } = allele;
        const index = at?.get(row.chromosome);
        // Models of some stretches alone may lack one that lies over the first base of a row.
        const models = index?.whole ? index.over({ start0, end0: start0 }) : await modelsAt(accession, start0);
        const change = models.length === 0 ? undefined : await representativeChange(models, allele, context, sequences);
        const justified = slides(allele) ? context && justifiedWithin(allele, context) : allele;
        const canonical = justified && (await canonicalOf(row, accession, justified));
        return simpleVariant(row, specimen(row), { context, change, canonical });
      }),
    );
}

/** The justified interval of a row that was stored without one; undefined where it can't be known or its REF is wrong. */
export async function contextOf(
  accession: string,
  { reportedStart0, ref, alt }: StatedVariant,
  allele: Allele,
  sequences: Sequences,
): Promise<Interval | undefined> {
  if (!slides(allele) || !sequences.has(accession, allele)) return undefined;
  // As reported, so that its anchor is compared with the reference too.
  const end0 = (reportedStart0 + ref.length) as Interval['end0'];
  const reported = { start0: reportedStart0, end0, deleted: ref.toUpperCase(), inserted: alt.toUpperCase() };
  const normalised = await ifLoaded(() => normalise(accession, reported, sequences));
  return normalised?.reference === 'agrees' ? normalised.allele : undefined;
}
