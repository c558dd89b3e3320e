import { readdirSync, readFileSync } from 'node:fs';
import { gunzipSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { type AnnotatedRecord, annotationKeys } from '../../../lib/genomics/consequence/annotations.ts';
import { termOf } from '../../../lib/genomics/consequence/terms.ts';
import { hasRealData, realFile } from '../../support/real-data.ts';

interface AnnotatedVcf {
  readonly descriptions: ReadonlyMap<string, string>;
  readonly records: readonly (AnnotatedRecord & { readonly info: ReadonlyMap<string, string> })[];
}

/** The file by plain string splitting: nothing of the archive's own readers. */
function readVcf(path: string): AnnotatedVcf {
  const bytes = readFileSync(realFile(path));
  const lines = (path.endsWith('.gz') ? gunzipSync(bytes) : bytes).toString('utf8').split('\n');
  const descriptions = lines.flatMap((line): [string, string][] => {
    const [, id, text] = /^##INFO=<ID=([^,]+),.*Description="?(.*?)"?>$/.exec(line) ?? [];
    return id === undefined || text === undefined ? [] : [[id, text]];
  });
  const records = lines
    .filter((line) => line !== '' && !line.startsWith('#'))
    .map((line) => {
      const [, position, , ref = '', alt = '', , , info = ''] = line.split('\t');
      const pairs = info.split(';').map((pair): [string, string] => {
        const at = pair.indexOf('=');
        return at < 0 ? [pair, ''] : [pair.slice(0, at), pair.slice(at + 1)];
      });
      return { position: Number(position), ref, alts: alt.split(','), info: new Map(pairs) };
    });
  return { descriptions: new Map(descriptions), records };
}

interface Expected {
  readonly file: string;
  readonly key: string;
  readonly tool: 'VEP' | 'ANN' | 'EFF';
  /** Fields of an entry where they are more than the header names: gnomAD 4.0 added SIFT and PolyPhen behind SOURCE. */
  readonly fields?: number;
}

const FILES: readonly Expected[] = [
  { file: '06_annotated/bcftools_split-vep.select-tr.vcf', key: 'CSQ', tool: 'VEP' },
  { file: '06_annotated/bcftools_split-vep.vcf.gz', key: 'CSQ', tool: 'VEP' },
  { file: '06_annotated/glow_loftee.vcf', key: 'CSQ', tool: 'VEP' },
  { file: '06_annotated/gnomad_exomes_v2.1_brca.grch37.vcf', key: 'vep', tool: 'VEP' },
  { file: '06_annotated/gnomad_exomes_v4.0.grch38.vcf', key: 'vep', tool: 'VEP', fields: 48 },
  { file: '06_annotated/gnomad_genomes_v3.1.grch38.vcf', key: 'vep', tool: 'VEP' },
  { file: '06_annotated/snpeff_mixed.vep.vcf.gz', key: 'CSQ', tool: 'VEP' },
  { file: '06_annotated/snpeff_mixed_chr14.vcf.gz', key: 'CSQ', tool: 'VEP' },
  { file: '06_annotated/snpeff_test.chr1.out.vcf.gz', key: 'EFF', tool: 'EFF' },
  { file: '04_somatic/pvac_HCC1395_annotated_expression.grch38.vcf.gz', key: 'CSQ', tool: 'VEP' },
  { file: '04_somatic/pvac_HCC1395_somatic.vcf.gz', key: 'CSQ', tool: 'VEP' },
  { file: '02_germline_single_trio_gvcf/whatshap_haplotag.vcf.gz', key: 'ANN', tool: 'ANN' },
];

describe.skipIf(!hasRealData)('annotations of real files', () => {
  it.each(FILES)(
    '$file: $key',
    ({ file, key, tool, fields: more }) => {
      const { descriptions, records } = readVcf(file);
      const [found, ...others] = annotationKeys(descriptions);
      expect(found).toMatchObject({ key, tool });
      expect(others).toEqual([]);
      const fields = more ?? descriptions.get(key)?.split('|').length ?? 0;
      let [entries, counted, open, undecided] = [0, 0, 0, 0];
      const unknown = new Set<string>();
      const wrong = new Set<string>();
      for (const record of records) {
        const value = record.info.get(key);
        if (value === undefined) continue;
        const parsed = found?.parse(value, record) ?? [];
        const written = value.split(',');
        counted += written.length;
        entries += parsed.length;
        // SnpEff 3 names no allele: where a record has several, nothing says which one is meant.
        if (tool === 'EFF' && record.alts.length > 1) undecided += written.length;
        parsed.forEach((one, i) => {
          if (one.altNumber === undefined) open++;
          for (const name of one.unknownConsequences) unknown.add(name);
          for (const code of one.consequences) if (termOf(code) === undefined) wrong.add(code);
          if (one.impact === undefined) wrong.add(`no impact: ${written[i]?.slice(0, 80)}`);
          if (tool === 'VEP' && written[i]?.split('|').length !== fields) wrong.add(`${written[i]?.slice(0, 80)}`);
        });
      }
      expect([...unknown]).toEqual([]);
      expect([...wrong]).toEqual([]);
      expect(entries).toBe(counted);
      expect(counted).toBeGreaterThan(0);
      expect(open).toBe(undecided);
    },
    60_000,
  );

  it('reads every expected BCSQ of the gene folders of bcftools', () => {
    const root = '10_liftover_reference/bcftools_csq_genes';
    const [key] = annotationKeys(new Map([['BCSQ', '']]));
    let [entries, counted, pointers] = [0, 0, 0];
    const unknown = new Set<string>();
    const undecided: string[] = [];
    for (const folder of readdirSync(realFile(root), { withFileTypes: true }).filter((one) => one.isDirectory())) {
      for (const name of readdirSync(realFile(`${root}/${folder.name}`)).filter((one) => one.endsWith('.txt'))) {
        const lines = readFileSync(realFile(`${root}/${folder.name}/${name}`), 'utf8').split('\n');
        for (const line of lines) {
          const [position, ref, alt, value] = line.split('\t');
          if (!/^\d+$/.test(position ?? '') || value === undefined || value === '.') continue;
          const record = { position: Number(position), ref: ref ?? '', alts: (alt ?? '').split(',') };
          const parsed = key?.parse(value, record) ?? [];
          counted += value.split(',').length;
          entries += parsed.length;
          for (const one of parsed) {
            for (const word of one.unknownConsequences) unknown.add(word);
            if ('seePosition' in one && one.seePosition !== undefined) pointers++;
            else if (one.altNumber === undefined) undecided.push(`${folder.name} ${line.slice(0, 60)}`);
          }
        }
      }
    }
    expect([...unknown]).toEqual([]);
    expect(entries).toBe(counted);
    expect(undecided).toEqual([]);
    expect({ entries, pointers }).toEqual({ entries: 335, pointers: 55 });
  });
});
