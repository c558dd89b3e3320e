import { describe, expect, it } from 'vitest';
import { interbase } from '../../../lib/genomics/coordinates.ts';
import { NotFoundError } from '../../../lib/genomics/errors.ts';
import { callStarAlleles } from '../../../lib/genomics/star-allele/call.ts';
import type { GeneDefinition } from '../../../lib/genomics/star-allele/definition.ts';
import { CALLABLE_GENES } from '../../../lib/genomics/star-allele/genes.ts';
import type { GeneCalls, PositionCall } from '../../../lib/genomics/star-allele/observation.ts';
import { hasRealData } from '../../support/real-data.ts';
import { CHROMOSOMES, callGene, definitionOf, diplotypesIn, geneCalls, readVcf } from './pharmcat-files.ts';

// Everything is the reference, but what is said by rsid: `A/G`, `A|G` (one phase set) or `.` (not called).
function sample(gene: string, said: Readonly<Record<string, string>>): GeneCalls {
  const { positions } = definitionOf(gene);
  const known = positions.map(({ rsid }) => rsid);
  expect(Object.keys(said).filter((rsid) => !known.includes(rsid))).toEqual([]);
  return new Map(
    positions.flatMap(({ start0, reference, rsid = '' }) => {
      const text = said[rsid] ?? `${reference}/${reference}`;
      if (text === '.') return [];
      const [first = '', second = ''] = text.split(/[/|]/);
      const alleles = [first, second] as const;
      return [[start0, text.includes('|') ? { alleles, phaseSet: '1' } : { alleles }] as const];
    }),
  );
}

const call = (gene: string, said: Readonly<Record<string, string>>) => callGene(definitionOf(gene), sample(gene, said));

describe.runIf(hasRealData)('a position without a call', () => {
  it('leaves *1 undetermined, and says which allele it would tell', () => {
    const answer = call('CYP2C19', { rs3758581: 'G/G', rs4986893: '.' });
    expect(answer).toMatchObject({
      outcome: 'undetermined',
      missing: [{ position: { rsid: 'rs4986893' }, defines: ['*3'] }],
    });
    expect(diplotypesIn(answer)).toEqual(['*1/*1', '*1/*3', '*3/*3']);
    if (answer.outcome !== 'undetermined') return;
    expect(answer.undetermined.map(({ allele, missing }) => [allele, missing.map(({ rsid }) => rsid)])).toEqual([
      ['*1', ['rs4986893']],
      ['*3', ['rs4986893']],
    ]);
  });

  it('does not take *2/*2 away, which *3 could not be', () => {
    const answer = call('CYP2C19', { rs3758581: 'G/G', rs12769205: 'G/G', rs4244285: 'A/A', rs4986893: '.' });
    expect(answer.outcome).toBe('called');
    expect(diplotypesIn(answer)).toEqual(['*2/*2']);
  });

  it('takes *2/*2 away where it defines *2, unless the definition accepts any base there', () => {
    const homozygous = { rs3758581: 'G/G', rs12769205: 'G/G', rs4244285: 'A/A' };
    expect(call('CYP2C19', { ...homozygous, rs12769205: '.' }).outcome).toBe('undetermined');
    expect(call('CYP2C19', { ...homozygous, rs58973490: '.' })).toMatchObject({
      outcome: 'called',
      diplotypes: [{ alleles: ['*2', '*2'] }],
    });
  });

  it('leaves a gene without any call undetermined, with every diplotype possible', () => {
    const answer = callGene(definitionOf('UGT1A1'), new Map());
    expect(answer).toMatchObject({ outcome: 'undetermined', matched: [] });
    expect(diplotypesIn(answer)).toHaveLength(45);
  });
});

