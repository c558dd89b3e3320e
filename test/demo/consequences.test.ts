import type { Observation, Parameters } from '@medplum/fhirtypes';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { loadDemo } from '../../lib/cli/demo.ts';
import { findSubjectMolecularConsequences } from '../../lib/operations/find-subject-molecular-consequences.ts';
import { type TemporaryArchive, temporaryArchive } from '../support/archive.ts';
import { componentTexts } from '../support/implications.ts';
import { ask, responseProblems } from '../support/response.ts';

let archive: TemporaryArchive;
beforeAll(async () => {
  archive = await temporaryArchive();
  await loadDemo(archive);
}, 120_000);
afterAll(() => archive?.remove());

const CODE = findSubjectMolecularConsequences.row.code;

async function consequences(subject: string, input: object): Promise<readonly Observation[]> {
  const body: Parameters = await ask(findSubjectMolecularConsequences, { subject, ...input }, archive.ports);
  expect(responseProblems(CODE, body)).toEqual([]);
  return (body.parameter ?? []).flatMap(({ name, resource }) =>
    name === 'consequence' ? [resource as Observation] : [],
  );
}

function valuesOf(observation: Observation, code: string): readonly string[] {
  const own = (observation.component ?? []).filter(({ code: one }) => one.coding?.[0]?.code === code);
  return own.map(({ valueCodeableConcept: value }) => value?.coding?.[0]?.display ?? value?.coding?.[0]?.code ?? '');
}

const told = (one: Observation): string =>
  [valuesOf(one, '48004-6'), valuesOf(one, 'feature-consequence').join('&'), valuesOf(one, '48005-3')].flat().join(' ');

describe('consequences of the demo, which is not annotated', () => {
  // The changes and their names as ClinVar publishes them (demo/variants.csv). Of the protein only what the demo's few
  // windows of sequence tell.
  it.each([
    ['demo-carrier', 'frameshift_variant', 'NM_000059.4:c.5946del frameshift_variant'],
    ['demo-carrier', 'stop_gained', 'NM_000527.5:c.12G>A stop_gained NP_000518.1:p.(Trp4Ter)'],
    ['demo-melanoma', 'missense_variant', 'NM_004333.6:c.1799T>A missense_variant NP_004324.2:p.(Val600Glu)'],
    ['demo-carrier', 'SO:0001822', 'NM_000492.4:c.1521_1523del inframe_deletion'],
    ['demo-lung', 'SO:0001583', 'NM_005228.5:c.2369C>T coding_sequence_variant'],
  ])('%s: %s', async (subject, term, expected) => {
    expect((await consequences(subject, { featureConsequences: [term] })).map(told)).toContain(expected);
  });

  it('that are not determined say what they may be', async () => {
    const [one] = await consequences('demo-lung', { variants: ['NM_005228.5:c.2369C>T'] });
    expect(one?.note?.[0]?.text).toMatch(
      /^Not determined: whether one of stop_gained, missense_variant, synonymous_variant/,
    );
    expect(await consequences('demo-lung', { featureConsequences: ['frameshift_variant'] })).toEqual([]);
  });

  it('are found in either assembly, by one question', async () => {
    const found = await consequences('demo-carrier', { variants: ['NM_000527.5:c.12G>A'] });
    expect(new Set(found.map(({ partOf }) => partOf?.[0]?.display)).size).toBe(2);
    expect(new Set(found.map(told))).toEqual(new Set(['NM_000527.5:c.12G>A stop_gained NP_000518.1:p.(Trp4Ter)']));
  });

  it('are found by source class, and not by the other', async () => {
    const braf = { variants: ['NM_004333.6:c.1799T>A'] };
    expect((await consequences('demo-melanoma', { ...braf, genomicSourceClass: 'somatic' })).length).toBeGreaterThan(0);
    expect(await consequences('demo-melanoma', { ...braf, genomicSourceClass: 'germline' })).toEqual([]);
  });

  it('of a function are what CPIC says of the allele, in both assemblies', async () => {
    const [one, ...others] = await consequences('demo-cyp2c19', { featureConsequences: ['loss_of_function_variant'] });
    expect(others).toEqual([]);
    expect(one && told(one)).toBe('NM_000367.5:c.719A>G missense_variant NP_000358.1:p.(Tyr240Cys)');
    expect(one && valuesOf(one, 'functional-effect')).toEqual(['loss_of_function_variant']);
    const cohort = { variants: ['NM_000367.5:c.719A>G'], featureConsequences: ['functional_effect_variant'] };
    const [grch37] = await consequences('demo-cohort-2', cohort);
    expect(grch37 && componentTexts(grch37, 'knowledge-base')).toEqual(['CPIC, release demo']);
  });

  it('of a whole subject are those of its ranges, for each term', async () => {
    for (const subject of ['demo-carrier', 'demo-cyp2c19', 'demo-lung', 'demo-cohort-2']) {
      const { studies } = (await archive.ports.studies.subject(subject)) ?? { studies: [] };
      expect(studies.length).toBeGreaterThan(0);
      const every = await consequences(subject, { featureConsequences: ['SO:0001537'] });
      expect(new Set(every.map(({ id }) => id)).size).toBe(every.length);
      for (const term of ['missense_variant', 'splicing_variant', 'intron_variant', 'protein_altering_variant']) {
        const some = await consequences(subject, { featureConsequences: [term] });
        const ids = new Set(some.map(({ id }) => id));
        expect(every.filter(({ id }) => ids.has(id)).map(({ id }) => id)).toHaveLength(some.length);
      }
    }
  });

  it('have ids that differ between subjects', async () => {
    const [one, other] = await Promise.all(
      ['demo-carrier', 'demo-cohort-2'].map((subject) =>
        consequences(subject, { variants: ['NM_000059.4:c.5946del'] }),
      ),
    );
    expect(one?.length).toBeGreaterThan(0);
    expect(other?.length).toBeGreaterThan(0);
    const ids = new Set(one?.map(({ id }) => id));
    expect(other?.filter(({ id }) => ids.has(id))).toEqual([]);
  });
});
