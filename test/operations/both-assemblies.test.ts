import { fc, test } from '@fast-check/vitest';
import type { Observation } from '@medplum/fhirtypes';
import { describe, expect, it } from 'vitest';
import { COMPONENT } from '../../lib/fhir/codes.ts';
import { outcomeOf } from '../../lib/fhir/outcome.ts';
import { type Allele, reverseComplement, trim } from '../../lib/genomics/allele.ts';
import type { Assembly } from '../../lib/genomics/assembly.ts';
import { interbase } from '../../lib/genomics/coordinates.ts';
import { describeGenomic, describeTranscript } from '../../lib/genomics/hgvs/describe.ts';
import { formatHgvs } from '../../lib/genomics/hgvs/format.ts';
import { move, reachOf, slides } from '../../lib/genomics/normalise.ts';
import { findStudyMetadata } from '../../lib/operations/find-study-metadata.ts';
import { findSubjectSpecificVariants } from '../../lib/operations/find-subject-specific-variants.ts';
import { findSubjectVariants } from '../../lib/operations/find-subject-variants.ts';
import type { Ports, Reference } from '../../lib/operations/ports.ts';
import { applied } from '../support/arbitraries.ts';
import { inputOf, simpleRow, span, testOf } from '../support/archive-builder.ts';
import { memoryPorts } from '../support/memory-ports.ts';
import { ask, responseProblems } from '../support/response.ts';
import {
  ACCESSION,
  DIFFERING,
  FEATURES,
  MISSING,
  SEQUENCE,
  START,
  TURNED,
  TURNED_ACCESSION,
  TURNED_START,
  twoAssemblies,
} from '../support/two-assemblies.ts';

const inputs = [inputOf({ sourceClass: 'germline', changeTypes: ['SNV', 'MNV', 'INS', 'DEL', 'DELINS'] })];
const STUDIES = { GRCh37: testOf('old', 'GRCh37', { inputs }), GRCh38: testOf('new', 'GRCh38', { inputs }) } as const;

/** A record by its offset in the stretch of chromosome 1. */
type Placed = readonly [assembly: Assembly, offset: number, ref: string, alt: string];

function holding(records: readonly Placed[], reference: Reference = twoAssemblies()): Ports {
  return memoryPorts({
    subjects: [{ subject: 'HG00403', studies: [STUDIES.GRCh37, STUDIES.GRCh38] }],
    variants: records.map(([assembly, offset, ref, alt]) =>
      simpleRow(STUDIES[assembly], ['1', START[assembly] + offset + 1, ref, alt]),
    ),
    reference,
  });
}

/** The records found for one variant, as `study:position`, or the status and words of the refusal. */
async function found(variant: string, ports: Ports, validated = true): Promise<string> {
  try {
    const body = await ask(findSubjectSpecificVariants, { subject: 'HG00403', variants: [variant] }, ports);
    if (validated) expect(responseProblems('find-subject-specific-variants', body)).toEqual([]);
    const observations = (body.parameter?.[0]?.part ?? []).flatMap(({ resource }) =>
      resource?.resourceType === 'Observation' ? [resource] : [],
    );
    expect(body.parameter?.[0]?.part?.[1]?.valueBoolean).toBe(observations.length > 0);
    return observations.map((one) => one.partOf?.[0]?.identifier?.value).join(' ');
  } catch (error) {
    const { status, body } = outcomeOf(error);
    return `${status} ${body.issue[0]?.diagnostics}`;
  }
}

const spdi = (assembly: Assembly, offset: number, deleted: string | number, inserted: string): string =>
  `${ACCESSION[assembly]}:${START[assembly] + offset}:${deleted}:${inserted}`;

