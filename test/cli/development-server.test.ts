import { readFileSync, statSync, writeFileSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { developmentAuthorization } from '../../lib/cli/development.ts';
import { genomics, startGenomics } from '../support/command-line.ts';

interface Serving {
  readonly greeting: string;
  readonly base: string;
  stop(): Promise<void>;
}

/** Runs `serve` as a person would, until it has greeted. */
async function serving(...args: readonly string[]): Promise<Serving> {
  const { child, outcome } = startGenomics('serve', '--port', '0', ...args);
  let greeting = '';
  await new Promise<void>((resolve, reject) => {
    child.stdout?.on('data', (text: string) => {
      greeting += text;
      if (greeting.includes('Ctrl+C')) resolve();
    });
    child.once('close', (status) => reject(new Error(`the server ended with ${status}: ${greeting}`)));
  });
  return {
    greeting,
    base: /FHIR base URL\s+(\S+)/.exec(greeting)?.[1] ?? '',
    async stop() {
      child.kill('SIGTERM');
      await outcome;
    },
  };
}

describe('serve, unless told otherwise', () => {
  let data: string;
  let server: Serving;

  beforeAll(async () => {
    data = await mkdtemp(join(tmpdir(), 'development-server-'));
    server = await serving('--demo', '--data', data);
  });

  afterAll(async () => {
    await server.stop();
    await rm(data, { recursive: true, force: true });
  });

  const token = (...args: readonly string[]) => genomics('token', '--data', data, ...args);
  const metadata = (subject: string, bearer?: string): Promise<Response> =>
    fetch(`${server.base}/$find-study-metadata?subject=${subject}`, {
      headers: bearer === undefined ? {} : { Authorization: `Bearer ${bearer.trim()}` },
    });

  it('answers no operation without a token, and prints a request with one', async () => {
    for (const path of ['$find-study-metadata?subject=demo-cyp2c19', 'utilities/get-feature-coordinates?gene=BRCA1']) {
      const refused = await fetch(`${server.base}/${path}`);
      expect([refused.status, refused.headers.get('www-authenticate')]).toEqual([401, 'Bearer realm="fhir"']);
    }
    const [, header = '', url = ''] = /curl -H '([^']+)' '([^']+)'/.exec(server.greeting) ?? [];
    const answer = await fetch(url, { headers: { Authorization: header.replace('Authorization: ', '') } });
    expect(answer.status).toBe(200);
    expect(await answer.text()).toContain('NC_000010.11:94781858:G:A');
    expect(server.greeting).toMatch(/EHR page +http:\S+\/ehr\//);
  });

  it('gives tokens to the command line of whoever can read the data folder', async () => {
    const made = await token('--scope', 'patient/Observation.rs', '--patient', 'demo-cyp2c19');
    expect(made.status).toBe(0);
    expect((await metadata('demo-cyp2c19', made.stdout)).status).toBe(200);
    expect((await metadata('demo-carrier', made.stdout)).status).toBe(403);
    const wrong = await token('--scope', 'patient/Observation.rs');
    expect([wrong.status, wrong.stderr]).toEqual([1, 'error: --patient is needed for patient/ scopes\n']);
    for (const name of ['keys.json', 'server.json', 'backend-client.jwk.json']) {
      expect(statSync(join(data, 'auth', name)).mode & 0o077).toBe(0);
    }
  });

  it('keeps tokens good over a restart at the same address, and leaves no key behind', async () => {
    const made = await token('--scope', 'system/Observation.rs');
    const { port } = new URL(server.base);
    await server.stop();
    expect(() => readFileSync(join(data, 'auth', 'server.json'))).toThrow(/ENOENT/);
    const nobody = await token('--scope', 'system/Observation.rs');
    expect(nobody.stderr).toMatch(/^error: no server with the development authorization server runs on /);
    writeFileSync(join(data, 'auth', 'server.json'), '{"url":"http://127.0.0.1:9/auth/mint","key":"stale"}');
    expect((await token('--scope', 'system/Observation.rs')).stderr).toMatch(/^error: no server /);
    server = await serving('--data', data, '--port', port);
    expect((await metadata('demo-cyp2c19', made.stdout)).status).toBe(200);
  });
});

describe('the development authorization server is refused', () => {
  it.each([
    [{}, { NODE_ENV: 'production' }, /NODE_ENV is production/],
    [{}, { AWS_EXECUTION_ENV: 'AWS_ECS_FARGATE' }, /this is AWS/],
    [{}, { AWS_LAMBDA_FUNCTION_NAME: 'f' }, /this is AWS/],
    [{ host: '0.0.0.0' }, {}, /other machines reach/],
    [{ host: 'genomics.example' }, {}, /other machines reach/],
    [{ baseUrl: 'https://genomics.example/fhir' }, {}, /stands before this server/],
  ])('with %j and %j', async (place, environment, reason) => {
    const data = await mkdtemp(join(tmpdir(), 'development-refused-'));
    try {
      const start = developmentAuthorization({ data, demo: false, host: '127.0.0.1', ...place }, environment);
      await expect(start).rejects.toThrow(reason);
    } finally {
      await rm(data, { recursive: true, force: true });
    }
  });

  it.each([
    ['--issuer names another', ['--issuer', 'https://issuer.example', '--audience', 'a'], undefined],
    [
      'GENOMICS_ISSUERS names another',
      [],
      '[{"issuer":"https://issuer.example","jwksUri":"http://127.0.0.1:9/jwks","audience":"a"}]',
    ],
    ['GENOMICS_ISSUERS names nobody', [], '[]'],
  ])('where %s', async (_, args, issuers) => {
    const data = await mkdtemp(join(tmpdir(), 'development-issuers-'));
    if (issuers !== undefined) process.env['GENOMICS_ISSUERS'] = issuers;
    const server = await serving('--data', data, ...args).finally(() => {
      delete process.env['GENOMICS_ISSUERS'];
    });
    try {
      expect(server.greeting.includes('https://issuer.example')).toBe(issuers !== '[]');
      const { origin } = new URL(server.base);
      for (const path of ['/auth/authorize', '/auth/mint', '/ehr/', '/genome/']) {
        expect((await fetch(origin + path)).status).toBe(404);
      }
      expect((await fetch(`${server.base}/$find-study-metadata?subject=s1`)).status).toBe(401);
    } finally {
      await server.stop();
      await rm(data, { recursive: true, force: true });
    }
  });
});
