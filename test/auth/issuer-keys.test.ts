import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { type Authenticate, authenticator } from '../../lib/auth/authenticate.ts';
import { InvalidTokenError } from '../../lib/auth/errors.ts';
import { issuerOf } from '../../lib/auth/issuers.ts';
import { UnavailableError } from '../../lib/genomics/errors.ts';
import { AUDIENCE, claims, type SigningKey, sign, signingKey } from '../support/tokens.ts';

/** A real key set over HTTP, with what it serves now and how often it was asked. */
let keys: Server;
let served: readonly SigningKey[] | 'broken' | 'down' | 'moved';
let asked = 0;
let address: string;

let first: SigningKey;
let second: SigningKey;
/** Milliseconds by which the clock of the authenticator is ahead. */
let ahead = 0;
let authenticate: Authenticate;

beforeAll(async () => {
  [first, second] = await Promise.all([signingKey('k1'), signingKey('k2')]);
});

beforeEach(async () => {
  [served, asked, ahead] = [[first], 0, 0];
  keys = createServer((_, response) => {
    asked++;
    if (served === 'down') response.writeHead(500).end();
    else if (served === 'moved') response.writeHead(302, { location: '/elsewhere' }).end();
    else if (served === 'broken') response.end('<html>maintenance</html>');
    else response.end(JSON.stringify({ keys: served.map(({ publicJwk }) => publicJwk) }));
  });
  await new Promise<void>((resolve) => keys.listen(0, '127.0.0.1', resolve));
  address = `http://127.0.0.1:${(keys.address() as AddressInfo).port}`;
  authenticate = authenticator(
    [issuerOf({ issuer: address, audience: AUDIENCE, jwksUri: `${address}/keys`, maxLifetimeSeconds: 86_400 }, 'it')],
    () => Date.now() + ahead,
  );
});
afterEach(() => new Promise((resolve) => keys.close(resolve)));

const token = async (key: SigningKey) =>
  `Bearer ${await sign(key, claims({ iss: address, exp: Math.floor(Date.now() / 1000) + 80_000 }))}`;

const MINUTES = 60_000;

describe('keys of an issuer', () => {
  it('are asked for when the first token comes, and once', async () => {
    expect(asked).toBe(0);
    const header = await token(first);
    await Promise.all([authenticate(header), authenticate(header), authenticate(header)]);
    await authenticate(header);
    expect(asked).toBe(1);
  });

  it('may be rotated: a new one is found at once, the old one goes on while it is published', async () => {
    await authenticate(await token(first));
    served = [first, second];
    await expect(authenticate(await token(second))).resolves.toMatchObject({ issuer: address });
    await expect(authenticate(await token(first))).resolves.toMatchObject({ issuer: address });
  });

  it('may be revoked: one that is no longer published is refused within minutes', async () => {
    await authenticate(await token(first));
    served = [second];
    ahead = 6 * MINUTES;
    await expect(authenticate(await token(second))).resolves.toBeDefined();
    await expect(authenticate(await token(first))).rejects.toThrow(InvalidTokenError);
  });

  it('may be replaced under the same name', async () => {
    await authenticate(await token(first));
    const replaced = { ...(await signingKey('k1')) };
    served = [replaced];
    ahead = 6 * MINUTES;
    await expect(authenticate(await token(first))).rejects.toThrow(InvalidTokenError);
    await expect(authenticate(await token(replaced))).resolves.toBeDefined();
  });

  it.each(['down', 'broken', 'moved'] as const)('that can not be got (%s) are no verdict on a token', async (state) => {
    served = state;
    await expect(authenticate(await token(first))).rejects.toThrow(UnavailableError);
    served = [first];
    await expect(authenticate(await token(first))).resolves.toBeDefined();
  });

  it('are kept through an outage, for an hour at most, and not asked for all the time', async () => {
    await authenticate(await token(first));
    served = 'down';
    ahead = 6 * MINUTES;
    await expect(authenticate(await token(first))).resolves.toBeDefined();
    const after = asked;
    await expect(authenticate(await token(first))).resolves.toBeDefined();
    expect(asked).toBe(after);
    ahead = 61 * MINUTES;
    await expect(authenticate(await token(first))).rejects.toThrow(UnavailableError);
  });

  it('of an unknown name are asked for once in a while only, and known ones go on meanwhile', async () => {
    await authenticate(await token(first));
    await expect(authenticate(await token(second))).rejects.toThrow(InvalidTokenError);
    const after = asked;
    // Whether it exists can't be told now.
    await expect(authenticate(await token(second))).rejects.toThrow(UnavailableError);
    await expect(authenticate(await token(first))).resolves.toBeDefined();
    expect(asked).toBe(after);
  });
});

it('an issuer that does not exist stops nothing but its own tokens', async () => {
  const nowhere = issuerOf({ issuer: 'http://127.0.0.1:9', audience: AUDIENCE }, 'it');
  const both = authenticator([
    nowhere,
    issuerOf({ issuer: address, audience: AUDIENCE, jwksUri: `${address}/keys` }, 'it'),
  ]);
  const soon = { iss: address };
  await expect(both(`Bearer ${await sign(first, claims(soon))}`)).resolves.toBeDefined();
  const lost = both(`Bearer ${await sign(first, claims({ iss: 'http://127.0.0.1:9' }))}`);
  await expect(lost).rejects.toThrow(UnavailableError);
});
