import { readFileSync } from 'node:fs';
import { gunzipSync } from 'node:zlib';
import { fc, test } from '@fast-check/vitest';
import { describe, expect, it } from 'vitest';
import { InvalidInputError } from '../../lib/genomics/errors.ts';
import { formatHgvs } from '../../lib/genomics/hgvs/format.ts';
import { looksLikeHgvs, parseHgvs } from '../../lib/genomics/hgvs/parse.ts';
import type { HgvsEdit, HgvsPosition, HgvsVariant } from '../../lib/genomics/hgvs/variant.ts';
import { hasRealData, realFile } from '../support/real-data.ts';
import { tally } from '../support/tally.ts';

const position = (datum: HgvsPosition['datum'], base: number, offset = 0): HgvsPosition => ({ datum, base, offset });

describe('what is read', () => {
  it.each([
    [
      'NC_000007.14:g.140753336A>T',
      { start: position('start', 140_753_336), edit: { kind: 'substitution', deleted: 'A', inserted: 'T' } },
    ],
    ['NC_012920.1:m.3243A>G', { coordinates: 'm' }],
    ['NM_000527.5:c.-55-1G>A', { start: position('cds-start', -55, -1) }],
    ['NM_000527.5:c.55+1_56-2del', { start: position('cds-start', 55, 1), end: position('cds-start', 56, -2) }],
    ['NM_000527.5:c.*55del', { start: position('cds-end', 55), edit: { kind: 'deletion', deleted: undefined } }],
    ['NM_000527.5:c.*55+3dupA', { start: position('cds-end', 55, 3), edit: { kind: 'duplication', duplicated: 'A' } }],
    ['NR_046018.2:n.9-3A>T', { coordinates: 'n', start: position('start', 9, -3) }],
    ['NC_000001.11:g.5_8del4', { edit: { kind: 'deletion', deleted: 4 } }],
    ['NC_000001.11:g.5_6inv', { edit: { kind: 'inversion', inverted: undefined } }],
    ['NC_000001.11:g.5_6insacgt', { edit: { kind: 'insertion', inserted: 'ACGT' } }],
    ['NC_000001.11:g.5_6insCA[3]', { edit: { kind: 'insertion', inserted: 'CACACA' } }],
    ['NC_000001.11:g.5_6delACinsT', { edit: { kind: 'delins', deleted: 'AC', inserted: 'T' } }],
    ['NC_000001.11:g.5delinsTT', { edit: { kind: 'delins', deleted: undefined, inserted: 'TT' } }],
    ['NM_000044.6:c.171GCA[23]', { edit: { kind: 'repeat', units: [{ bases: 'GCA', count: 23 }] } }],
    ['NM_000044.6:c.171_173[23]', { edit: { kind: 'repeat', units: [{ bases: undefined, count: 23 }] } }],
    [
      'NC_000001.11:g.5_16CA[3]TA[2]',
      {
        edit: {
          kind: 'repeat',
          units: [
            { bases: 'CA', count: 3 },
            { bases: 'TA', count: 2 },
          ],
        },
      },
    ],
    ['NM_000527.5:c.1802=', { edit: { kind: 'identity', unchanged: undefined } }],
    ['NM_000130.5(F5):c.3288A>G (p.Ser1096=)', { accession: 'NM_000130.5', gene: 'F5' }],
    ['NC_000023.11(NM_004006.2):c.10G>A', { accession: 'NC_000023.11', transcript: 'NM_004006.2' }],
    [' nm_000527.5:c.12G>A ', { accession: 'NM_000527.5' }],
  ])('%s', (text, expected) => {
    expect(parseHgvs(text)).toMatchObject(expected);
  });

  it.each([
    // Legal HGVS that does not say which bases of DNA change: the reason is named.
    ['NP_000130.1:p.Arg506Gln', /protein change/],
    ['NP_000130.1:p.(Arg506Gln)', /protein change/],
    ['NP_000130.1:p.?', /protein change/],
    ['NP_000130.1:p.Gly25Trpfs*10', /protein change/],
    ['NM_000130.5:r.76a>u', /RNA change/],
    ['NM_000130.5:c.(4_6)A>T', /uncertain/],
    ['NC_000001.11:g.(?_100)_(200_?)del', /uncertain/],
    ['NC_000001.11:g.100_(200_300)del', /uncertain/],
    ['NC_000001.11:g.?_200del', /unknown/],
    ['NM_000130.5:c.76+?_77-1del', /unknown/],
    ['NM_000130.5:c.[76A>C;83G>C]', /several changes/],
    ['NM_000130.5:c.76A>C;83G>C', /several changes/],
    ['NM_000130.5:c.76=/A>C', /mosaic/],
    ['NC_000001.11:g.5_6ins10', /not stated/],
    ['NC_000001.11:g.5_6ins(5_10)', /not stated/],
    ['NC_000001.11:g.5_6insN[10]', /unknown/],
    ['NC_000001.11:g.5_6insNC_000002.12:g.1_10', /another sequence/],
    ['NC_000001.11:g.5_6ins[A;G]', /several parts/],
    ['NC_000001.11:g.5_8conNC_000002.12:g.1_4', /conversion/],
    ['NC_000001.11:g.5_8copy2', /copy number/],
    ['NC_000001.11:g.5CA[(3_9)]', /uncertain/],
    ['NC_000001.11:g.5CA[3_9]', /uncertain/],
    ['NC_000001.11:g.5A>?', /which base/],
    ['NC_000001.11:g.5_8|gom', /'>', '=' or a number|a change such as/],
    ['NC_000001.11:g.pter_100del', /chromosome arm/],
    ['NM_000130:c.76A>C', /has no version/],
    ['NC_000001.11:g.5insA', /two neighbouring positions/],
    ['NC_000001.11:g.5_6A>T', /one position/],
    ['NC_000001.11:g.5AC>T', /one base by one/],
    // No HGVS: the place is named.
    ['NC_000001.11:g.', /counted from 1 was expected at character 16, not the end/],
    ['NC_000001.11:g.0A>T', /character 16/],
    ['NC_000001.11:g.*5A>T', /character 16/],
    ['NC_000001.11:g.5+1A>T', /character 17/],
    ['NC_000001.11:g.5A>U', /bases .* was expected at character 19, not 'U'/],
    ['NC_000001.11:g.5A>Tx', /the end was expected at character 20/],
    ['NC_000001.11:x.5A>T', /g\., m\., c\. or n\. was expected at character 14/],
    ['NC_000001.11.2:g.5A>T', /one version number/],
    ['BRAF V600E', /an accession/],
    ['', /an accession .* not the end/],
  ])('%s is refused with the reason', (text, reason) => {
    expect(() => parseHgvs(text, 'variants[2]')).toThrow(reason);
    expect(() => parseHgvs(text)).toThrow(InvalidInputError);
    try {
      parseHgvs(text, 'variants[2]');
    } catch (error) {
      expect((error as InvalidInputError).expression).toBe('variants[2]');
    }
  });

  it('is told from SPDI', () => {
    expect(looksLikeHgvs('NM_000527.5:c.12G>A')).toBe(true);
    expect(looksLikeHgvs('NP_000518.1:p.Gly4=')).toBe(true);
    expect(looksLikeHgvs('NC_000019.10:11089559:G:A')).toBe(false);
  });
});

