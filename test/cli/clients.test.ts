import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { genomics } from '../support/command-line.ts';
import { AUTH_BASE, type FacadeUnderTest, startFacade, TABLE } from '../support/facade.ts';
import { attempt, authorizeApp, codeForm, PUBLIC_APP, post } from '../support/smart-app.ts';

const folder = mkdtempSync(join(tmpdir(), 'clients-cli-'));
let under: FacadeUnderTest;

beforeAll(async () => {
  under = await startFacade();
  const environment = {
    AWS_REGION: 'local',
    AWS_ACCESS_KEY_ID: 'test',
    AWS_SECRET_ACCESS_KEY: 'test',
    AWS_ENDPOINT_URL_DYNAMODB: under.dynamoUrl,
    AWS_ENDPOINT_URL_COGNITO_IDENTITY_PROVIDER: under.cognito.url,
    GENOMICS_AUTH_TABLE: TABLE,
    GENOMICS_POOL_ISSUER: under.cognito.issuer,
    GENOMICS_AUTH_URL: AUTH_BASE,
  };
  for (const [name, value] of Object.entries(environment)) vi.stubEnv(name, value);
  under.cognito.users.set('anna', { 'custom:fhirUser': 'Patient/HG00403' });
  under.cognito.signedIn = 'anna';
});
afterAll(async () => {
  await under.close();
  rmSync(folder, { recursive: true, force: true });
});

function file(name: string, value: unknown): string {
  const path = join(folder, name);
  writeFileSync(path, typeof value === 'string' ? value : JSON.stringify(value));
  return path;
}

describe('genomics clients', () => {
  it('registers an app that can then be used, changes and removes it', async () => {
    const { status, stdout, stderr } = await genomics('clients', 'register', file('app.json', PUBLIC_APP));
    expect([status, stderr]).toEqual([0, '']);
    const [, id = ''] = /^client_id (\w+)\n$/.exec(stdout) ?? [];
    const asked = attempt(id, 'launch/patient patient/Observation.rs');
    const { json } = await post(under, 'token', codeForm(asked, await authorizeApp(under, asked)));
    expect(json).toMatchObject({ patient: 'HG00403' });

    const less = file('less.json', { ...PUBLIC_APP, scope: 'openid' });
    expect((await genomics('clients', 'register', less, '--client-id', id)).stdout).toBe(`client_id ${id}\n`);
    expect((await authorizeApp(under, asked)).location?.searchParams.get('error')).toBe('invalid_scope');

    expect((await genomics('clients', 'remove', id)).stdout).toBe(`client ${id} removed\n`);
    expect((await authorizeApp(under, asked)).reply.statusCode).toBe(401);
    expect(under.cognito.clients.has(id)).toBe(false);
    const again = await genomics('clients', 'remove', id);
    expect([again.status, again.stderr]).toEqual([1, `error: the user pool has no app client '${id}'\n`]);
  }, 60_000);

  it('lets people sign in with the hospital, whose provider fills in who they are', async () => {
    const ways = ['--identity-providers', 'COGNITO,Hospital', '--mapped-attributes', 'custom:fhirUser,email'];
    const { stdout } = await genomics('clients', 'register', file('app.json', PUBLIC_APP), ...ways);
    expect(under.cognito.clients.get(stdout.trim().replace('client_id ', ''))).toMatchObject({
      SupportedIdentityProviders: ['COGNITO', 'Hospital'],
      WriteAttributes: ['custom:fhirUser', 'email'],
    });
  }, 60_000);

  it('tells the secret to who needs it, once', async () => {
    const backend = {
      client_name: 'Backend (nightly)',
      grant_type: 'client_credentials',
      token_endpoint_auth_method: 'client_secret_basic',
      scope: 'system/Observation.rs',
    };
    const { stdout } = await genomics('clients', 'register', file('backend.json', backend));
    const [, id = '', secret = ''] = /^client_id (\w+)\nclient_secret (\S+)\n$/.exec(stdout) ?? [];
    const headers = { Authorization: `Basic ${Buffer.from(`${id}:${secret}`).toString('base64')}` };
    const form = { grant_type: 'client_credentials', scope: 'system/Observation.rs' };
    expect((await post(under, 'token', form, headers)).json).toMatchObject({ expires_in: 300 });
    const other = await genomics('clients', 'register', file('app.json', PUBLIC_APP), '--client-id', id);
    expect([other.status, other.stderr]).toEqual([1, expect.stringContaining('client_credentials')]);
  }, 60_000);

  it.each([
    ['client registration: scope has', () => file('bad.json', { ...PUBLIC_APP, scope: 'everything' })],
    ['is no JSON', () => file('text.json', '{')],
    ["can't be read", () => join(folder, 'absent.json')],
  ])(
    'refuses what %s with one line, and registers nothing',
    async (message, path) => {
      const known = under.cognito.clients.size;
      const { status, stderr } = await genomics('clients', 'register', path());
      expect(status).toBe(1);
      expect(stderr).toMatch(/^error: [^\n]*\n$/);
      expect(stderr).toContain(message);
      expect(under.cognito.clients.size).toBe(known);
    },
    60_000,
  );

  it('leaves no app client behind when the table can not be written', async () => {
    const known = under.cognito.clients.size;
    const args = ['--table', 'absent'];
    const { status, stderr } = await genomics('clients', 'register', file('app.json', PUBLIC_APP), ...args);
    expect([status, stderr]).toEqual([1, expect.stringMatching(/^error: The table [^\n]*\n$/)]);
    expect(under.cognito.clients.size).toBe(known);
  }, 60_000);

  it('says which client is not registered', async () => {
    const { stderr } = await genomics('clients', 'register', file('app.json', PUBLIC_APP), '--client-id', 'nobody');
    expect(stderr).toBe("error: no client 'nobody' is registered\n");
  }, 60_000);
});