describe('a substitution asked in any way', () => {
  const base = SEQUENCE[500] as string;
  const alt = base === 'T' ? 'G' : 'T';
  const ports = holding([
    ['GRCh37', 500, base, alt],
    ['GRCh38', 500, base, alt],
    ['GRCh38', 501, SEQUENCE[501] as string, 'N'],
  ]);
  // Offset 500 is transcript base 410, and c. starts at base 40.
  const coding = `c.${500 - 190 + 100 - 40 + 1}`;

  it.each([
    spdi('GRCh37', 500, base, alt),
    spdi('GRCh38', 500, base, alt),
    spdi('GRCh38', 500, 1, alt),
    spdi('GRCh37', 498, SEQUENCE.slice(498, 503), `${SEQUENCE.slice(498, 500)}${alt}${SEQUENCE.slice(501, 503)}`),
    `${ACCESSION.GRCh37}:g.${START.GRCh37 + 501}${base}>${alt}`,
    `${ACCESSION.GRCh38}:g.${START.GRCh38 + 501}delins${alt}`,
    `NM_900001.2:${coding}${base}>${alt}`,
    `NM_900001.2(PLUS1):${coding}${base}>${alt}`,
    `${ACCESSION.GRCh37}(NM_900001.2):${coding}${base}>${alt}`,
    `NM_900001.2:n.411${base}>${alt}`,
  ])('%s', async (variant) => expect(await found(variant, ports)).toBe('old new'));

  it('needs only the chains for SPDI and g.', async () => {
    const bare = holding([['GRCh38', 500, base, alt]], twoAssemblies({ windows: [], transcripts: false }));
    expect(await found(spdi('GRCh37', 500, base, alt), bare)).toBe('new');
    expect(await found(spdi('GRCh37', 500, 1, alt), bare)).toBe('new');
    expect(await found(spdi('GRCh37', 500, base, alt === 'G' ? 'C' : 'A'), bare)).toBe('');
  });

  it('needs no chains on a transcript that is aligned to both', async () => {
    const bare = holding([['GRCh37', 500, base, alt]], twoAssemblies({ windows: [], chains: false }));
    expect(await found(`NM_900001.2:${coding}${base}>${alt}`, bare)).toBe('old');
  });
});

describe('a deletion of one unit of a repeat', () => {
  const { offset, unit, copies } = FEATURES.dinucleotide;
  const anchor = SEQUENCE[offset - 1] as string;
  const end = offset + unit.length * copies;
  // In GRCh37 at the left end, in GRCh38 at the right one.
  const ports = holding([
    ['GRCh37', offset - 1, `${anchor}${unit}`, anchor],
    ['GRCh38', end - 3, `${SEQUENCE[end - 3]}${unit}`, SEQUENCE[end - 3] as string],
  ]);
  // c. positions of the last unit.
  const c = (at: number): number => at - 190 + 100 - 40 + 1;

  it.each([
    spdi('GRCh37', offset, unit, ''),
    spdi('GRCh37', offset + 1, 'CA', ''),
    spdi('GRCh37', offset + 4, 2, ''),
    spdi('GRCh38', offset, unit.repeat(copies), unit.repeat(copies - 1)),
    `${ACCESSION.GRCh38}:g.${START.GRCh38 + end - 1}_${START.GRCh38 + end}del`,
    `${ACCESSION.GRCh37}:g.${START.GRCh37 + offset + 1}_${START.GRCh37 + end}AC[${copies - 1}]`,
    `NM_900001.2:c.${c(end - 2)}_${c(end - 1)}del`,
    `NM_900001.2:c.${c(offset)}_${c(offset + 1)}delAC`,
  ])('is found as %s', async (variant) => expect(await found(variant, ports)).toBe('old new'));

  it('is not another one', async () => {
    expect(await found(spdi('GRCh37', offset, 'ACAC', ''), ports)).toBe('');
    expect(await found(`NM_900001.2:c.${c(offset)}del`, ports)).toBe('');
  });

  it('is unknowable, not absent, without the sequence', async () => {
    const bare = holding([['GRCh37', offset - 1, `${anchor}${unit}`, anchor]], twoAssemblies({ windows: [] }));
    expect(await found(spdi('GRCh37', offset, unit, ''), bare)).toBe('old');
    expect(await found(spdi('GRCh37', offset + 2, unit, ''), bare)).toMatch(
      /^422 .* in a repeat it may be stated elsewhere, and the reference sequence NC_000001.10 is not loaded; add it/,
    );
    expect(await found(`NM_900001.2:c.${c(end - 2)}_${c(end - 1)}del`, bare)).toMatch(/^422 .* is not loaded; add it/);
  });

  it('is found by the sequence of the other assembly alone, and missed by neither', async () => {
    const only38 = holding(
      [['GRCh38', end - 3, `${SEQUENCE[end - 3]}${unit}`, SEQUENCE[end - 3] as string]],
      twoAssemblies({ windows: ['GRCh38'] }),
    );
    expect(await found(spdi('GRCh37', offset, unit, ''), only38)).toBe('new');
    expect(await found(spdi('GRCh37', offset, 'ACAC', ''), only38)).toMatch(/^422 /);
  });
});

