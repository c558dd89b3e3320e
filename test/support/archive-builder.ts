import { type AllelicState, type ChangeType, changeTypeOf, trim } from '../../lib/genomics/allele.ts';
import type { Assembly, Chromosome } from '../../lib/genomics/assembly.ts';
import { interbase } from '../../lib/genomics/coordinates.ts';
import type { Interval } from '../../lib/genomics/interval.ts';
import type { SequencedStudy, StudyInput, StudySample, SubjectStudy } from '../../lib/genomics/study.ts';
import type { Call, StoredStructuralVariant, StoredVariant } from '../../lib/genomics/variant.ts';

export function span(start0: number, end0: number): Interval {
  return { start0: interbase(start0), end0: interbase(end0) };
}

/** An input as ingest would describe it. */
export function inputOf(facts: Partial<StudyInput> = {}): StudyInput {
  return {
    checksum: '0'.repeat(64),
    name: 'sample.vcf.gz',
    studiedRegions: false,
    uncallableRegions: false,
    referenceBlocks: false,
    counts: {},
    ...facts,
  };
}

/** A subject's study of variants. */
export type SequencedSubjectStudy = SubjectStudy & { readonly study: SequencedStudy };

/** One test of one subject; `testId` is also the study's id. */
export function testOf(
  testId: string,
  assembly: Assembly,
  facts: {
    readonly testDate?: string;
    readonly inputs?: readonly StudyInput[];
    readonly samples?: readonly StudySample[];
  } = {},
): SequencedSubjectStudy {
  const inputs = facts.inputs ?? [inputOf({ sourceClass: 'germline', changeTypes: ['SNV', 'INS', 'DEL'] })];
  const study: SequencedStudy = {
    id: testId,
    version: 1,
    assembly,
    testId,
    testDate: facts.testDate ?? '2020-07-13',
    inputs,
    subjects: 1,
    committed: '2024-01-01T00:00:00Z',
  };
  return { study, samples: facts.samples ?? inputs.map((_, input) => ({ input, sample: 'S1' })) };
}

/** A VCF record's one ALT, as ingest would store it. @param pos VCF POS, 1-based */
export function simpleRow(
  { study }: SequencedSubjectStudy,
  [chromosome, pos, ref, alt]: readonly [Chromosome, number, string, string],
  facts: Partial<Call> & { readonly input?: number; readonly subject?: string; readonly ids?: string } = {},
): StoredVariant {
  const { start0, end0 } = trim(interbase(pos - 1), ref, alt);
  const { input = 0, subject = 'HG00403', ...call } = facts;
  const row = { kind: 'simple', study, input, subject, chromosome, start0, end0, ref, alt } as const;
  return { ...row, reportedStart0: interbase(pos - 1), ...call };
}

/** A phased heterozygous genotype. */
export function phased(genotype: '0|1' | '1|0', phaseSet: string): Partial<Call> {
  const state: AllelicState = 'heterozygous';
  return { genotype, allelicState: state, phaseSet, haplotypes: genotype === '0|1' ? 2 : 1 };
}

/** A structural record. @param pos VCF POS; the variant starts after this padding base */
export function structuralRow(
  { study }: SequencedSubjectStudy,
  [chromosome, pos, alt, end]: readonly [Chromosome, number, string, number],
  facts: Partial<StoredStructuralVariant> & { readonly changeType?: ChangeType } = {},
): StoredStructuralVariant {
  const interval = span(pos, end);
  const changeType = facts.changeType ?? (/^<([A-Z]+)/.exec(alt)?.[1] as ChangeType | undefined) ?? sequenceType(alt);
  return {
    kind: 'structural',
    study,
    input: 0,
    subject: 'HG00403',
    chromosome,
    reportedStart0: interbase(pos - 1),
    ...interval,
    outer: interval,
    inner: interval,
    imprecise: false,
    ref: 'N',
    alt,
    ...facts,
    changeType,
  };
}

function sequenceType(alt: string): ChangeType {
  return /[[\]]/.test(alt) ? 'BND' : changeTypeOf(trim(interbase(0), 'N', alt));
}
