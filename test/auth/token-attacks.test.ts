import { createHmac, createPublicKey } from 'node:crypto';
import { CompactEncrypt, exportSPKI, importJWK, type JWTPayload, SignJWT } from 'jose';
import { beforeAll, describe, expect, it } from 'vitest';
import { type Authenticate, authenticator } from '../../lib/auth/authenticate.ts';
import { AccessError } from '../../lib/auth/errors.ts';
import { outcomeOf } from '../../lib/fhir/outcome.ts';
import {
  AUDIENCE,
  claims,
  ISSUER,
  inSeconds,
  issuerWith,
  type SigningKey,
  sign,
  signingKey,
} from '../support/tokens.ts';

let key: SigningKey;
let elliptic: SigningKey;
/** Of an attacker, under a name of ours. */
let foreign: SigningKey;
let authenticate: Authenticate;
/** The same, with keys that do not say their algorithm, as Entra ID publishes them. */
let unlabelled: Authenticate;

beforeAll(async () => {
  key = await signingKey('k1');
  elliptic = await signingKey('e1', 'ES256');
  foreign = await signingKey('k1');
  authenticate = authenticator([issuerWith([key, elliptic])]);
  const bare = [key, elliptic].map((one) => ({ ...one, publicJwk: { ...one.publicJwk, alg: undefined } }));
  unlabelled = authenticator([issuerWith(JSON.parse(JSON.stringify(bare)))]);
});

const base64url = (value: unknown) =>
  Buffer.from(typeof value === 'string' ? value : JSON.stringify(value)).toString('base64url');

/** What a client is told of an attempt: status, issue code, challenge. */
async function attempt(
  header: string | undefined,
  by: Authenticate = authenticate,
): Promise<readonly [number, string | undefined, string | undefined]> {
  try {
    await by(header);
    return [200, undefined, undefined];
  } catch (error) {
    const { status, body } = outcomeOf(error);
    // Nothing of what was sent comes back.
    for (const segment of (header ?? '').split(/[\s.]/)) {
      if (segment.length > 8) expect(JSON.stringify(body)).not.toContain(segment);
    }
    return [status, body.issue?.[0]?.code, error instanceof AccessError ? error.challenge : undefined];
  }
}

const INVALID = [401, 'security', 'Bearer realm="fhir", error="invalid_token"'];
const EXPIRED = [401, 'expired', 'Bearer realm="fhir", error="invalid_token"'];
const LOGIN = [401, 'login', 'Bearer realm="fhir"'];
const MALFORMED = [400, 'invalid', 'Bearer realm="fhir", error="invalid_request"'];

it('accepts the token that all of these are made from, of either key', async () => {
  expect(await attempt(`Bearer ${await sign(key, claims())}`)).toEqual([200, undefined, undefined]);
  expect(await attempt(`Bearer ${await sign(elliptic, claims())}`)).toEqual([200, undefined, undefined]);
  expect(await attempt(`Bearer ${await sign(key, claims())}`, unlabelled)).toEqual([200, undefined, undefined]);
  expect(await attempt(`Bearer ${await sign(elliptic, claims())}`, unlabelled)).toEqual([200, undefined, undefined]);
});

