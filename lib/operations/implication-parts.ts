import type { Observation, ParametersParameter } from '@medplum/fhirtypes';
import { type Basis, implication } from '../fhir/implication.ts';
import { type LeftOut, leftOut } from '../fhir/missing-genotypes.ts';
import type { GenotypeFinding, MissingGenotype } from '../genomics/genotype-finding.ts';
import type { StoredVariant } from '../genomics/variant.ts';
import type { ImplicationQuestion } from './implication-questions.ts';
import { knownGenotypes } from './known-genotypes.ts';
import { askedRows, nameOf, type RowQuestion } from './known-rows.ts';
import { isOfSite, knownSites } from './known-sites.ts';
import { knownVariants } from './known-variants.ts';
import { simpleObservations } from './named-variants.ts';
import type { Ports, Reference, Statements, SubjectView } from './ports.ts';
import { genotypeParts } from './shown-genotypes.ts';
import { specimensOf } from './specimens.ts';

/** Rows whose Observations are made again at a time. */
const ROWS_AT_A_TIME = 1_000;

/** What an answer has found so far, in the order in which it is given: implications first, then what they rest on. */
export interface ImplicationAnswer {
  /** What statements say of the subject's variants, for some thousand rows at a time. @throws CannotAnswerError */
  ofVariants(asked: RowQuestion): AsyncGenerator<readonly ParametersParameter[]>;
  /** What they say of the subject's genotypes. */
  ofGenotypes(question: ImplicationQuestion): AsyncGenerator<readonly ParametersParameter[]>;
  /** The variants, haplotypes and genotypes that implications rest on, each once; and what is left out. */
  findings(unjoined?: LeftOut['unjoined']): AsyncGenerator<readonly ParametersParameter[]>;
}

/** Puts an answer together. Of variants only rows are kept until all implications are given: they may be many. */
export function implicationAnswer(
  view: SubjectView,
  statements: Statements,
  ports: Ports,
  reference: Reference,
): ImplicationAnswer {
  const observationsOf = simpleObservations(view, reference);
  const given = new Set<string>();
  /** The same resource is never repeated in an answer. */
  const once = (name: string, resources: readonly Observation[]): readonly ParametersParameter[] =>
    resources.flatMap((resource) => {
      const id = resource.id ?? '';
      if (given.has(id)) return [];
      given.add(id);
      return [{ name, resource }];
    });
  const variants: StoredVariant[] = [];
  const genotypes: ParametersParameter[] = [];
  const genes: MissingGenotype[] = [];
  const sites: { readonly testId: string; readonly rsids: readonly string[] }[] = [];

  return {
    async *ofVariants(asked) {
      for await (const { assembly, rows } of askedRows(view, asked, statements, ports)) {
        const known = await knownVariants(rows, assembly, statements, reference);
        const ofSites = await knownSites(view, assembly, known, statements, reference, ports);
        for (const { row, rsids } of ofSites.open) sites.push({ testId: row.study.testId, rsids });
        const told = [
          ...known.flatMap(({ row, statements: own }) =>
            own.flatMap((statement) => (isOfSite(statement) ? [] : [{ statement, rows: [row] }])),
          ),
          ...ofSites.known,
        ];
        const distinct = new Map(told.flatMap((one) => one.rows).map((row) => [nameOf(row), row]));
        const observations = await observationsOf([...distinct.values()]);
        const idOf = new Map([...distinct.keys()].map((name, place) => [name, observations[place]?.id]));
        variants.push(...distinct.values());
        yield once(
          'implication',
          told.map(({ statement, rows: basis }) => implication(statement, basisOf(basis, idOf))),
        );
      }
    },

    async *ofGenotypes(question) {
      const { known, missing } = await knownGenotypes(question, statements, ports);
      const specimenOf = specimensOf(view);
      const shown = new Map(
        known.flatMap(({ findings }) => findings).map((one) => [one, genotypeParts([one], specimenOf)]),
      );
      yield once(
        'implication',
        known.map(({ statement, findings }) => implication(statement, basisOfGenotypes(findings, shown))),
      );
      for (const name of ['haplotype', 'genotype']) {
        genotypes.push(
          ...once(
            name,
            [...shown.values()].flat().flatMap((part) => resourceOf(part, name)),
          ),
        );
      }
      genes.push(...missing);
    },

    async *findings(unjoined = []) {
      for (let from = 0; from < variants.length; from += ROWS_AT_A_TIME) {
        yield once('variant', await observationsOf(variants.slice(from, from + ROWS_AT_A_TIME)));
      }
      yield [...genotypes, ...leftOut({ genes, sites, unjoined })];
    },
  };
}

/** @param idOf ids of Observations by `nameOf` the rows */
function basisOf(rows: readonly StoredVariant[], idOf: ReadonlyMap<string, string | undefined>): Basis {
  const [first] = rows;
  const derivedFrom = rows.flatMap((row) => idOf.get(nameOf(row)) ?? []);
  if (first === undefined || derivedFrom.length < rows.length) throw new Error('a row has no Observation');
  return { study: first.study, subject: first.subject, derivedFrom };
}

function basisOfGenotypes(
  findings: readonly GenotypeFinding[],
  shown: ReadonlyMap<GenotypeFinding, readonly ParametersParameter[]>,
): Basis {
  const [first] = findings;
  if (first === undefined) throw new Error('an implication rests on no genotype');
  const { study, subject } = first;
  const resources = findings.flatMap((one) => (shown.get(one) ?? []).flatMap((part) => resourceOf(part, 'genotype')));
  return {
    study,
    subject,
    candidates: Math.max(...findings.map(({ candidates }) => candidates)),
    derivedFrom: resources.flatMap(({ id }) => id ?? []),
  };
}

function resourceOf({ name, resource }: ParametersParameter, wanted: string): readonly Observation[] {
  return name === wanted && resource?.resourceType === 'Observation' ? [resource] : [];
}
