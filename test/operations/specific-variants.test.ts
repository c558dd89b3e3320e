import { describe, expect, it } from 'vitest';
import { outcomeOf } from '../../lib/fhir/outcome.ts';
import type { Chromosome } from '../../lib/genomics/assembly.ts';
import { findSubjectSpecificVariants } from '../../lib/operations/find-subject-specific-variants.ts';
import type { Ports } from '../../lib/operations/ports.ts';
import { inputOf, simpleRow, testOf } from '../support/archive-builder.ts';
import { memoryPorts } from '../support/memory-ports.ts';
import { ask, responseProblems } from '../support/response.ts';

const STUDY = testOf('T1', 'GRCh38', { inputs: [inputOf({ changeTypes: ['SNV', 'MNV', 'INS', 'DEL', 'DELINS'] })] });

type Record = readonly [Chromosome, number, string, string];

function holding(...records: readonly Record[]): Ports {
  return memoryPorts({
    subjects: [{ subject: 'HG00403', studies: [STUDY] }],
    variants: records.map((record) => simpleRow(STUDY, record)),
  });
}

/** `true`, `false`, or the status and words of the refusal. */
async function presenceOf(variant: string, ports: Ports): Promise<boolean | string> {
  try {
    const body = await ask(findSubjectSpecificVariants, { subject: 'HG00403', variants: [variant] }, ports);
    expect(responseProblems('find-subject-specific-variants', body)).toEqual([]);
    return body.parameter?.[0]?.part?.[1]?.valueBoolean ?? 'no presence';
  } catch (error) {
    const { status, body } = outcomeOf(error);
    return `${status} ${body.issue[0]?.diagnostics}`;
  }
}

// The stretch 1:1000-1009 of the imagined subject's reference is C AAAA G TCTC (1-based 1000 is C).
const SUBSTITUTION: Record = ['1', 1005, 'G', 'T'];
const INSERTION: Record = ['1', 1000, 'C', 'CA'];
const DELETION: Record = ['1', 1005, 'GTC', 'G'];
const REPLACEMENT: Record = ['1', 1004, 'AGT', 'CA'];

describe('find-subject-specific-variants finds', () => {
  it.each<readonly [string, Record]>([
    ['NC_000001.11:1004:G:T', SUBSTITUTION],
    ['nc_000001.11:1004:g:t', SUBSTITUTION],
    ['NC_000001.11:1003:AGT:ATT', SUBSTITUTION],
    ['NC_000001.11:1004:1:T', SUBSTITUTION],
    ['NC_000001.11:g.1005G>T', SUBSTITUTION],
    ['NC_000001.11:g.1005delinsT', SUBSTITUTION],
    ['NC_000001.11:1000::A', INSERTION],
    ['NC_000001.11:1000:AAAA:AAAAA', INSERTION],
    ['NC_000001.11:1000:0:A', INSERTION],
    ['NC_000001.11:g.1000_1001insA', INSERTION],
    ['NC_000001.11:g.1001dupA', INSERTION],
    ['NC_000001.11:1005:TC:', DELETION],
    ['NC_000001.11:1005:2:', DELETION],
    ['NC_000001.11:1005:TCTC:TC', DELETION],
    ['NC_000001.11:g.1006_1007del', DELETION],
    ['NC_000001.11:g.1006_1007delTC', DELETION],
    ['NC_000001.11:g.1006_1007del2', DELETION],
    ['NC_000001.11:1003:AGT:CA', REPLACEMENT],
    ['NC_000001.11:1003:3:CA', REPLACEMENT],
    ['NC_000001.11:g.1004_1006delinsCA', REPLACEMENT],
    ['NC_000001.11:g.1004_1006delAGTinsCA', REPLACEMENT],
    // The record's own REF tells the bases that the text leaves out.
    ['NC_000001.11:g.1004_1005delinsAT', ['1', 1004, 'AG', 'AT']],
  ])('%s in a record %j', async (variant, record) => {
    expect(await presenceOf(variant, holding(record, ['1', 2000, 'A', 'C']))).toBe(true);
  });

  it('an insertion anywhere in the repeat that the context shows', async () => {
    // Not left-aligned: stated after the last A.
    expect(await presenceOf('NC_000001.11:1000:AAAA:AAAAA', holding(['1', 1004, 'A', 'AA']))).toBe(true);
  });
});

