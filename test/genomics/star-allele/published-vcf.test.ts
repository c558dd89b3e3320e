import { readdirSync, readFileSync } from 'node:fs';
import { gunzipSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { CALLABLE_GENES } from '../../../lib/genomics/star-allele/genes.ts';
import { hasRealData, realFile } from '../../support/real-data.ts';
import {
  CHROMOSOMES,
  callGene,
  definitionOf,
  diplotypesIn,
  geneCalls,
  PUBLISHED_CALLS,
  readVcf,
} from './pharmcat-files.ts';

const FOLDER = 'pharmcat/test/haplotype';
// PharmCAT's folders of genes that are called from small variants, as it spells them.
const GENE_FOLDERS = [...CALLABLE_GENES.keys()].flatMap((gene) => [gene, gene.toLowerCase()]);

function answer(gene: string, path: string, absent: 'not called' | 'reference') {
  const definition = definitionOf(gene);
  const call = callGene(definition, geneCalls(definition, CHROMOSOMES[gene] ?? '', readVcf(path), absent));
  return { call, text: call.outcome === 'called' ? diplotypesIn(call).join(' , ') : call.outcome };
}

describe.runIf(hasRealData)("PharmCAT's own test VCFs", () => {
  it.each(PUBLISHED_CALLS)('$file', ({ file, gene, stated, asItStands, absentAsReference, rule }) => {
    const strict = answer(gene, `${FOLDER}/${file}`, 'not called');
    const complete = answer(gene, `${FOLDER}/${file}`, 'reference');
    expect([strict.text, complete.text]).toEqual([asItStands, absentAsReference]);
    const expected = stated === 'none' ? 'unmatched' : stated;
    expect(rule === '').toBe(strict.text === expected && complete.text === expected);
    if (strict.call.outcome === 'undetermined') {
      expect(diplotypesIn(strict.call)).toEqual(expect.arrayContaining(stated.split(' , ')));
      expect(strict.call.undetermined.flatMap(({ missing }) => missing)).not.toHaveLength(0);
    }
  });

  it('are all in the table, and are counted', () => {
    const folders = readdirSync(realFile(`08_pgx/${FOLDER}`)).filter((folder) => GENE_FOLDERS.includes(folder));
    const files = folders.flatMap((folder) =>
      readdirSync(realFile(`08_pgx/${FOLDER}/${folder}`)).map((name) => `${folder}/${name}`),
    );
    expect(PUBLISHED_CALLS.map(({ file }) => file).toSorted()).toEqual(files.toSorted());
    const counts = {
      files: PUBLISHED_CALLS.length,
      asStated: PUBLISHED_CALLS.filter(
        ({ stated, asItStands }) => (stated === 'none' ? 'unmatched' : stated) === asItStands,
      ).length,
      undetermined: PUBLISHED_CALLS.filter(({ asItStands }) => asItStands === 'undetermined').length,
      asStatedWhenComplete: PUBLISHED_CALLS.filter(
        ({ stated, absentAsReference }) => (stated === 'none' ? 'unmatched' : stated) === absentAsReference,
      ).length,
    };
    console.info(`star alleles on PharmCAT's test VCFs: ${JSON.stringify(counts)}`);
    expect(counts).toEqual(COUNTS);
  });
});

const COUNTS = { files: 69, asStated: 32, undetermined: 34, asStatedWhenComplete: 58 };

interface MatchReport {
  readonly results: readonly {
    readonly gene: string;
    readonly version: string;
    readonly diplotypes: readonly { readonly name: string; readonly score: number }[];
  }[];
}

describe.runIf(hasRealData).each(['pharmcat.example', 'pharmcat.example2'])("PharmCAT's report of %s.vcf", (name) => {
  it('has the same diplotypes with the same scores', () => {
    const path = realFile(`08_pgx/pharmcat/examples/${name}.match.json.gz`);
    const report = JSON.parse(gunzipSync(readFileSync(path)).toString()) as MatchReport;
    const results = report.results.filter(({ gene }) => CALLABLE_GENES.has(gene));
    expect(results).toHaveLength(CALLABLE_GENES.size);
    for (const { gene, version, diplotypes } of results) {
      const { call } = answer(gene, `pharmcat/examples/${name}.vcf`, 'not called');
      expect(call).toMatchObject({ outcome: 'called', gene, version, missing: [] });
      if (call.outcome !== 'called') continue;
      expect(call.diplotypes.map(({ alleles, score }) => ({ name: alleles.join('/'), score }))).toEqual(
        diplotypes.map((diplotype) => ({ name: diplotype.name, score: diplotype.score })),
      );
    }
  });
});
