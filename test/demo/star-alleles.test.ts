import { readdirSync, readFileSync } from 'node:fs';
import { gunzipSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { readDefinition } from '../../lib/knowledge/pharmcat/definition.ts';
import { readPhenotypes } from '../../lib/knowledge/pharmcat/phenotype.ts';
import { hasRealData, realFile } from '../support/real-data.ts';
import { demoText } from './demo-files.ts';

const GENES = readdirSync(new URL('../../demo/star-alleles/phenotype/', import.meta.url)).map((name) =>
  name.replace('.json', ''),
);

function published(path: string): string {
  const file = realFile(`08_pgx/pharmcat/${path}`);
  try {
    return readFileSync(file, 'utf8');
  } catch {
    return gunzipSync(readFileSync(`${file}.gz`)).toString();
  }
}

describe.each(GENES)('%s of the demo', (gene) => {
  const definition = readDefinition(demoText(`star-alleles/definition/alleles/${gene}_translation.json`), gene);
  const phenotypes = readPhenotypes(demoText(`star-alleles/phenotype/${gene}.json`), gene);

  it('says that it is no whole definition, in every answer', () => {
    expect(definition.version).toMatch(/^demo: /);
    expect(phenotypes.version).toBe(definition.version);
  });

  it('has a phenotype of every pair of its alleles', () => {
    const names = definition.alleles.map(({ name }) => name);
    const pairs = names.flatMap((first, index) =>
      names.slice(index).map((second) => [first, second].toSorted().join('/')),
    );
    expect([...phenotypes.diplotypes.keys()].toSorted()).toEqual(pairs.toSorted());
  });

  describe.runIf(hasRealData)('states facts that PharmCAT publishes', () => {
    const path = `definition/alleles/${gene}_translation.json`;

    it('positions, and what each allele has there', () => {
      const whole = readDefinition(published(path), path);
      expect(definition.accession).toBe(whole.accession);
      const places = definition.positions.map((position) => {
        const place = whole.positions.findIndex(({ start0 }) => start0 === position.start0);
        expect(whole.positions[place]).toEqual(position);
        return place;
      });
      for (const { name, stated } of definition.alleles) {
        const same = whole.alleles.find((allele) => allele.reportedAs === name);
        expect([name, stated]).toEqual([name, places.map((place) => same?.stated[place])]);
      }
      expect(definition.alleles[0].name).toBe(whole.alleles[0].name);
    });

    it('functions and phenotypes', () => {
      const whole = readPhenotypes(published(`phenotype/${gene}.json`), gene);
      for (const [name, said] of phenotypes.functions) expect([name, whole.functions.get(name)]).toEqual([name, said]);
      for (const [name, value] of phenotypes.activity) expect([name, whole.activity.get(name)]).toEqual([name, value]);
      for (const [key, meaning] of phenotypes.diplotypes) expect(whole.diplotypes.get(key)).toEqual(meaning);
    });
  });
});
