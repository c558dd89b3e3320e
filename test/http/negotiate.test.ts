import { describe, expect, it } from 'vitest';
import { checkAcceptable, encodingOf } from '../../lib/http/negotiate.ts';
import { fromFetch } from '../../lib/http/request.ts';

const asking = (headers: Record<string, string>, query = '') =>
  fromFetch(new Request(`http://127.0.0.1/${query}`, { headers }));

describe('Accept', () => {
  it.each([
    '*/*',
    'application/*',
    'application/fhir+json',
    'application/json',
    'text/html, application/json;q=0.1',
    'application/fhir+json; fhirVersion=4.0',
    'application/fhir+json;q=0, application/json',
  ])('takes %s', (accept) => {
    expect(() => checkAcceptable(asking({ accept }))).not.toThrow();
  });

  it.each([
    'text/html',
    'application/fhir+xml',
    'application/json;q=0',
    '*/*, application/json;q=0, application/fhir+json;q=0',
    'application/fhir+json; fhirVersion=5.0',
  ])('refuses %s', (accept) => {
    expect(() => checkAcceptable(asking({ accept }))).toThrow(/FHIR R4 JSON/);
  });

  it('_format stands in for Accept', () => {
    for (const format of ['json', 'application/json', 'application/fhir%2Bjson', 'application/fhir+json']) {
      expect(() => checkAcceptable(asking({ accept: 'text/html' }, `?_format=${format}`))).not.toThrow();
    }
    expect(() => checkAcceptable(asking({ accept: '*/*' }, '?_format=xml'))).toThrow();
  });
});

describe('Accept-Encoding', () => {
  it.each([
    ['', 'identity'],
    ['gzip', 'gzip'],
    ['gzip, deflate, br', 'br'],
    ['gzip;q=1, br;q=0.5', 'gzip'],
    ['br;q=0, gzip;q=0.1', 'gzip'],
    ['identity, gzip;q=0.5', 'identity'],
    ['*', 'br'],
    ['*;q=0', 'identity'],
    ['zstd', 'identity'],
  ])('%j gives %s', (header, encoding) => {
    expect(encodingOf(asking({ 'accept-encoding': header }))).toBe(encoding);
  });
});