describe.runIf(hasRealData)('calls', () => {
  it('tell *1 from the reference *38 of CYP2C19', () => {
    expect(diplotypesIn(call('CYP2C19', {}))).toEqual(['*38/*38']);
    expect(diplotypesIn(call('CYP2C19', { rs3758581: 'A/G' }))).toEqual(['*38/*1']);
    expect(diplotypesIn(call('CYP2C19', { rs3758581: 'G/G' }))).toEqual(['*1/*1']);
  });

  it('use the phase where it is stated', () => {
    const apart = { rs1800460: 'C|T', rs1142345: 'C|T' };
    expect(diplotypesIn(call('TPMT', apart))).toEqual(['*3B/*3C']);
    expect(diplotypesIn(call('TPMT', { ...apart, rs1142345: 'T|C' }))).toEqual(['*1/*3A']);
    expect(diplotypesIn(call('TPMT', { rs1800460: 'C/T', rs1142345: 'T/C' }))).toEqual(['*1/*3A']);
  });

  it('report every diplotype that explains the sample equally well', () => {
    const tied = { rs2306283: 'A/G', rs11045819: 'C/A', rs4149056: 'T/C' };
    const answer = call('SLCO1B1', tied);
    expect(answer.outcome).toBe('called');
    expect(diplotypesIn(answer)).toEqual(['*4/*15', '*5/*14']);
  });

  it('report sub-alleles under the name of their allele', () => {
    expect(diplotypesIn(call('SLCO1B1', { rs71581941: 'T/T' }))).toEqual(['*45/*45']);
  });

  it('read an unknown allele as the reference only where toxicity is at stake, and say so', () => {
    const unknown = [{ position: { rsid: 'rs116855232' }, allele: 'G' }];
    expect(call('NUDT15', { rs116855232: 'C/G' })).toMatchObject({
      outcome: 'called',
      diplotypes: [{ alleles: ['*1', '*1'] }],
      unknown,
    });
    expect(call('CYP2C19', { rs4244285: 'G/T' })).toMatchObject({
      outcome: 'unmatched',
      carried: [{ rsid: 'rs4244285' }],
      unknown: [{ allele: 'T' }],
    });
  });

  it('are not made for CYP2D6', () => {
    const definition = { ...definitionOf('VKORC1'), gene: 'CYP2D6' };
    expect(() => callStarAlleles(definition, new Map())).toThrow(NotFoundError);
  });

  it("are the reference in PharmCAT's reference.vcf", () => {
    const vcf = readVcf('pharmcat/test/reference.vcf');
    for (const gene of CALLABLE_GENES.keys()) {
      const definition = definitionOf(gene);
      const answer = callGene(definition, geneCalls(definition, CHROMOSOMES[gene] ?? '', vcf, 'not called'));
      const { name } = definition.alleles[0];
      expect(answer).toMatchObject({ outcome: 'called', diplotypes: [{ alleles: [name, name] }] });
    }
  });
});

// 1000 Genomes 30x, genotyped at the sites that vary in it: a site where nobody differs has no row. No published truth
// of these genes lies beside the files, so this shows only what the rule on missing positions makes of them.
describe.runIf(hasRealData)('GeT-RM samples with rows at variable sites only', () => {
  it.each(['NA18526', 'NA18565', 'NA18861'])('%s: undetermined, never *1, except where all sites have rows', (name) => {
    const vcf = readVcf(`getrm_wgs30x/${name}.preprocessed.vcf`);
    const called: string[] = [];
    for (const gene of CALLABLE_GENES.keys()) {
      const definition = definitionOf(gene);
      const chromosome = CHROMOSOMES[gene] ?? '';
      const strict = callGene(definition, geneCalls(definition, chromosome, vcf, 'not called'));
      const filled = callGene(definition, geneCalls(definition, chromosome, vcf, 'reference'));
      expect(filled.outcome).toBe('called');
      expect(diplotypesIn(strict)).toEqual(expect.arrayContaining([...diplotypesIn(filled)]));
      if (strict.outcome === 'called') called.push(gene);
      expect(strict.outcome === 'called').toBe(strict.missing.length === 0);
    }
    expect(called).toEqual(['UGT1A1', 'VKORC1']);
  });
});

// A made-up gene under the name of a real one: each position is said by its bases, the reference's first.
function madeUp(positions: readonly string[], alleles: Readonly<Record<string, readonly (string | undefined)[]>>) {
  const [reference, ...others] = Object.entries(alleles).map(([name, stated]) => ({ name, reportedAs: name, stated }));
  if (!reference) throw new Error('a gene has a reference allele');
  return {
    gene: 'VKORC1',
    version: 'made up',
    assembly: 'GRCh38',
    accession: 'NC_000016.10',
    positions: positions.map(([base = '', ...alternatives], index) => ({
      start0: interbase(index),
      reference: base,
      alternatives,
      rsid: undefined,
      hgvs: `g.${index + 1}`,
    })),
    alleles: [reference, ...others],
  } satisfies GeneDefinition;
}

describe('made-up genes', () => {
  it('take a position without an entry for one that was not called', () => {
    const definition = madeUp(['AG'], { reference: ['A'], variant: ['G'] });
    expect(callStarAlleles(definition, new Map())).toMatchObject({
      outcome: 'undetermined',
      missing: [{ position: { start0: 0 }, defines: ['variant'] }],
    });
  });

  it('are undetermined when the best pair depends on what a code of any base stands for', () => {
    const definition = madeUp(['AG', 'CT', 'AC'], {
      reference: ['A', 'C', 'A'],
      any: ['G', 'Y', undefined],
      one: ['G', undefined, 'A'],
    });
    const calls = (second: PositionCall): GeneCalls =>
      new Map([
        [interbase(0), { alleles: ['G', 'G'] }],
        [interbase(1), second],
        [interbase(2), { alleles: ['A', 'A'] }],
      ]);
    const possible = (['CC', 'CT', 'TT'] as const).map(([a = '', b = '']) =>
      diplotypesIn(callStarAlleles(definition, calls({ alleles: [a, b] }))),
    );
    expect(possible).toEqual([['one/one'], ['any/one'], ['any/any']]);
    const answer = callStarAlleles(definition, calls('not called'));
    expect(answer.outcome).toBe('undetermined');
    expect(diplotypesIn(answer)).toEqual(possible.flat().toSorted());
  });
});
