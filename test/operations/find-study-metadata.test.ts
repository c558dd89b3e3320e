import { describe, expect, it } from 'vitest';
import { findStudyMetadata } from '../../lib/operations/find-study-metadata.ts';
import { findSubjectVariants } from '../../lib/operations/find-subject-variants.ts';
import type { CoverageValue, RangeQuestion, SubjectView } from '../../lib/operations/ports.ts';
import { inputOf, simpleRow, testOf } from '../support/archive-builder.ts';
import { memoryPorts } from '../support/memory-ports.ts';
import { ask, responseProblems } from '../support/response.ts';

const BED = inputOf({ studiedRegions: true, changeTypes: ['SNV'] });

describe('find-study-metadata', () => {
  it('joins overlapping ranges of a chromosome before it asks', async () => {
    const ports = memoryPorts({
      subjects: [{ subject: 'HG00403', studies: [testOf('T1', 'GRCh38', { inputs: [BED] })] }],
    });
    const asked: RangeQuestion[] = [];
    const regions = async (_view: SubjectView, questions: readonly RangeQuestion[]) => {
      asked.push(...questions);
      return [];
    };
    const ranges = ['NC_000001.11:10-20', 'NC_000002.12:10-20', 'NC_000001.11:15-30', 'NC_000001.11:40-50'];
    const body = await ask(
      findStudyMetadata,
      { subject: 'HG00403', ranges },
      { ...ports, variants: { ...ports.variants, regions } },
    );
    expect(asked.map(({ chromosome, start0, end0 }) => `${chromosome}:${start0}-${end0}`)).toEqual([
      '1:10-30',
      '1:40-50',
      '2:10-20',
    ]);
    const part = body.parameter?.[0]?.part ?? [];
    expect(part.at(-2)).toEqual({ name: 'regionStudied', valueString: '[]' });
    expect(part.at(-1)).toEqual({ name: 'uncallableRegions', valueString: 'unknown' });
  });

  it('asks nothing of regions without ranges', async () => {
    const ports = memoryPorts({
      subjects: [{ subject: 'HG00403', studies: [testOf('T1', 'GRCh38', { inputs: [BED] })] }],
    });
    const regions = async () => {
      throw new Error('was asked');
    };
    const body = await ask(
      findStudyMetadata,
      { subject: 'HG00403' },
      { ...ports, variants: { ...ports.variants, regions } },
    );
    expect(body.parameter?.[0]?.part?.map(({ name }) => name)).toEqual([
      'testId',
      'testDate',
      'genomicBuild',
      'dnaChangeType',
    ]);
  });
});

describe('a test of several specimens', () => {
  const study = testOf('T1', 'GRCh38', {
    inputs: [BED, inputOf({ changeTypes: ['CNV', 'SNV'] })],
    samples: [
      { input: 0, sample: 'A', specimen: 'blood' },
      { input: 1, sample: 'B', specimen: 'tumor' },
      { input: 1, sample: 'C', specimen: 'tumor2' },
    ],
  });
  const ports = memoryPorts({
    subjects: [{ subject: 'HG00403', studies: [study] }],
    variants: [simpleRow(study, ['1', 100, 'A', 'C']), simpleRow(study, ['1', 100, 'A', 'C'], { input: 1 })],
  });

  it('has no specimenId, unless the filters leave one', async () => {
    const partsOf = async (input: object) => {
      const body = await ask(findStudyMetadata, { subject: 'HG00403', ...input }, ports);
      expect(responseProblems('find-study-metadata', body)).toEqual([]);
      const part = body.parameter?.[0]?.part ?? [];
      const types = part.find(({ name }) => name === 'dnaChangeType')?.valueCodeableConcept?.coding?.length;
      return [part.find(({ name }) => name === 'specimenId')?.valueString, types];
    };
    expect(await partsOf({})).toEqual([undefined, 2]);
    expect(await partsOf({ specimenIdentifiers: ['blood'] })).toEqual(['blood', 1]);
  });

  it('names the specimen of a variant only where its input had one', async () => {
    const request = { subject: 'HG00403', ranges: ['NC_000001.11:99-100'], includeVariants: true };
    const specimens = async (input: object) =>
      (await ask(findSubjectVariants, { ...request, ...input }, ports)).parameter?.[0]?.part?.flatMap(({ resource }) =>
        resource?.resourceType === 'Observation' ? [resource.specimen?.identifier?.value] : [],
      );
    expect(await specimens({})).toEqual(['blood', undefined]);
    expect(await specimens({ specimenIdentifiers: ['tumor'] })).toEqual(['tumor']);
  });
});

describe('the coverage by tests of both assemblies', () => {
  it.each<readonly [CoverageValue, CoverageValue, CoverageValue]>([
    ['covered', 'not-covered', 'covered'],
    ['covered', 'unknown', 'covered'],
    ['not-covered', 'partly', 'partly'],
    ['unknown', 'partly', 'partly'],
    ['not-covered', 'unknown', 'unknown'],
    ['not-covered', 'not-covered', 'not-covered'],
    ['unknown', 'unknown', 'unknown'],
  ])('%s and %s is %s', async (old, recent, expected) => {
    const studies = [testOf('old', 'GRCh37'), testOf('new', 'GRCh38')];
    const ports = memoryPorts({ subjects: [{ subject: 'HG00403', studies }] });
    const coverage = async ({ studies: [first] }: SubjectView) => [first?.study.id === 'old' ? old : recent];
    const input = { subject: 'HG00403', ranges: ['NC_012920.1:0-10'] };
    const body = await ask(findSubjectVariants, input, { ...ports, variants: { ...ports.variants, coverage } });
    expect(body.parameter?.[0]?.extension?.[0]?.valueCode).toBe(expected);
  });
});