describe('find-subject-specific-variants knows the absence of', () => {
  it.each([
    ['a substitution', 'NC_000001.11:1004:G:C'],
    ['one base of unstated by one base', 'NC_000001.11:1004:1:C'],
    ['several bases by others', 'NC_000001.11:1003:AG:CT'],
    ['a replacement', 'NC_000001.11:1003:AGT:GA'],
    ['no change', 'NC_000001.11:1004:G:G'],
    ['no change in HGVS', 'NC_000001.11:g.1005='],
  ])('%s', async (_what, variant) => {
    expect(await presenceOf(variant, holding(SUBSTITUTION, INSERTION, DELETION, REPLACEMENT))).toBe(false);
  });

  it.each(['NC_000001.11:1000::A', 'NC_000001.11:g.1001dup', 'NC_000001.11:g.1001_1003inv'])(
    'everything, %s too, in a subject without results',
    async (variant) => {
      const ports = memoryPorts({ subjects: [{ subject: 'HG00403', studies: [] }] });
      expect(await presenceOf(variant, ports)).toBe(false);
    },
  );
});

describe('find-subject-specific-variants refuses as unknowable without a reference', () => {
  it.each([
    ['an insertion', 'NC_000001.11:1001::A', /^422 .* in a repeat it may be stated elsewhere/],
    ['a deletion by its bases', 'NC_000001.11:1007:TC:', /^422 .* in a repeat/],
    ['a deletion by its length', 'NC_000001.11:1007:2:', /^422 .* in a repeat/],
    ['a deletion in HGVS', 'NC_000001.11:g.1008_1009del', /^422 .* in a repeat/],
    ['unstated bases replaced', 'NC_000001.11:1003:3:CC', /^422 .* leaves out the bases it replaces/],
    ['a duplication of unstated bases', 'NC_000001.11:g.1001dup', /^422 .* only the reference sequence tells/],
    ['an inversion', 'NC_000001.11:g.1001_1003inv', /^422 .* only the reference sequence tells/],
    ['a repeat', 'NC_000001.11:g.1001A[6]', /^422 .* only the reference sequence tells/],
    ['a change of a transcript', 'NM_000038.6:c.55G>T', /^422 .* no transcripts are loaded; add them with/],
  ])('%s', async (_what, variant, words) => {
    expect(await presenceOf(variant, holding(SUBSTITUTION, INSERTION, DELETION, REPLACEMENT))).toMatch(words);
  });
});

describe('find-subject-specific-variants refuses as malformed', () => {
  it.each([
    ['rs429358', /^400 .* neither HGVS nor SPDI/],
    ['NP_004324.2:p.Val600Glu', /^400 .* protein/],
    ['NC_000001.11:1:A', /^400 /],
    ['NC_000001.11:x:A:T', /^400 .* is not SPDI/],
    ['NM_000038.6:54:G:T', /^400 .* not on a chromosome/],
    ['NC_000001.12:1:A:T', /^400 .* not on a chromosome/],
    ['NC_000001.11:248956422:A:T', /^400 .* beyond the end of the chromosome, which has 248956422 bases/],
    ['NC_000001.11:g.248956423A>T', /^400 .* beyond the end/],
    ['NC_000001.11:m.5A>T', /^400 .* mitochondrion/],
  ])('%s', async (variant, words) => {
    expect(await presenceOf(variant, holding(SUBSTITUTION))).toMatch(words);
  });
});

describe('several variants in one request', () => {
  it('are answered in order, each with its own rows', async () => {
    const variants = [
      'NC_000001.11:1999:A:C',
      'NC_000001.11:1004:G:T',
      'NC_000001.11:1004:G:C',
      'NC_000001.11:1004:1:T',
    ];
    const ports = holding(SUBSTITUTION, ['1', 2000, 'A', 'C']);
    const body = await ask(findSubjectSpecificVariants, { subject: 'HG00403', variants }, ports);
    const groups = body.parameter?.map(({ part = [] }) => [
      part[0]?.valueString,
      part[1]?.valueBoolean,
      part.length - 2,
    ]);
    expect(groups).toEqual(variants.map((variant, place) => [variant, place !== 2, place === 2 ? 0 : 1]));
  });
});
