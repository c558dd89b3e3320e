import { describe, expect, it } from 'vitest';
import {
  consequenceTerms,
  strongestImpact,
  termNamed,
  termOf,
  withBroader,
  withNarrower,
} from '../../../lib/genomics/consequence/terms.ts';

const names = (codes: ReadonlySet<string>): readonly (string | undefined)[] =>
  [...codes].map((code) => termOf(code)?.name).sort();

describe('Sequence Ontology terms', () => {
  it('are unique, and each leads up to sequence_variant', () => {
    const terms = consequenceTerms();
    expect(new Set(terms.map(({ code }) => code)).size).toBe(terms.length);
    expect(new Set(terms.map(({ name }) => name)).size).toBe(terms.length);
    for (const { code, parents } of terms) {
      expect(parents.filter((parent) => termOf(parent) === undefined)).toEqual([]);
      expect(withBroader(code)).toContain('SO:0001060');
    }
  });

  it('a splice site is found at donor and acceptor, not in the splice region', () => {
    expect(names(withNarrower('SO:0001629'))).toEqual([
      'splice_acceptor_variant',
      'splice_donor_5th_base_variant',
      'splice_donor_variant',
      'splice_site_variant',
    ]);
  });

  it('a term with two parents is found under both', () => {
    expect(withNarrower('SO:0001590')).toContain(termNamed('stop_lost')?.code);
    expect(withNarrower('SO:0001907')).toContain(termNamed('stop_lost')?.code);
    expect(withNarrower('SO:0001818')).toContain(termNamed('frameshift_variant')?.code);
    expect(withNarrower('SO:0001818')).not.toContain(termNamed('synonymous_variant')?.code);
  });

  it('a code outside the table finds itself only', () => {
    expect([...withNarrower('SO:9999999')]).toEqual(['SO:9999999']);
    expect([...withBroader('SO:9999999')]).toEqual(['SO:9999999']);
  });

  it.each([
    ['missense', 'SO:0001583'],
    ['Missense_Variant', 'SO:0001583'],
    ['3_prime_utr', 'SO:0001624'],
    ['stop_retained', 'SO:0001567'],
    ['nonsense', 'SO:0001587'],
    ['non_coding', 'SO:0001619'],
    ['NMD_transcript', 'SO:0001621'],
  ])('%s is %s', (name, code) => {
    expect(termNamed(name)?.code).toBe(code);
  });

  it('names no term for other words', () => {
    expect(termNamed('toString')).toBeUndefined();
    expect(termNamed('')).toBeUndefined();
  });

  it('gives the strongest impact', () => {
    expect(strongestImpact(['SO:0001627', 'SO:0001575'])).toBe('HIGH');
    expect(strongestImpact(['SO:0001629'])).toBeUndefined();
  });
});