describe('a question that cannot be asked', () => {
  const ports = holding([]);

  it.each([
    ['NP_900001.1:p.Gly4Ser', /^400 .* protein change/],
    ['NM_900001.2:r.4g>a', /^400 .* RNA change/],
    ['NM_900001.1:c.4A>G', /^422 .* NM_900001.1 is not loaded, loaded are NM_900001.2/],
    ['NM_900009.1:c.4A>G', /^422 .* nor is any other version/],
    ['NM_900001.2:c.9999A>G', /^400 .* beyond|^400 .* behind/],
    [spdi('GRCh37', 500, SEQUENCE[500] === 'A' ? 'C' : 'A', 'T'), /^400 .* the reference has/],
    [spdi('GRCh37', MISSING.offset + 1, SEQUENCE.slice(MISSING.offset + 1, MISSING.offset + 2), 'N'), /^4/],
    ['NC_000001.10:5000:A:T', /^422 .* could not be carried to GRCh38.*no chain/],
  ])('%s', async (variant, words) => expect(await found(variant, ports)).toMatch(words));

  it('has no place where the other assembly has other bases, or none', async () => {
    const base = SEQUENCE[DIFFERING] as string;
    const alt = ['A', 'T'].find((one) => one !== base) as string;
    expect(await found(spdi('GRCh37', DIFFERING, base, alt), ports)).toMatch(/^422 .* has other bases/);
    const gone = SEQUENCE.slice(MISSING.offset, MISSING.offset + 2);
    expect(await found(spdi('GRCh37', MISSING.offset, gone, ''), ports)).toMatch(/^422 .* could not be carried/);
  });

  it('is asked all the same of a subject with results in its own assembly only', async () => {
    const base = SEQUENCE[DIFFERING] as string;
    const alt = ['A', 'T'].find((one) => one !== base) as string;
    const own = memoryPorts({
      subjects: [{ subject: 'HG00403', studies: [STUDIES.GRCh37] }],
      variants: [simpleRow(STUDIES.GRCh37, ['1', START.GRCh37 + DIFFERING + 1, base, alt])],
      reference: twoAssemblies({ chains: false }),
    });
    expect(await found(spdi('GRCh37', DIFFERING, base, alt), own)).toBe('old');
  });
});

/** Changes of up to three bases, in a repeat more often than elsewhere, away from what differs between assemblies. */
const anyChange = fc
  .record({
    near: fc.constantFrom(200, 300, 400, 205, 310, 412, 550),
    by: fc.integer({ min: -6, max: 6 }),
    deleted: fc.integer({ min: 0, max: 4 }),
    copied: fc.integer({ min: 0, max: 4 }),
    spelled: fc.string({ unit: fc.constantFrom('A', 'C', 'G', 'T'), minLength: 0, maxLength: 3 }),
    copy: fc.boolean(),
  })
  .map(({ near, by, deleted, copied, spelled, copy }): Allele => {
    const start = near + by;
    const bases = SEQUENCE.slice(start, start + deleted);
    const inserted = copy ? SEQUENCE.slice(start, start + deleted + copied) : spelled;
    return trim(interbase(start), bases, inserted);
  })
  .filter(({ deleted, inserted }) => deleted !== inserted);