describe('signatures', () => {
  /** A token of parts that were never signed. */
  const forged = (header: Readonly<Record<string, unknown>>, signature: string, payload: JWTPayload = claims()) =>
    `${base64url(header)}.${base64url(payload)}.${signature}`;

  const ATTACKS: Readonly<Record<string, () => Promise<string> | string>> = {
    'alg none, no signature': () => forged({ alg: 'none', kid: 'k1' }, ''),
    'alg None': () => forged({ alg: 'None', kid: 'k1' }, base64url('x')),
    'alg NONE': () => forged({ alg: 'NONE', kid: 'k1' }, base64url('x')),
    'no alg': () => forged({ kid: 'k1' }, base64url('x')),
    'an empty signature': async () => `${(await sign(key, claims())).split('.').slice(0, 2).join('.')}.`,
    'HS256 keyed with the public key as PEM': async () => {
      const pem = createPublicKey({ key: key.publicJwk, format: 'jwk' }).export({ type: 'spki', format: 'pem' });
      return hmac(String(pem));
    },
    'HS256 keyed with the public key as DER': () =>
      hmac(createPublicKey({ key: key.publicJwk, format: 'jwk' }).export({ type: 'spki', format: 'der' })),
    'HS256 keyed with the modulus': () => hmac(Buffer.from(String(key.publicJwk['n']), 'base64url')),
    'RS256 changed to ES256': async () => relabelled(await sign(key, claims()), 'ES256'),
    'ES256 changed to RS256': async () => relabelled(await sign(elliptic, claims()), 'RS256'),
    'RS256 by the name of the elliptic key': () => sign({ ...key, kid: 'e1' }, claims()),
    PS256: async () => {
      const { privateKey } = await signingKeyPs();
      return new SignJWT(claims()).setProtectedHeader({ alg: 'PS256', kid: 'k1' }).sign(privateKey);
    },
    'another key by our name': () => sign(foreign, claims()),
    'a truncated signature': async () => (await sign(key, claims())).slice(0, -8),
    'a signature whose unused bits are set': async () => respelled(await sign(key, claims())),
    'padding after a segment': async () => `${await sign(key, claims())}=`,
    'standard base64 letters': async () => (await sign(key, claims())).replaceAll('-', '+').replaceAll('_', '/'),
    'a changed payload': async () => {
      const [header, , signature] = (await sign(key, claims())).split('.');
      return [header, base64url(claims({ scope: 'system/*.cruds' })), signature].join('.');
    },
    'four segments': async () => `${await sign(key, claims())}.e30`,
    'two segments': async () => (await sign(key, claims())).split('.').slice(0, 2).join('.'),
    'a JWT inside a JWT': async () => sign(key, claims({ iss: undefined, jwt: await sign(key, claims()) })),
    'an encrypted token': async () =>
      new CompactEncrypt(Buffer.from(JSON.stringify(claims())))
        .setProtectedHeader({ alg: 'RSA-OAEP-256', enc: 'A256GCM', kid: 'k1' })
        .encrypt(await importJWK({ ...key.publicJwk, alg: 'RSA-OAEP-256' } as never)),
  };

  function hmac(secret: string | Buffer): string {
    const signed = `${base64url({ alg: 'HS256', kid: 'k1', typ: 'JWT' })}.${base64url(claims())}`;
    return `${signed}.${createHmac('sha256', secret).update(signed).digest('base64url')}`;
  }

  const relabelled = (token: string, alg: string) =>
    [base64url({ alg, kid: alg === 'ES256' ? 'e1' : 'k1', typ: 'JWT' }), ...token.split('.').slice(1)].join('.');

  const signingKeyPs = () => signingKey('k1', 'PS256');

  /** The same bytes with another last letter: 256 bytes leave four bits of it unused. */
  function respelled(token: string): string {
    const letters = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_';
    const last = token.at(-1) ?? '';
    const other = `${token.slice(0, -1)}${letters[letters.indexOf(last) + 1]}`;
    const bytes = (text: string) => Buffer.from(text.split('.')[2] ?? '', 'base64url');
    expect(bytes(other)).toEqual(bytes(token));
    return other;
  }

  it.each(Object.keys(ATTACKS))('%s', async (name) => {
    const header = `Bearer ${await ATTACKS[name]?.()}`;
    expect(await attempt(header)).toEqual(INVALID);
    expect(await attempt(header, unlabelled)).toEqual(INVALID);
  });
});

