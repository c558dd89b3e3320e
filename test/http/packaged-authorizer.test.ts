import { execFile } from 'node:child_process';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { build } from 'esbuild';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { BUNDLING } from '../../lib/stacks/functions.ts';
import { AUDIENCE, claims, ISSUER, type SigningKey, sign, signingKey } from '../support/tokens.ts';

const ROOT = join(import.meta.dirname, '..', '..');
const EVENT = join(ROOT, 'test/support/events/authorizer-request.json');

/** Asks the handler with each header and prints what it answers or throws. */
const RUN = `
const { handler } = await import('./index.mjs');
const event = JSON.parse(process.env.EVENT);
for (const Authorization of JSON.parse(process.env.HEADERS)) {
  const answer = await handler({ ...event, headers: { Authorization }, multiValueHeaders: { Authorization: [Authorization] } })
    .catch((error) => error.message);
  console.log('ANSWER ' + JSON.stringify(answer));
}`;

let folder: string;
let key: SigningKey;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'genomics-authorizer-'));
  key = await signingKey('k1');
  const { externalModules, format, banner, ...options } = BUNDLING;
  await build({
    ...options,
    banner: { js: banner },
    format: 'esm',
    mainFields: [...options.mainFields],
    external: [...externalModules],
    entryPoints: [join(ROOT, 'functions/authorizer/handler.ts')],
    bundle: true,
    platform: 'node',
    outfile: join(folder, 'index.mjs'),
    logLevel: 'silent',
  });
  await writeFile(join(folder, 'run.mjs'), RUN);
});
afterAll(() => rm(folder, { recursive: true, force: true }));

async function ask(
  environment: Readonly<Record<string, string>>,
  headers: readonly string[],
): Promise<readonly string[]> {
  const { stdout } = await promisify(execFile)(process.execPath, ['run.mjs'], {
    cwd: folder,
    env: { EVENT: await readFile(EVENT, 'utf8'), HEADERS: JSON.stringify(headers), ...environment },
  });
  return stdout.trimEnd().split('\n');
}

describe('the authorizer as it is bundled for Lambda', () => {
  it('decides by its environment alone, and writes its refusals to its log', async () => {
    const issuers = JSON.stringify([{ issuer: ISSUER, audience: AUDIENCE, jwks: { keys: [key.publicJwk] } }]);
    const good = `Bearer ${await sign(key, claims())}`;
    const headers = [good, `Bearer ${await sign(key, claims({ scope: 'openid' }))}`, `${good}x`];
    const lines = await ask({ GENOMICS_ISSUERS: issuers }, headers);
    const answers = lines.filter((line) => line.startsWith('ANSWER ')).map((line) => line.slice('ANSWER '.length));
    expect(answers.map((answer) => /"Effect":"(\w+)"/.exec(answer)?.[1] ?? answer)).toEqual([
      'Allow',
      'Deny',
      '"Unauthorized"',
    ]);
    const audited = lines.filter((line) => line.startsWith('{')).map((line) => JSON.parse(line).outcomeDesc);
    expect(audited).toEqual(['HTTP 403: forbidden', 'HTTP 401: token has a segment that is not base64url']);
  });

  it('lets nobody through without issuers', async () => {
    expect(await ask({}, [`Bearer ${await sign(key, claims())}`])).toContain('ANSWER "Unauthorized"');
  });

  it('does not start with a configuration that is at fault, and says what is', async () => {
    await expect(ask({ GENOMICS_ISSUERS: '[{"issuer":"https://a.example"}]' }, [])).rejects.toThrow(
      /GENOMICS_ISSUERS\[0\] needs an audience or clientIds/,
    );
  });
});