describe('laws', () => {
  const bases = fc.string({ unit: fc.constantFrom('A', 'C', 'G', 'T'), minLength: 1, maxLength: 12 });
  const offset = fc.oneof(fc.constant(0), fc.integer({ min: -999, max: 999 }));
  const natural = fc.integer({ min: 1, max: 240_000_000 });
  const positionOf = (coordinates: HgvsVariant['coordinates']): fc.Arbitrary<HgvsPosition> => {
    if (coordinates === 'g' || coordinates === 'm') return natural.map((base) => position('start', base));
    if (coordinates === 'n') return fc.tuple(natural, offset).map(([base, into]) => position('start', base, into));
    return fc
      .tuple(fc.constantFrom('cds-start' as const, 'cds-end' as const), natural, fc.boolean(), offset)
      .map(([datum, base, negative, into]) => position(datum, negative && datum === 'cds-start' ? -base : base, into));
  };
  const edit: fc.Arbitrary<HgvsEdit> = fc.oneof(
    fc.constantFrom('A', 'C', 'G', 'T').map((deleted): HgvsEdit => ({ kind: 'substitution', deleted, inserted: 'A' })),
    fc.constant<HgvsEdit>({ kind: 'deletion', deleted: undefined }),
    fc.constant<HgvsEdit>({ kind: 'duplication', duplicated: undefined }),
    fc.constant<HgvsEdit>({ kind: 'inversion', inverted: undefined }),
    bases.map((inserted): HgvsEdit => ({ kind: 'insertion', inserted })),
    bases.map((inserted): HgvsEdit => ({ kind: 'delins', deleted: undefined, inserted })),
    fc.option(bases, { nil: undefined }).map((unchanged): HgvsEdit => ({ kind: 'identity', unchanged })),
    fc
      .array(fc.record({ bases, count: fc.integer({ min: 1, max: 99 }) }), { minLength: 1, maxLength: 3 })
      .map((units): HgvsEdit => ({ kind: 'repeat', units })),
  );
  const variant: fc.Arbitrary<HgvsVariant> = fc
    .constantFrom('g' as const, 'm' as const, 'c' as const, 'n' as const)
    .chain((coordinates) => fc.tuple(fc.constant(coordinates), positionOf(coordinates), positionOf(coordinates), edit))
    .map(([coordinates, start, end, change]) => ({
      accession: coordinates === 'g' ? 'NC_000001.11' : 'NM_000527.5',
      coordinates,
      start,
      end: change.kind === 'substitution' ? start : end,
      edit: change,
    }))
    // Neither an insertion nor an inversion may name one base only.
    .filter(
      ({ start, end, edit: { kind } }) =>
        (kind !== 'insertion' && kind !== 'inversion') || JSON.stringify(start) !== JSON.stringify(end),
    );

  test.prop([variant])('what is written is read back', (one) => {
    expect(parseHgvs(formatHgvs(one))).toEqual(one);
  });

  test.prop([fc.string({ unit: fc.constantFrom(...'NC_0123.:gcnm+-*>=[]()delinsupv?ACGT;'), maxLength: 40 })])(
    'any text is read or refused, never anything else',
    (text) => {
      try {
        const read = parseHgvs(`NM_000527.5:c.${text}`);
        expect(parseHgvs(formatHgvs(read))).toMatchObject({ start: read.start, end: read.end });
      } catch (error) {
        expect(error).toBeInstanceOf(InvalidInputError);
      }
    },
  );
});