/** Where a change may be written: how far it slides along (as a share), and how many bases are written around it. */
const writing = fc.record({
  assembly: fc.constantFrom('GRCh37' as const, 'GRCh38' as const),
  slide: fc.double({ min: 0, max: 1, noNaN: true }),
  left: fc.integer({ min: 0, max: 3 }),
  right: fc.integer({ min: 0, max: 3 }),
  notation: fc.constantFrom('spdi', 'length', 'g', 'c'),
});
type Writing = typeof writing extends fc.Arbitrary<infer W> ? W : never;

const REFERENCE = twoAssemblies();
const model = (await REFERENCE.transcripts.models('NM_900001.2')).find(({ assembly }) => assembly === 'GRCh37');

/** The same change at another place of its reach, on chromosome 1 of the assembly, anchored or not. */
async function rewritten(allele: Allele, { assembly, slide, left, right }: Writing): Promise<Allele> {
  const at = (offset: number): Allele['start0'] => interbase(START[assembly] + offset);
  const here = { ...allele, start0: at(allele.start0), end0: at(allele.end0) };
  const reach = slides(allele) ? await reachOf(ACCESSION[assembly], here, REFERENCE.sequences) : { left: 0, right: 0 };
  const moved = move(allele, Math.round(slide * (reach.left + reach.right)) - reach.left);
  const [before, after] = [moved.start0 - left, moved.end0 + right];
  return {
    start0: at(before),
    end0: at(after),
    deleted: SEQUENCE.slice(before, after),
    inserted: SEQUENCE.slice(before, moved.start0) + moved.inserted + SEQUENCE.slice(moved.end0, after),
  };
}

async function asked(allele: Allele, how: Writing): Promise<string> {
  const written = await rewritten(allele, how);
  const { assembly, notation } = how;
  const { start0, deleted, inserted } = written;
  if (notation === 'spdi') return `${ACCESSION[assembly]}:${start0}:${deleted}:${inserted}`;
  if (notation === 'length') return `${ACCESSION[assembly]}:${start0}:${deleted.length}:${inserted}`;
  const in37 = await rewritten(allele, { ...how, assembly: 'GRCh37' });
  const description =
    notation === 'g'
      ? await describeGenomic(ACCESSION[assembly], written, REFERENCE.sequences)
      : model && (await describeTranscript(model, in37, REFERENCE.sequences));
  if (description === undefined) throw new Error('a change within the window has a description');
  return formatHgvs(description);
}

describe('any change, stored and asked in any writing', () => {
  test.prop([anyChange, writing, writing], { numRuns: 300 })('is found', async (change, stored, how) => {
    const { start0, deleted, inserted } = await rewritten(change, { ...stored, left: stored.left + 1 });
    const ports = holding([[stored.assembly, start0 - START[stored.assembly], deleted, inserted]]);
    expect(await found(await asked(change, how), ports, false)).toBe(stored.assembly === 'GRCh37' ? 'old' : 'new');
  });

  test.prop([anyChange, anyChange, writing, writing], { numRuns: 300 })(
    'is found for another change just when both make the same sequence',
    async (change, another, stored, how) => {
      const { start0, deleted, inserted } = await rewritten(change, { ...stored, left: stored.left + 1 });
      const ports = holding([[stored.assembly, start0 - START[stored.assembly], deleted, inserted]]);
      const same = applied(SEQUENCE, change) === applied(SEQUENCE, another);
      expect((await found(await asked(another, how), ports, false)) !== '').toBe(same);
    },
  );
});