describe('headers of the token', () => {
  it.each([
    ['no kid', { kid: undefined }],
    ['an unknown kid', { kid: 'k2' }],
    ['a kid that is a path', { kid: '../../../dev/null' }],
    ['a kid that is SQL', { kid: "k1' OR '1'='1" }],
    ['the kid __proto__', { kid: '__proto__' }],
    ['a kid that is a list', { kid: ['k1'] as unknown as string }],
    ['typ of a logout token', { typ: 'logout+jwt' }],
    ['typ of a proof of possession', { typ: 'dpop+jwt' }],
    ['a typ that is no text', { typ: 7 as unknown as string }],
  ])('%s', async (_, header) => {
    expect(await attempt(`Bearer ${await sign(key, claims(), header as never)}`)).toEqual(INVALID);
  });

  it('an unknown critical extension', async () => {
    const token = await sign(key, claims(), { crit: ['exp'], exp: 1 } as never);
    expect(await attempt(`Bearer ${token}`)).toEqual(INVALID);
  });

  it.each(['jwk', 'jku', 'x5u', 'x5c'])('%s that leads to the key of an attacker', async (name) => {
    const spki = await exportSPKI((await importJWK(foreign.publicJwk as never)) as never);
    const value = { jwk: foreign.publicJwk, x5c: [spki] }[name] ?? 'https://attacker.example/keys';
    expect(await attempt(`Bearer ${await sign(foreign, claims(), { [name]: value, kid: 'k9' })}`)).toEqual(INVALID);
    expect(await attempt(`Bearer ${await sign(foreign, claims(), { [name]: value })}`)).toEqual(INVALID);
  });
});

describe('claims', () => {
  const header = (alg: string) => base64url({ alg, kid: 'k1', typ: 'JWT' });

  /** Signs a payload as it is written. */
  async function signText(payload: string, alg = 'RS256'): Promise<string> {
    const signed = `${header(alg)}.${base64url(payload)}`;
    const signature = await crypto.subtle.sign('RSASSA-PKCS1-v1_5', key.privateKey, Buffer.from(signed));
    return `${signed}.${Buffer.from(signature).toString('base64url')}`;
  }

  it('are read as they are signed, when each is named once', async () => {
    expect(await attempt(`Bearer ${await signText(JSON.stringify(claims()))}`)).toEqual([200, undefined, undefined]);
  });

  it.each(['ES256', 'EdDSA', 'RS999', 'rs256'])('signed by our key under the name of %s', async (alg) => {
    const token = await signText(JSON.stringify(claims()), alg);
    expect(await attempt(`Bearer ${token}`)).toEqual(INVALID);
    expect(await attempt(`Bearer ${token}`, unlabelled)).toEqual(INVALID);
  });

  it.each([
    ['as written', '"sub":"other",'],
    ['by an escape', '"\\u0073ub":"other",'],
  ])('a name twice, %s', async (_, repeated) => {
    const text = JSON.stringify(claims()).replace('{', `{${repeated}`);
    expect(await attempt(`Bearer ${await signText(text)}`)).toEqual(INVALID);
  });

  it.each([
    ['no exp', { exp: undefined }, INVALID],
    ['exp that is a text', { exp: String(inSeconds(300)) }, INVALID],
    ['exp that is no number', { exp: null }, INVALID],
    ['exp in the past', { exp: inSeconds(-5) }, EXPIRED],
    ['exp now', { exp: inSeconds(0) }, EXPIRED],
    ['exp in the far future', { exp: inSeconds(86_400 * 365) }, INVALID],
    ['exp one second beyond the longest lifetime', { iat: inSeconds(0), exp: inSeconds(3_601) }, INVALID],
    ['nbf in the future', { nbf: inSeconds(300) }, INVALID],
    ['iat in the future', { iat: inSeconds(200) }, INVALID],
    ['no iat', { iat: undefined }, INVALID],
    ['another issuer', { iss: 'https://other.example' }, INVALID],
    ['the issuer with a slash', { iss: `${ISSUER}/` }, INVALID],
    ['a list of issuers', { iss: [ISSUER] }, INVALID],
    ['no issuer', { iss: undefined }, INVALID],
    ['another audience', { aud: 'https://other.example/fhir' }, INVALID],
    ['the audience with a slash', { aud: `${AUDIENCE}/` }, INVALID],
    ['audiences without ours', { aud: ['https://other.example', 'account'] }, INVALID],
    ['no audience', { aud: undefined }, INVALID],
    ['no client', { client_id: undefined }, INVALID],
    ['token_use id', { token_use: 'id' }, INVALID],
    ['a refresh token', { typ: 'Refresh' }, INVALID],
    ['an ID token of ours', { aud: AUDIENCE, client_id: undefined, nonce: 'n', scope: undefined }, INVALID],
    ['an ID token that names its client', { at_hash: 'x' }, INVALID],
    ['bound to a key', { cnf: { jkt: 'x' } }, INVALID],
    ['a client assertion', { iss: 'app', sub: 'app', aud: `${ISSUER}/token` }, INVALID],
    ['a scope that is a list', { scope: ['user/Observation.rs'] }, INVALID],
  ])('%s', async (_, changes, expected) => {
    expect(await attempt(`Bearer ${await sign(key, claims(changes))}`)).toEqual(expected);
  });

  it('audiences with ours among them are accepted: some servers add their own', async () => {
    const token = await sign(key, claims({ aud: [AUDIENCE, `${ISSUER}/userinfo`] }));
    expect(await attempt(`Bearer ${token}`)).toEqual([200, undefined, undefined]);
  });

  it('a client that is not listed', async () => {
    const listed = authenticator([issuerWith([key], { clientIds: ['app', 'nightly'] })]);
    await expect(listed(`Bearer ${await sign(key, claims())}`)).resolves.toMatchObject({ clientId: 'app' });
    await expect(listed(`Bearer ${await sign(key, claims({ client_id: 'other' }))}`)).rejects.toThrow(AccessError);
    // With listed clients a token may lack an audience, as Cognito's do; a wrong one is still wrong.
    await expect(listed(`Bearer ${await sign(key, claims({ aud: undefined }))}`)).resolves.toBeDefined();
    await expect(listed(`Bearer ${await sign(key, claims({ aud: 'https://other.example' }))}`)).rejects.toThrow(
      AccessError,
    );
  });

  it('a typ other than the one that is required', async () => {
    const strict = authenticator([issuerWith([key], { requireTyp: 'at+jwt' })]);
    await expect(strict(`Bearer ${await sign(key, claims(), { typ: 'at+jwt' })}`)).resolves.toBeDefined();
    await expect(strict(`Bearer ${await sign(key, claims())}`)).rejects.toThrow(AccessError);
  });

  it('no issuer is trusted without configuration', async () => {
    await expect(authenticator([])(`Bearer ${await sign(key, claims())}`)).rejects.toThrow(AccessError);
  });
});

