import { describe, expect, it } from 'vitest';
import { issuersOf } from '../../lib/auth/issuers.ts';

const ONE = { issuer: 'https://issuer.example', audience: 'https://archive.example/fhir' };
const SMART = {
  authorization_endpoint: 'https://issuer.example/authorize',
  token_endpoint: 'https://issuer.example/token',
  grant_types_supported: ['authorization_code'],
  code_challenge_methods_supported: ['S256'],
  capabilities: ['launch-standalone', 'client-public', 'permission-v2', 'sso-openid-connect'],
};
const read = (...entries: readonly unknown[]) => issuersOf(JSON.stringify(entries));

describe('issuersOf', () => {
  it('is empty without a configuration', () => {
    expect(issuersOf(undefined)).toEqual([]);
    expect(issuersOf(' ')).toEqual([]);
    expect(issuersOf('[]')).toEqual([]);
  });

  it('fills in what is not said', () => {
    expect(read(ONE)).toEqual([
      {
        issuer: 'https://issuer.example',
        keys: { uri: 'https://issuer.example/.well-known/jwks.json' },
        audiences: ['https://archive.example/fhir'],
        clientIds: [],
        claims: {
          scope: ['scope', 'scp'],
          patient: ['patient'],
          fhirUser: ['fhirUser'],
          clientId: ['client_id', 'azp', 'cid', 'appid'],
        },
        maxLifetimeSeconds: 3600,
        percentEncodedScopes: false,
      },
    ]);
  });

  it('tells of the authorization server what was declared, with issuer and keys when it signs people in', () => {
    expect(read({ ...ONE, smart: SMART })[0]?.smart).toEqual({
      issuer: 'https://issuer.example',
      jwks_uri: 'https://issuer.example/.well-known/jwks.json',
      ...SMART,
    });
    const capabilities = ['launch-standalone', 'client-public'];
    expect(read({ ...ONE, smart: { ...SMART, capabilities } })[0]?.smart).toEqual({ ...SMART, capabilities });
  });

  it.each([
    ['GENOMICS_ISSUERS is not JSON', '{'],
    ['GENOMICS_ISSUERS has to be a list', '{"issuer":"https://issuer.example"}'],
    ['GENOMICS_ISSUERS[0] has to be an object', '["https://issuer.example"]'],
  ])('%s', (message, text) => {
    expect(() => issuersOf(text)).toThrow(message);
  });

  it.each([
    ['[0].issuer has to be an https URL', { audience: 'a' }],
    ['[0].issuer has to be an https URL', { ...ONE, issuer: 'http://issuer.example' }],
    ['[0].issuer has to be an https URL', { ...ONE, issuer: 'issuer.example' }],
    ['[0] needs an audience or clientIds', { issuer: ONE.issuer }],
    ['[0].audience has to be a list of texts', { ...ONE, audience: [] }],
    ['[0].audience has to be a list of texts', { ...ONE, audience: 7 }],
    ['[0].clientIds has to be a list of texts', { ...ONE, clientIds: [''] }],
    ['[0] has a member audiences, which is none of', { issuer: ONE.issuer, audiences: ['a'] }],
    ['[0] has jwksUri and jwks', { ...ONE, jwksUri: 'https://issuer.example/keys', jwks: { keys: [] } }],
    ['[0].jwksUri has to be an https URL', { ...ONE, jwksUri: 'http://issuer.example/keys' }],
    ['[0].jwksUri has to be an https URL', { ...ONE, jwksUri: 'file:///etc/keys' }],
    ['[0].jwks has to be a JSON Web Key Set', { ...ONE, jwks: { kid: 'k1' } }],
    ['[0].jwks has to hold public keys only', { ...ONE, jwks: { keys: [{ kty: 'oct', kid: 'k1', k: 'AAAA' }] } }],
    [
      '[0].jwks has to hold public keys only',
      { ...ONE, jwks: { keys: [{ kty: 'RSA', kid: 'k1', n: 'A', e: 'A', d: 'A' }] } },
    ],
    ['[0].jwks has to hold public keys only', { ...ONE, jwks: { keys: [{ kty: 'RSA', n: 'A', e: 'AQAB' }] } }],
    ['[0].claims has a member scopes', { ...ONE, claims: { scopes: 'scp' } }],
    ['[0].claims.scope has to be a list of texts', { ...ONE, claims: { scope: 7 } }],
    ['[0].maxLifetimeSeconds has to be a whole number', { ...ONE, maxLifetimeSeconds: 0 }],
    ['[0].maxLifetimeSeconds has to be a whole number', { ...ONE, maxLifetimeSeconds: 1e9 }],
    ['[0].requireTyp has to be a text', { ...ONE, requireTyp: true }],
    ['[0].percentEncodedScopes has to be true or false', { ...ONE, percentEncodedScopes: 'yes' }],
    ['[0].smart needs token_endpoint', { ...ONE, smart: { ...SMART, token_endpoint: undefined } }],
    ['[0].smart needs capabilities', { ...ONE, smart: { ...SMART, capabilities: undefined } }],
    ['[0].smart.token_endpoint has to be an absolute URL', { ...ONE, smart: { ...SMART, token_endpoint: '/token' } }],
    ['[0].smart has a member tokenEndpoint', { ...ONE, smart: { ...SMART, tokenEndpoint: 'https://a.example' } }],
    [
      'names permission-system, which SMART 2.2 does not',
      { ...ONE, smart: { ...SMART, capabilities: ['permission-system'] } },
    ],
    [
      'has to hold S256 and not plain',
      { ...ONE, smart: { ...SMART, code_challenge_methods_supported: ['S256', 'plain'] } },
    ],
    ['has to hold S256 and not plain', { ...ONE, smart: { ...SMART, code_challenge_methods_supported: ['RS256'] } }],
    ['needs an authorization_endpoint', { ...ONE, smart: { ...SMART, authorization_endpoint: undefined } }],
    ['need RS384 or ES384', { ...ONE, smart: { ...SMART, capabilities: ['client-confidential-asymmetric'] } }],
    ['the issuer needs a jwksUri', { ...ONE, jwks: { keys: [] }, smart: SMART }],
  ])('%s', (message, entry) => {
    expect(() => read(entry)).toThrow(message);
  });

  it('names an issuer once', () => {
    expect(() => read(ONE, { ...ONE, clientIds: 'a' })).toThrow('names the issuer https://issuer.example twice');
  });

  it('takes http for this machine', () => {
    const local = { issuer: 'http://127.0.0.1:8080/auth', audience: 'http://127.0.0.1:8080/fhir' };
    expect(read(local)[0]?.keys).toEqual({ uri: 'http://127.0.0.1:8080/auth/.well-known/jwks.json' });
  });
});