describe('a stretch that lies the other way round', () => {
  const { offset, unit, copies } = FEATURES.trinucleotide;
  const there = (from: number): number => TURNED_START.GRCh38 + TURNED.length - from;
  const base = TURNED[450] as string;
  const alt = base === 'T' ? 'G' : 'T';
  const ports = memoryPorts({
    subjects: [{ subject: 'HG00403', studies: [STUDIES.GRCh38] }],
    variants: [
      simpleRow(STUDIES.GRCh38, ['21', there(450), reverseComplement(base), reverseComplement(alt)]),
      // One unit deleted, at the left end of the turned repeat.
      simpleRow(STUDIES.GRCh38, [
        '21',
        there(offset + 15),
        `${reverseComplement(TURNED[offset + 15] as string)}CTG`,
        reverseComplement(TURNED[offset + 15] as string),
      ]),
    ],
    reference: twoAssemblies(),
  });

  it.each([
    `${TURNED_ACCESSION.GRCh37}:${TURNED_START.GRCh37 + 450}:${base}:${alt}`,
    `${TURNED_ACCESSION.GRCh37}:${TURNED_START.GRCh37 + offset}:${unit}:`,
    `${TURNED_ACCESSION.GRCh37}:g.${TURNED_START.GRCh37 + offset + 1 + 3 * (copies - 1)}_${TURNED_START.GRCh37 + offset + 3 * copies}del`,
  ])('%s is found', async (variant) => expect(await found(variant, ports)).toBe('new'));

  it('is covered by its range', async () => {
    const range = `${TURNED_ACCESSION.GRCh37}:${TURNED_START.GRCh37 + 450}-${TURNED_START.GRCh37 + 451}`;
    const body = await ask(findSubjectVariants, { subject: 'HG00403', ranges: [range], includeVariants: true }, ports);
    expect(body.parameter?.[0]?.part?.length).toBe(3);
  });
});

describe('ranges of either assembly', () => {
  const base = (offset: number): string => SEQUENCE[offset] as string;
  const alt = (offset: number): string => (base(offset) === 'T' ? 'G' : 'T');
  const ports = holding([
    ['GRCh37', 500, base(500), alt(500)],
    ['GRCh38', 500, base(500), alt(500)],
    // At the same numbers as the GRCh38 range, in GRCh37.
    ['GRCh37', START.GRCh38 - START.GRCh37 + 500, 'A', 'C'],
  ]);

  it.each(['GRCh37', 'GRCh38'] as const)('of %s find the records of both, and each its own place', async (assembly) => {
    const range = `${ACCESSION[assembly]}:${START[assembly] + 490}-${START[assembly] + 510}`;
    const body = await ask(findSubjectVariants, { subject: 'HG00403', ranges: [range], includeVariants: true }, ports);
    expect(responseProblems('find-subject-variants', body)).toEqual([]);
    const places = (body.parameter?.[0]?.part ?? []).flatMap(({ resource }) =>
      resource?.resourceType === 'Observation'
        ? [resource.component?.find(({ valueRange }) => valueRange)?.valueRange?.low?.value]
        : [],
    );
    expect(places).toEqual([START.GRCh37 + 500, START.GRCh38 + 500]);
  });

  it('refuse what has no place', async () => {
    const prepared = findSubjectVariants.prepare({ subject: 'HG00403', ranges: ['NC_000001.10:5000-6000'] }, ports);
    await expect(prepared).rejects.toThrow(/could not be carried to GRCh38, .* no chain reaches this base/);
  });

  it('are widened where an end has no place', async () => {
    const from = START.GRCh37 + MISSING.offset + 1;
    const input = { subject: 'HG00403', ranges: [`${ACCESSION.GRCh37}:${from}-${from + 2}`] };
    expect((await ask(findSubjectVariants, input, ports)).parameter?.[0]?.part?.[1]?.valueBoolean).toBe(false);
  });

  it('tell each test its own regions', async () => {
    const bed = [inputOf({ studiedRegions: true, changeTypes: ['SNV'] })];
    const studies = [testOf('old', 'GRCh37', { inputs: bed }), testOf('new', 'GRCh38', { inputs: bed })] as const;
    const regions = (['GRCh37', 'GRCh38'] as const).map((assembly) => ({
      study: assembly === 'GRCh37' ? 'old' : 'new',
      input: 0,
      kind: 'studied' as const,
      chromosome: '1' as const,
      regions: [span(START[assembly] + 100, START[assembly] + 200)],
    }));
    const both = memoryPorts({ subjects: [{ subject: 'HG00403', studies }], regions, reference: twoAssemblies() });
    const ranges = [`${ACCESSION.GRCh37}:${START.GRCh37 + 150}-${START.GRCh37 + 300}`];
    const body = await ask(findStudyMetadata, { subject: 'HG00403', ranges }, both);
    const studied = body.parameter?.map(({ part }) => part?.find(({ name }) => name === 'regionStudied')?.valueString);
    expect(studied).toEqual(["['NC_000001.10:1000150-1000200']", "['NC_000001.11:2000150-2000200']"]);
    const covered = await ask(
      findSubjectVariants,
      { subject: 'HG00403', ranges: [`${ACCESSION.GRCh37}:${START.GRCh37 + 150}-${START.GRCh37 + 160}`] },
      both,
    );
    expect(covered.parameter?.[0]?.extension?.[0]?.valueCode).toBe('covered');
  });
});

