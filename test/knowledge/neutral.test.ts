import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { readNeutral } from '../../lib/knowledge/neutral.ts';
import { collect } from './collect.ts';

const folder = mkdtempSync(join(tmpdir(), 'neutral-'));
const BRAF = 'NC_000007.14:140753335:A:T';

function read(kind: 'dx' | 'tx' | 'mc', ...lines: readonly (object | string)[]) {
  const path = join(folder, 'own.jsonl');
  writeFileSync(path, lines.map((line) => (typeof line === 'string' ? line : JSON.stringify(line))).join('\n'));
  return collect((report) => readNeutral(path, kind, report));
}

const DX = { variants: [BRAF], significance: { text: 'Pathogenic' }, source: 'Lab' };
const TX = {
  ...DX,
  significance: undefined,
  treatments: [{ display: 'vemurafenib' }],
  implication: { text: 'Responsive' },
};
const MC = { variant: BRAF, consequences: ['SO:0001583'], source: 'Lab' };

describe('neutral JSON lines', () => {
  it('reads each kind, absent lists as empty ones, empty lines passed over', async () => {
    expect((await read('dx', DX, '', DX)).rows).toEqual([
      { kind: 'dx', ...DX, conditions: [], identifiers: [] },
      { kind: 'dx', ...DX, conditions: [], identifiers: [] },
    ]);
    const tx = {
      genotypes: [{ system: 's', code: 'c' }],
      treatments: TX.treatments,
      implication: TX.implication,
      source: 'Lab',
    };
    expect((await read('tx', tx)).rows).toEqual([{ kind: 'tx', ...tx, conditions: [], identifiers: [] }]);
    const site = { ...tx, variants: [BRAF], site: { rsid: 'rs113488022', copies: 'heterozygous' } };
    expect((await read('tx', site)).rows).toEqual([{ kind: 'tx', ...site, conditions: [], identifiers: [] }]);
    expect((await read('mc', MC)).rows).toEqual([{ kind: 'mc', ...MC, functionalEffects: [], identifiers: [] }]);
  });

  it.each([
    ['dx', '{"variants"', /own.jsonl, line 2: not JSON/],
    ['dx', '[]', /line 2: a line must be an object/],
    ['dx', { ...DX, variants: [] }, /line 2: variants must not be empty/],
    ['dx', { ...DX, variants: [BRAF, 'BRAF V600E'] }, /line 2: variants\[1\] is not SPDI: 'BRAF V600E'/],
    ['dx', { ...DX, variants: ['NM_004333.6:1798:T:A'] }, /variants\[0\] is not on a chromosome/],
    ['dx', { ...DX, variants: ['NC_000007.14:140753335:1:T'] }, /variants\[0\] must state its deleted bases/],
    ['dx', { ...DX, significance: { code: 'LA6668-3' } }, /significance.text is missing/],
    ['dx', { ...DX, source: ' ' }, /source must be text/],
    ['dx', { ...DX, condition: [] }, /'condition' is unknown; known are variants, /],
    [
      'dx',
      { ...DX, conditions: [{ display: 'a' }, { code: '1' }] },
      /conditions\[1\].system is missing beside the code/,
    ],
    ['dx', { ...DX, conditions: [{ system: 's' }] }, /conditions\[0\] must have a code or a display/],
    ['dx', { ...DX, identifiers: [{ system: 's' }] }, /identifiers\[0\].value is missing/],
    ['tx', { ...TX, variants: undefined }, /variants, genotypes or functions must be there/],
    ['tx', { ...TX, site: { rsid: 'rs1', copies: 'two' } }, /site.copies must be heterozygous, homozygous/],
    ['tx', { ...TX, site: { rsid: 'rs1' } }, /site.copies is missing/],
    ['tx', { ...TX, variants: undefined, site: { rsid: 'rs1', copies: 'compound' } }, /site needs variants/],
    ['tx', { ...TX, site: { rsid: 'rs1', copies: 'compound' } }, /a compound site has two variants/],
    [
      'tx',
      { ...TX, variants: ['NC_000007.14:10:AT:T'], site: { rsid: 'rs1', copies: 'homozygous' } },
      /variants of a site must exchange one base each/,
    ],
    ['tx', { ...TX, treatments: [] }, /treatments must not be empty/],
    ['mc', { ...MC, consequences: ['missense_variant'] }, /consequences\[0\] must be a code such as SO:0001583/],
    [
      'mc',
      { ...MC, consequences: ['SO:9999999'] },
      /consequences\[0\] is no consequence that is known here: SO:9999999/,
    ],
    ['mc', { ...MC, functionalEffects: ['SO:0001583'] }, /functionalEffects\[0\] must be a functional effect/],
    ['mc', { ...MC, consequences: [] }, /consequences and functionalEffects must not both be empty/],
    ['mc', { ...MC, impact: 'SEVERE' }, /impact must be HIGH/],
    ['mc', { ...MC, variant: 7 }, /variant must be a variant as SPDI/],
  ] as const)('%s: refuses %j', async (kind, line, message) => {
    const good = { dx: DX, tx: TX, mc: MC }[kind];
    await expect(read(kind, good, line)).rejects.toThrow(message);
  });
});