describe('the Authorization header', () => {
  it('may say bearer in any case', async () => {
    const token = await sign(key, claims());
    for (const scheme of ['bearer', 'BEARER', 'Bearer ']) {
      expect(await attempt(`${scheme} ${token}`)).toEqual([200, undefined, undefined]);
    }
  });

  it.each([
    ['is absent', undefined, LOGIN],
    ['is empty', '', LOGIN],
    ['is Basic', 'Basic dXNlcjpwYXNzd29yZA==', LOGIN],
    ['is a bare token', 'eyJhbGciOiJSUzI1NiJ9.e30.AAAA', LOGIN],
    ['has no token', 'Bearer', MALFORMED],
    ['has an empty token', 'Bearer ', MALFORMED],
    ['has two words', 'Bearer a b', MALFORMED],
    ['has something that is no JWT', 'Bearer x', INVALID],
  ])('%s', async (_, header, expected) => {
    expect(await attempt(header)).toEqual(expected);
  });

  it('is there twice', async () => {
    const token = await sign(key, claims());
    expect(await attempt(`Bearer ${token}, Bearer ${token}`)).toEqual(MALFORMED);
  });

  it('ends with a line', async () => {
    expect(await attempt(`Bearer ${await sign(key, claims())}\n`)).toEqual(MALFORMED);
  });

  it('has a token of more than 8 KB', async () => {
    const token = await sign(key, claims({ padding: 'x'.repeat(8_192) }));
    expect(await attempt(`Bearer ${token}`)).toEqual(INVALID);
  });
});