describe('the names of what is found', () => {
  const { offset, unit, copies } = FEATURES.dinucleotide;
  const anchor = SEQUENCE[offset - 1] as string;

  async function names(ports: Ports): Promise<Record<string, unknown>> {
    const range = `${ACCESSION.GRCh38}:${START.GRCh38 + offset - 5}-${START.GRCh38 + offset + 5}`;
    const body = await ask(findSubjectVariants, { subject: 'HG00403', ranges: [range], includeVariants: true }, ports);
    expect(responseProblems('find-subject-variants', body)).toEqual([]);
    const observation = body.parameter?.[0]?.part?.[2]?.resource as Observation;
    return Object.fromEntries(
      Object.entries(COMPONENT).flatMap(([name, { code }]) => {
        const found = observation.component?.find((one) => one.code.coding?.[0]?.code === code);
        const value = found?.valueCodeableConcept?.coding?.[0]?.code;
        return /Hgvs|variationCode|RefSeq/.test(name) && value !== undefined ? [[name, value]] : [];
      }),
    );
  }
  const tract = unit.repeat(copies);
  const end = START.GRCh38 + offset + tract.length;
  const last = offset + tract.length - 190 + 100 - 40;

  it('are canonical, on the 3’ side, and on the MANE transcript', async () => {
    const ports = holding([['GRCh38', offset - 1, anchor, `${anchor}${unit}`]]);
    expect(await names(ports)).toMatchObject({
      variationCode: `${ACCESSION.GRCh38}:${START.GRCh38 + offset}:${tract}:${tract}${unit}`,
      genomicHgvs: `${ACCESSION.GRCh38}:g.${end - 1}_${end}dup`,
      representativeCodingHgvs: `NM_900001.2:c.${last - 1}_${last}dup`,
      representativeTranscriptRefSeq: 'NM_900001.2',
      representativeProteinHgvs: expect.stringMatching(/^NP_900001\.1:p\.\([A-Z][a-z]{2}\d+[A-Z][a-z]{2}fsTer/),
      representativeProteinRefSeq: 'NP_900001.1',
    });
  });

  it('are those of the stated allele where no reference is loaded', async () => {
    const ports = holding(
      [['GRCh38', offset - 1, anchor, `${anchor}${unit}`]],
      twoAssemblies({ windows: [], transcripts: false }),
    );
    const at = START.GRCh38 + offset;
    expect(await names(ports)).toEqual({
      genomicRefSeq: ACCESSION.GRCh38,
      variationCode: `${ACCESSION.GRCh38}:${at}::${unit}`,
      genomicHgvs: `${ACCESSION.GRCh38}:g.${at}_${at + 1}ins${unit}`,
    });
  });

  it('come from the stored interval without any sequence', async () => {
    const row = simpleRow(STUDIES.GRCh38, ['1', START.GRCh38 + offset, anchor, `${anchor}${unit}`]);
    const normalised = span(START.GRCh38 + offset, end);
    const ports = memoryPorts({
      subjects: [{ subject: 'HG00403', studies: [STUDIES.GRCh38] }],
      variants: [{ ...row, normalised }],
      reference: twoAssemblies({ windows: [] }),
    });
    const told = await names(ports);
    expect(told).toMatchObject({
      variationCode: `${ACCESSION.GRCh38}:${START.GRCh38 + offset}:${tract}:${tract}${unit}`,
      genomicHgvs: `${ACCESSION.GRCh38}:g.${end - 1}_${end}dup`,
      representativeCodingHgvs: `NM_900001.2:c.${last - 1}_${last}dup`,
    });
    expect(told['representativeProteinHgvs']).toBeUndefined();
  });
});
