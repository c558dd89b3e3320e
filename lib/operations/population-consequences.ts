import { ASSEMBLIES } from '../genomics/assembly.ts';
import { interbase } from '../genomics/coordinates.ts';
import { CannotAnswerError } from '../genomics/errors.ts';
import { modelsOf, nearModels, wholeGenome } from './consequence-rows.ts';
import { type AskedTerms, answers } from './consequence-terms.ts';
import { checkCost } from './costs.ts';
import { tellsConsequences, toldBy } from './known-consequences.ts';
import { merged } from './known-rows.ts';
import type { ModelsByChromosome } from './models-over.ts';
import { type AskedPopulation, ofClass } from './population-answers.ts';
import { type CarriedVariant, carriedVariants } from './population-carriers.ts';
import { carriersOfKnown } from './population-known-variants.ts';
import type { Knowledge, Ports } from './ports.ts';
import type { Place, Placed } from './range-questions.ts';
import type { SoughtPlace } from './sought-places.ts';
import { type SubjectSet, subjectSet } from './subject-set.ts';
import { mayHold } from './subject-view.ts';
import { hasConsequence } from './told-consequences.ts';

/** Rows of variants that one request may go through for a consequence alone. */
const MOST_ROWS = 20_000_000;

/**
 * Refuses what would be too small a count only because nothing could tell, as for one subject.
 *
 * @throws CannotAnswerError
 */
export function checkEveryonesTranscripts(
  { population, reference: { transcripts }, sourceClass }: AskedPopulation,
  terms: AskedTerms | undefined,
): void {
  for (const input of population.inputs) {
    const { assembly, annotated } = input;
    if (assembly === undefined || annotated || !ofClass(input, sourceClass) || !mayHold(input, 'simple')) continue;
    if (terms?.computed !== false && !transcripts.assemblies.includes(assembly)) {
      throw new CannotAnswerError(
        `files of some tests state no consequences of their variants, and no transcript models of ${assembly} are loaded to compute them; add RefSeq GFF3, cdot JSON or MANE with 'genomics reference add --transcripts FILE'`,
      );
    }
    if (terms?.stated !== undefined) {
      throw new CannotAnswerError(
        `'${terms.stated}' is not computed here, and files of some tests state no consequences`,
        'featureConsequences',
      );
    }
  }
}

/** Everyone with one of the variants that has a consequence that answers. @throws UnavailableError */
export async function carriersByVariants(
  asked: AskedPopulation,
  variants: readonly Placed<SoughtPlace>[],
  terms: AskedTerms | undefined,
): Promise<SubjectSet> {
  const subjects = subjectSet(asked.population.subjects.length);
  for (const assembly of ASSEMBLIES) {
    for await (const carried of carriedVariants(variants, assembly, asked, 'told')) {
      const places = merged(carried.map(placeOf));
      await addCarriers(carried, await modelsOf(assembly, places, asked.reference), terms, asked, subjects);
    }
  }
  return subjects;
}

/**
 * Everyone with any variant that has one of the consequences: each allele is looked at once, however many carry it, and
 * those that files say nothing of only where transcripts are.
 *
 * @throws UnavailableError, TooCostlyError
 */
export async function carriersByTerms(asked: AskedPopulation, terms: AskedTerms, ports: Ports): Promise<SubjectSet> {
  const { population, reference, sourceClass } = asked;
  const genomes = ASSEMBLIES.map((assembly) => ({ assembly, questions: merged(wholeGenome(assembly)) }));
  const cost = genomes.reduce((sum, one) => sum + population.rowsNear({ ...one, sourceClass }), 0);
  checkCost(cost, MOST_ROWS, 'rows of variants to be read', 'name variants', ports);
  const subjects = subjectSet(population.subjects.length);
  for (const { assembly, questions } of genomes) {
    for (const question of questions) {
      const { chromosome } = question;
      const one = { assembly, sourceClass };
      if (population.rowsNear({ ...one, questions: [question] }) === 0) continue;
      for await (const stated of population.alleles({ ...one, questions: [question], stated: [...terms.codes] })) {
        for (const allele of stated) subjects.add(allele.subjects);
      }
      if (!terms.computed) continue;
      const models = await modelsOf(assembly, [question], reference);
      const near = nearModels([question], models, terms);
      if (near.length === 0) continue;
      for await (const silent of population.alleles({ ...one, questions: near, stated: 'nothing' })) {
        const carried = silent.map(({ index: _, ...allele }) => ({ ...allele, assembly, chromosome }));
        await addCarriers(carried, models, terms, asked, subjects);
      }
    }
  }
  return subjects;
}

/** Everyone with a variant, one of some if these are given, of which loaded statements say what answers. */
export async function carriersByStatements(
  asked: AskedPopulation,
  variants: readonly Placed<SoughtPlace>[] | undefined,
  terms: AskedTerms | undefined,
  knowledge: Knowledge,
  ports: Ports,
): Promise<SubjectSet> {
  if (!tellsConsequences(knowledge)) return subjectSet(asked.population.subjects.length);
  const statements = await knowledge.about('mc', {});
  return carriersOfKnown(asked, variants, statements, ports, (one) => toldBy(one, terms).length > 0);
}

/** Alleles whose consequences are computed at a time. */
const AT_A_TIME = 256;

/** Adds the carriers of alleles that answer. What only those carry who are there already is not looked at. */
async function addCarriers(
  carried: readonly CarriedVariant[],
  models: ModelsByChromosome,
  terms: AskedTerms | undefined,
  { reference }: AskedPopulation,
  into: SubjectSet,
): Promise<void> {
  for (let from = 0; from < carried.length; from += AT_A_TIME) {
    const some = carried.slice(from, from + AT_A_TIME);
    const open = some.filter(({ subjects }) => subjects.some((subject) => !into.has(subject)));
    const told = await Promise.all(
      open.map((one) =>
        one.stated === undefined
          ? hasConsequence(one, one.assembly, models, terms, reference)
          : answers(terms, one.stated),
      ),
    );
    open.forEach(({ subjects }, place) => {
      if (told[place]) into.add(subjects);
    });
  }
}

/** Everywhere an allele may lie, with the bases on both of its sides. */
function placeOf({ chromosome, reportedStart0, ref, normalised }: CarriedVariant): Place {
  const start0 = Math.min(reportedStart0, normalised?.start0 ?? reportedStart0);
  const end0 = Math.max(reportedStart0 + ref.length, normalised?.end0 ?? 0);
  return { chromosome, start0: interbase(Math.max(0, start0 - 1)), end0: interbase(end0 + 1) };
}
