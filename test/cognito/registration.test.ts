import { describe, expect, it } from 'vitest';
import { appClientOf } from '../../lib/cognito/deployment.ts';
import { parseRegistration } from '../../lib/cognito/registration.ts';
import { PUBLIC_APP, signingClient } from '../support/smart-app.ts';

const BACKEND = {
  client_name: 'Backend',
  grant_type: 'client_credentials',
  token_endpoint_auth_method: 'client_secret_basic',
  scope: 'system/Observation.rs',
};
const POOL_ACCOUNTS = { identityProviders: ['COGNITO'], mappedAttributes: [] };
const CONFIDENTIAL = { ...BACKEND, token_endpoint_auth_method: 'private_key_jwt' };

describe('a registration', () => {
  it('is read as it is', () => {
    expect(parseRegistration(PUBLIC_APP)).toEqual(PUBLIC_APP);
    expect(parseRegistration({ ...BACKEND, introspection: true, launches: false })).toEqual({
      ...BACKEND,
      redirect_uris: [],
      introspection: true,
    });
    const uris = ['http://localhost:3000/', 'http://[::1]/cb', 'org.example.app:/callback'];
    expect(parseRegistration({ ...PUBLIC_APP, redirect_uris: uris }).redirect_uris).toEqual(uris);
  });

  it.each([
    ['registration', 'app'],
    ['registration', [PUBLIC_APP]],
    ['client_nam', { ...PUBLIC_APP, client_nam: 'x' }],
    ['client_name', { ...PUBLIC_APP, client_name: ' ' }],
    ['grant_type', { ...PUBLIC_APP, grant_type: 'password' }],
    ['token_endpoint_auth_method', { ...PUBLIC_APP, token_endpoint_auth_method: 'client_secret_post' }],
    ['token_endpoint_auth_method', { ...BACKEND, token_endpoint_auth_method: 'none' }],
    ['redirect_uris', { ...PUBLIC_APP, redirect_uris: [] }],
    ['redirect_uris', { ...BACKEND, redirect_uris: ['https://a.example/'] }],
    ['redirect_uris', { ...PUBLIC_APP, redirect_uris: 'https://a.example/' }],
    ['redirect_uris', { ...PUBLIC_APP, redirect_uris: ['http://a.example/'] }],
    ['redirect_uris', { ...PUBLIC_APP, redirect_uris: ['https://a.example/#x'] }],
    ['redirect_uris', { ...PUBLIC_APP, redirect_uris: ['https://u:p@a.example/'] }],
    ['redirect_uris', { ...PUBLIC_APP, redirect_uris: ['javascript:alert(1)'] }],
    ['redirect_uris', { ...PUBLIC_APP, redirect_uris: ['data:text/html,x'] }],
    ['redirect_uris', { ...PUBLIC_APP, redirect_uris: ['/callback'] }],
    ['scope', { ...PUBLIC_APP, scope: undefined }],
    ['scope', { ...PUBLIC_APP, scope: 'system/Observation.rs' }],
    ['scope', { ...PUBLIC_APP, scope: 'patient/Observation.sr' }],
    ['scope', { ...BACKEND, scope: 'user/Observation.rs' }],
    ['scope', { ...BACKEND, scope: 'openid' }],
    ['jwks', CONFIDENTIAL],
    ['jwks', { ...CONFIDENTIAL, jwks: { keys: [] } }],
    ['jwks', { ...CONFIDENTIAL, jwks: { keys: [{ kty: 'oct', k: 'c2VjcmV0', kid: '1' }] } }],
    ['jwks', { ...CONFIDENTIAL, jwks: { keys: [{ kty: 'RSA', n: 'x', e: 'AQAB', kid: '1' }] } }],
    ['jwks', { ...BACKEND, jwks_uri: 'https://a.example/jwks.json' }],
    ['jwks_uri', { ...CONFIDENTIAL, jwks_uri: 'http://a.example/jwks.json' }],
    ['introspection', { ...PUBLIC_APP, introspection: true }],
    ['launches', { ...PUBLIC_APP, launches: true }],
    ['launches', { ...BACKEND, launches: 'yes' }],
  ])('at fault in %s is refused: %j', (name, value) => {
    expect(() => parseRegistration(value)).toThrow(`client registration: ${name} `);
  });

  it('has keys in one place, without their private parts', async () => {
    const { jwk } = await signingClient('ES384');
    const keys = { jwks: { keys: [jwk] } };
    expect(parseRegistration({ ...CONFIDENTIAL, ...keys })).toMatchObject(keys);
    expect(() => parseRegistration({ ...CONFIDENTIAL, ...keys, jwks_uri: 'https://a.example/' })).toThrow('not both');
    expect(() => parseRegistration({ ...CONFIDENTIAL, jwks: { keys: [{ ...jwk, d: 'x' }] } })).toThrow('public');
    expect(() => parseRegistration({ ...CONFIDENTIAL, jwks: { keys: [{ ...jwk, kid: undefined }] } })).toThrow('kid');
  });
});

describe('its app client at Cognito', () => {
  it('can be used by the façade only, without sign-in by API and without rights to change who one is', () => {
    const made = appClientOf(parseRegistration(PUBLIC_APP), 'https://a.example/auth/callback', POOL_ACCOUNTS);
    expect(made).toMatchObject({
      GenerateSecret: true,
      CallbackURLs: ['https://a.example/auth/callback'],
      SupportedIdentityProviders: ['COGNITO'],
      AllowedOAuthFlows: ['code'],
      AllowedOAuthScopes: ['openid', 'profile'],
      ExplicitAuthFlows: ['ALLOW_REFRESH_TOKEN_AUTH'],
      EnableTokenRevocation: true,
      AccessTokenValidity: 3600,
    });
    expect(made.WriteAttributes.filter((name) => name.startsWith('custom:'))).toEqual([]);
    // Pattern of CreateUserPoolClient.
    expect(made.ClientName).toMatch(/^[\w\s+=,.@-]{1,128}$/);
  });

  it('of a backend service lives for five minutes', () => {
    expect(appClientOf(parseRegistration(BACKEND), 'x', POOL_ACCOUNTS)).toMatchObject({
      AllowedOAuthFlows: ['client_credentials'],
      AllowedOAuthScopes: ['smart/backend'],
      AccessTokenValidity: 300,
    });
  });
});