describe.skipIf(!hasRealData)('tables of HGVS descriptions', () => {
  const text = (path: string): string => {
    const raw = readFileSync(realFile(`11_hgvs_spdi_vrs/${path}`));
    return (raw[0] === 0x1f ? gunzipSync(raw) : raw).toString('utf8');
  };
  const lines = (path: string): string[] =>
    text(path)
      .split('\n')
      .filter((line) => line.trim() !== '' && !line.startsWith('#'));

  /** `read` or why not. */
  const outcome = (description: string): 'read' | 'refused' | 'no HGVS' => {
    try {
      parseHgvs(description);
      return 'read';
    } catch (error) {
      return (error as Error).message.includes("can't be looked up") ? 'refused' : 'no HGVS';
    }
  };

  /** Rules of the table that can be put into a whole description, and how. */
  const WHOLE: Readonly<Record<string, (part: string) => string>> = {
    ...Object.fromEntries(
      ['dna_del', 'dna_dup', 'dna_ident', 'dna_inv', 'dna_copy', 'dna_con'].map((rule) => [
        rule,
        (part: string) => `NC_000001.11:g.5_8${part}`,
      ]),
    ),
    dna_subst: (part) => `NC_000001.11:g.5${part}`,
    dna_ins: (part) => `NC_000001.11:g.5_6${part}`,
    dna_delins: (part) => `NC_000001.11:g.5_8${part}`,
    dna_edit: (part) => `NC_000001.11:g.${part.includes('>') ? '5' : '5_6'}${part}`,
    ...Object.fromEntries(
      ['c_interval', 'def_c_interval', 'c_pos', 'def_c_pos', 'uncertain_c_interval'].map((rule) => [
        rule,
        (part: string) => `NM_000527.5:c.${part}del`,
      ]),
    ),
    ...Object.fromEntries(
      ['g_interval', 'def_g_interval', 'g_pos', 'def_g_pos', 'uncertain_g_interval'].map((rule) => [
        rule,
        (part: string) => `NC_000001.11:g.${part}del`,
      ]),
    ),
    ...Object.fromEntries(
      ['n_interval', 'def_n_interval', 'n_pos', 'def_n_pos', 'uncertain_n_interval'].map((rule) => [
        rule,
        (part: string) => `NR_046018.2:n.${part}del`,
      ]),
    ),
    ...Object.fromEntries(
      ['m_interval', 'def_m_interval', 'm_pos', 'def_m_pos'].map((rule) => [
        rule,
        (part: string) => `NC_012920.1:m.${part}del`,
      ]),
    ),
    ...Object.fromEntries(
      ['c', 'g', 'm', 'n', 'r', 'p'].map((type) => [
        `${type}_posedit`,
        (part: string) => `NM_000527.5:${type}.${part}`,
      ]),
    ),
    ...Object.fromEntries(
      ['c', 'g', 'm', 'n', 'r', 'p'].map((type) => [`${type}_typed_posedit`, (part: string) => `NM_000527.5:${part}`]),
    ),
    ...Object.fromEntries(
      ['c', 'g', 'm', 'n', 'r', 'p', 'hgvs'].map((type) => [`${type}_variant`, (part: string) => part]),
    ),
  };

  it('biocommons grammar: what is valid is read, or refused with its reason; what is not is never read', () => {
    const count = tally();
    for (const line of lines('hgvs_grammar_test.tsv').slice(1)) {
      const [rule = '', inputs = '', valid = '', kind = ''] = line.split('\t');
      const whole = WHOLE[rule];
      for (const part of kind === 'list' ? inputs.split('|') : [inputs]) {
        const row = `${rule} ${part}`;
        if (whole === undefined) {
          count.skip('a rule for a part of a description that has no place here (protein, RNA, letters, numbers)', row);
          continue;
        }
        const got = outcome(whole(part));
        const isValid = valid.toLowerCase() === 'true';
        // A description that is refused for its reason may still be no HGVS: protein and RNA are not read further.
        if (isValid ? got !== 'no HGVS' : got !== 'read') count.pass();
        else if (rule.endsWith('_pos') && part.includes('_'))
          count.skip('two positions, which a whole description may have', row);
        else count.differ(`${row} (${valid})`, got);
      }
    }
    count.print('biocommons grammar');
    expect(count.differing).toEqual([]);
    expect(count.passed).toBeGreaterThan(240);
  });

  it('gauntlet: every line is read or refused with its reason', () => {
    const count = tally();
    for (const line of lines('hgvs_gauntlet.txt')) {
      const got = outcome(line);
      if (got === 'no HGVS') count.differ(line, got);
      else if (got === 'read') count.pass();
      else count.skip('legal, but says not which DNA changes (p., r., a range of positions for one base)', line);
    }
    for (const line of text('hgvs_gauntlet.txt')
      .split('\n')
      .filter((one) => one.startsWith('#- '))) {
      if (outcome(line.slice(3)) === 'no HGVS') count.pass();
      else count.differ(line, 'read');
    }
    count.print('biocommons gauntlet');
    expect(count.differing).toEqual([]);
  });

  it('ClinVar and cdot descriptions by the thousand', () => {
    const count = tally();
    const descriptions = [
      ...lines('hgvs_clinvar.gz')
        .slice(1)
        .flatMap((line) => (line.split('\t')[2] ?? '').split(' ')),
      ...lines('cdot_clinvar_hgvs_500.tsv').flatMap((line) => line.split('\t')),
      ...lines('cdot_clinvar_hgvs_ensembl.tsv').flatMap((line) => line.split('\t')),
      ...lines('hgvs_garcia.tsv')
        .slice(1)
        .flatMap((line) => line.split('\t').slice(1)),
      ...(JSON.parse(text('ferro_clinvar_bulk.json')) as { test_cases: { input: string }[] }).test_cases.map(
        ({ input }) => input,
      ),
    ].map((one) => one.trim());
    for (const description of descriptions.filter((one) => one !== '')) {
      try {
        const read = parseHgvs(description);
        const again = parseHgvs(formatHgvs(read));
        if (formatHgvs(again) === formatHgvs(read)) count.pass();
        else count.differ(description, formatHgvs(again));
      } catch (error) {
        const { message } = error as Error;
        if (message.includes("can't be looked up"))
          count.skip(message.replace(/^'[^']*' can't be looked up: /, ''), description);
        else if (description === 'NM_001004311.3:c.+5T>A')
          count.skip('c.+5 is no position: ClinVar means c.5 or c.-N+5', description);
        else count.differ(description, message);
      }
    }
    count.print('ClinVar and cdot descriptions');
    expect(count.differing).toEqual([]);
    expect(count.passed).toBeGreaterThan(29_000);
  });
});
