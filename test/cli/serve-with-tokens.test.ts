import { readdirSync, readFileSync, rmSync } from 'node:fs';
import { mkdtemp } from 'node:fs/promises';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startGenomics } from '../support/command-line.ts';
import { AUDIENCE, claims, type SigningKey, sign, signingKey } from '../support/tokens.ts';

/** Reads the FHIR base URL off the greeting of a server. */
function baseUrlOf({ child, outcome }: ReturnType<typeof startGenomics>): Promise<string> {
  return new Promise((resolve, reject) => {
    let greeting = '';
    child.stdout?.on('data', (text: string) => {
      greeting += text;
      const url = /FHIR base URL\s+(\S+)/.exec(greeting)?.[1];
      if (url !== undefined) resolve(url);
    });
    outcome.then(({ status, stderr }) => reject(new Error(`the server ended with ${status}: ${stderr}`)), reject);
  });
}

describe('serve --auth on', () => {
  let keys: Server;
  let issuer: string;
  let key: SigningKey;
  let data: string;
  let server: ReturnType<typeof startGenomics>;
  let base: string;

  beforeAll(async () => {
    key = await signingKey('k1');
    keys = createServer((_, response) => response.end(JSON.stringify({ keys: [key.publicJwk] })));
    await new Promise<void>((resolve) => keys.listen(0, '127.0.0.1', resolve));
    issuer = `http://127.0.0.1:${(keys.address() as AddressInfo).port}`;
    data = await mkdtemp(join(tmpdir(), 'serve-with-tokens-'));
    const tokens = ['--auth', 'on', '--issuer', issuer, '--audience', AUDIENCE, '--jwks-uri', `${issuer}/keys`];
    server = startGenomics('serve', '--demo', '--data', data, '--port', '0', ...tokens);
    base = await baseUrlOf(server);
  });
  afterAll(async () => {
    server.child.kill('SIGTERM');
    await server.outcome;
    await new Promise((resolve) => keys.close(resolve));
    rmSync(data, { recursive: true, force: true });
  });

  const ask = async (subject: string, changes?: Readonly<Record<string, unknown>>) => {
    const query = `subject=${subject}&ranges=NC_000010.11:94762680-94855547`;
    const authorization = changes && `Bearer ${await sign(key, claims({ iss: issuer, ...changes }))}`;
    const headers: Readonly<Record<string, string>> = authorization === undefined ? {} : { authorization };
    return fetch(`${base}/$find-subject-variants?${query}`, { headers });
  };

  it('answers those who have a token, and keeps who asked', async () => {
    const patient = { fhirUser: undefined, patient: 'demo-cyp2c19', scope: 'patient/Observation.rs' };
    expect((await ask('demo-cyp2c19')).status).toBe(401);
    const answer = await ask('demo-cyp2c19', patient);
    expect(answer.status).toBe(200);
    expect(await answer.json()).toMatchObject({
      parameter: [{ part: [{}, { name: 'presence', valueBoolean: true }] }],
    });
    expect((await ask('demo-negative', patient)).status).toBe(403);
    const folder = join(data, 'audit');
    const lines = readdirSync(folder).flatMap((name) => readFileSync(join(folder, name), 'utf8').trimEnd().split('\n'));
    expect(lines.map((line) => JSON.parse(line).outcomeDesc)).toEqual([
      'HTTP 401: login',
      'HTTP 200',
      'HTTP 403: forbidden',
    ]);
    expect(lines.join()).not.toContain('NC_');
  });
});
