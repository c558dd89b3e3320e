import type { Allele } from '../genomics/allele.ts';
import { ASSEMBLIES, type Assembly, type Chromosome } from '../genomics/assembly.ts';
import { copiesAt } from '../genomics/site-copies.ts';
import type { CalledRow } from '../genomics/star-allele/position-call.ts';
import type { SiteGenotype } from '../knowledge/rows.ts';
import { checkCost } from './costs.ts';
import { baseOf, holds, isOfSite, siteIn, statementsOfRows } from './known-sites.ts';
import type { KnownVariant } from './known-variants.ts';
import type { AskedPopulation } from './population-answers.ts';
import type { CarriedVariant } from './population-carriers.ts';
import { carriersOfKnown } from './population-known-variants.ts';
import { MOST_POSITIONS } from './population-star-alleles.ts';
import type { Implied, Ports, RangeQuestion, Statements } from './ports.ts';
import type { Placed } from './range-questions.ts';
import type { SoughtPlace } from './sought-places.ts';
import { unsettles } from './star-allele-evidence.ts';
import { type SubjectSet, subjectSet } from './subject-set.ts';

/** A base that someone carries, and what statements about genotypes there ask of all copies. */
interface CarriedBase extends Allele {
  readonly chromosome: Chromosome;
  /** By the key of the statement. */
  readonly sites: ReadonlyMap<string, SiteGenotype>;
}

/** Who has an implication of a variant or of a genotype at its place. */
export interface ImpliedCarriers {
  readonly carriers: SubjectSet;
  /** Whether genotypes decide on it: who carries a variant there may have a genotype that nobody could read. */
  readonly ofGenotypes: boolean;
}

/**
 * Everyone with a variant that statements are about, or with a genotype that they are about as a whole; when variants are
 * asked, these or a part of them.
 *
 * @throws UnavailableError, TooCostlyError; CannotAnswerError as for one subject
 */
export async function carriersOfImplied(
  asked: AskedPopulation,
  variants: readonly Placed<SoughtPlace>[] | undefined,
  statements: Statements,
  ports: Ports,
): Promise<ImpliedCarriers> {
  const bases = new Map(ASSEMBLIES.map((assembly) => [assembly, new Map<string, CarriedBase>()]));
  const carriers = await carriersOfKnown(
    asked,
    variants,
    statements,
    ports,
    (statement) => !isOfSite(statement),
    (assembly, known) => addBases(bases.get(assembly), assembly, known),
  );
  for (const [assembly, own] of bases) {
    carriers.add(await carriersOfSites(asked, assembly, [...own.values()], statements, ports));
  }
  return { carriers, ofGenotypes: bases.values().some(({ size }) => size > 0) };
}

/** The bases of carried variants that statements about genotypes of dbSNP variants are about, each once. */
function addBases(
  to: Map<string, CarriedBase> | undefined,
  assembly: Assembly,
  known: readonly KnownVariant<CarriedVariant, Implied>[],
): void {
  for (const { row, statements } of known) {
    const sites = new Map(
      statements.flatMap((statement) => {
        const site = siteIn(assembly, statement);
        return site === undefined ? [] : [[statement.key, site] as const];
      }),
    );
    const base = baseOf(row);
    if (sites.size > 0) to?.set(`${base.chromosome}:${base.start0}:${base.inserted}`, { ...base, sites });
  }
}

/** Everyone of whom a germline input calls a genotype that statements are about, of which one of the bases is part. */
async function carriersOfSites(
  { population, reference, sourceClass }: AskedPopulation,
  assembly: Assembly,
  bases: readonly CarriedBase[],
  statements: Statements,
  ports: Ports,
): Promise<ReadonlySet<number>> {
  const subjects = new Set<number>();
  const germline = population.germline(assembly);
  if (bases.length === 0 || sourceClass === 'somatic') return subjects;
  checkCost(
    germline.sources.length * bases.length,
    MOST_POSITIONS,
    'positions to be looked at',
    'ask for fewer treatments',
    ports,
  );
  const questions = bases.map(
    ({ chromosome, start0, end0 }, index): RangeQuestion => ({ index, chromosome, start0, end0 }),
  );
  const rows = new Map<CalledRow, CalledRow & { readonly chromosome: Chromosome }>();
  const bySource = bases.map(() => new Map<number, CalledRow[]>());
  for (const { index, row, sources } of await germline.calls(questions)) {
    rows.set(row, { ...row, chromosome: bases[index]?.chromosome as Chromosome });
    for (const source of sources) {
      const own = bySource[index]?.get(source);
      if (own === undefined) bySource[index]?.set(source, [row]);
      else own.push(row);
    }
  }
  const unsettled = bases.map(() => subjectSet(population.subjects.length));
  for (const { index, subjects: those, ...row } of await germline.structural(questions)) {
    const base = bases[index];
    if (base !== undefined && unsettles(row, base)) unsettled[index]?.add(those);
  }
  const isKnown = await statementsOfRows([...rows.values()], assembly, statements, reference);
  for (const [index, base] of bases.entries()) {
    for (const [source, there] of bySource[index] ?? []) {
      const { subject } = germline.sources[source] ?? {};
      if (subject === undefined || subjects.has(subject) || unsettled[index]?.has(subject)) continue;
      const called = copiesAt(
        base,
        there.map((row) => rows.get(row) as CarriedRow),
      );
      if (called === undefined || !called.rows.some((row) => baseOf(row).inserted === base.inserted)) continue;
      if ([...base.sites].some(([key, site]) => holds(site, key, called, isKnown))) subjects.add(subject);
    }
  }
  return subjects;
}

type CarriedRow = CalledRow & { readonly chromosome: Chromosome };
