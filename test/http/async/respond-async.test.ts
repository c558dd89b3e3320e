import { setTimeout as sleep } from 'node:timers/promises';
import type { AuditEvent } from '@medplum/fhirtypes';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { CannotAnswerError, UnavailableError } from '../../../lib/genomics/errors.ts';
import { type RunningServer, startServer } from '../../../lib/http/local-server.ts';
import type { Prepared } from '../../../lib/operations/row.ts';
import { type TemporaryArchive, temporaryArchive } from '../../support/archive.ts';
import { claims, issuerWith, type SigningKey, sign, signingKey } from '../../support/tokens.ts';
import { echo, fake, noPorts } from '../fake-operation.ts';

let archive: TemporaryArchive;
let key: SigningKey;
let server: RunningServer;
let audited: AuditEvent[] = [];
/** Opens the gate that `slow` waits at. */
let open: () => void = () => {};
let failures = 0;

const slow = fake('slow', async () => ({
  dependsOn: [],
  async *run() {
    yield '{"resourceType":"Parameters"';
    await new Promise<void>((resolve) => {
      open = resolve;
    });
    yield '}';
  },
}));
const unanswerable = fake('unanswerable', async () => refusing(() => new CannotAnswerError('no chains', 'ranges')));
const flaky = fake('flaky', async () => {
  const prepared = await echo.prepare({ subject: 'S1', ranges: ['a'] }, noPorts);
  return {
    ...prepared,
    run: () => (failures-- > 0 ? refusing(() => new UnavailableError('not now')).run() : prepared.run()),
  };
});
const operations = [echo, slow, unanswerable, flaky];

function refusing(error: () => Error): Prepared {
  return {
    dependsOn: [],
    // biome-ignore lint/correctness/useYield: it fails before it could
    async *run() {
      throw error();
    },
  };
}

const start = () =>
  startServer({
    port: 0,
    ports: noPorts,
    jobs: archive.jobs,
    operations,
    auth: { issuers: [issuerWith([key])] },
    audit: async (event) => {
      audited.push(event);
    },
    onFault: () => {},
  });

beforeAll(async () => {
  archive = await temporaryArchive();
  key = await signingKey('k1');
  server = await start();
});
afterEach(() => {
  audited = [];
});
afterAll(async () => {
  open();
  await server.close();
  await archive.remove();
});

const token = (changes: Readonly<Record<string, unknown>> = {}) => sign(key, claims(changes));

async function ask(url: string, options: { method?: string; prefer?: string; as?: string } = {}): Promise<Response> {
  const { method = 'GET', prefer, as = await token() } = options;
  return fetch(url, {
    method,
    headers: { authorization: `Bearer ${as}`, ...(prefer === undefined ? {} : { prefer }) },
  });
}

const submit = (operation: string) =>
  ask(`${server.url}/$${operation}?subject=S1&ranges=a`, { prefer: 'handling=strict, respond-async' });

async function placeOf(submission: Response): Promise<string> {
  expect(submission.status).toBe(202);
  expect(submission.headers.get('preference-applied')).toBe('respond-async');
  const place = submission.headers.get('content-location') ?? '';
  expect(place.startsWith(`${server.url}/async/`)).toBe(true);
  return place;
}

/** The first answer that is not "not yet". */
async function settled(place: string): Promise<Response> {
  for (let look = 0; look < 400; look++) {
    const response = await ask(place);
    if (response.status !== 202) return response;
    await response.arrayBuffer();
    await sleep(25);
  }
  throw new Error('still under way');
}

describe('a question with Prefer: respond-async', () => {
  it('is answered later with what would have been answered at once', async () => {
    const place = await placeOf(await submit('echo'));
    const [later, now] = [await settled(place), await ask(`${server.url}/$echo?subject=S1&ranges=a`)];
    expect(later.status).toBe(200);
    expect(later.headers.get('content-type')).toBe('application/fhir+json');
    expect(Date.parse(later.headers.get('expires') ?? '')).toBeGreaterThan(Date.now());
    expect(await later.text()).toBe(await now.text());
  });

  it('says that it is under way, and when to look again', async () => {
    const place = await placeOf(await submit('slow'));
    const response = await ask(place);
    expect(response.status).toBe(202);
    expect(response.headers.get('x-progress')).toMatch(/^(waiting|running)$/);
    expect(Number(response.headers.get('retry-after'))).toBeGreaterThan(0);
    await untilRunning(place);
    open();
    expect((await settled(place)).status).toBe(200);
  });

  it('is refused at once where it would be refused anyway', async () => {
    const malformed = await ask(`${server.url}/$echo?subject=S1`, { prefer: 'respond-async' });
    expect(malformed.status).toBe(400);
    const forbidden = await ask(`${server.url}/$echo?subject=S1&ranges=a`, {
      prefer: 'respond-async',
      as: await token({ scope: 'openid' }),
    });
    expect(forbidden.status).toBe(403);
  });

  it('ends with the status and outcome of the refusal when it cannot be answered', async () => {
    const response = await settled(await placeOf(await submit('unanswerable')));
    expect(response.status).toBe(422);
    expect(await response.json()).toMatchObject({
      resourceType: 'OperationOutcome',
      issue: [{ code: 'processing', expression: ['ranges'] }],
    });
  });

  it('is tried again when a file could not be read', async () => {
    failures = 1;
    expect((await settled(await placeOf(await submit('flaky')))).status).toBe(200);
  });

  it('ends with 503 when files stay unreadable', async () => {
    failures = 3;
    expect((await settled(await placeOf(await submit('flaky')))).status).toBe(503);
  });

  it('is not there any more once it is cancelled, done or not', async () => {
    const done = await placeOf(await submit('echo'));
    expect((await settled(done)).status).toBe(200);
    const running = await placeOf(await submit('slow'));
    await untilRunning(running);
    for (const place of [done, running]) {
      expect((await ask(place, { method: 'DELETE' })).status).toBe(202);
      expect((await ask(place)).status).toBe(404);
      expect((await ask(place, { method: 'DELETE' })).status).toBe(404);
    }
    open();
  });

  it('shows itself to nobody but the client and the person who asked', async () => {
    const place = await placeOf(await submit('echo'));
    await settled(place);
    const missing = await ask(`${server.url}/async/${'A'.repeat(32)}`);
    const others = [
      await token({ client_id: 'other-app' }),
      await token({ sub: 'user-2' }),
      await token({ sub: 'user-2', fhirUser: undefined, patient: 'S1', scope: 'patient/Observation.rs' }),
    ];
    const expected = [404, await missing.text()];
    for (const as of others) {
      for (const method of ['GET', 'DELETE']) {
        const response = await ask(place, { method, as });
        expect([response.status, await response.text()]).toEqual(expected);
      }
    }
    expect((await fetch(place)).status).toBe(401);
    expect((await ask(place)).status).toBe(200);
  });

  it('needs the same rights when it is read', async () => {
    const place = await placeOf(await submit('echo'));
    await settled(place);
    expect((await ask(place, { as: await token({ scope: 'openid' }) })).status).toBe(403);
  });

  it('leaves an audit event of the reading as of the asking', async () => {
    const place = await placeOf(await submit('echo'));
    await settled(place);
    audited = [];
    await ask(place);
    await ask(place, { as: await token({ sub: 'user-2' }) });
    const said = JSON.stringify(audited);
    expect(audited).toHaveLength(2);
    expect(said).toContain('echo');
    expect(said).not.toContain('"a"');
  });

  it('is answered by the next server when this one stops', async () => {
    const busy = await placeOf(await submit('slow'));
    await untilRunning(busy);
    const waiting = await placeOf(await submit('echo'));
    const closing = server.close();
    open();
    await closing;
    server = await start();
    const id = waiting.slice(waiting.lastIndexOf('/'));
    expect((await settled(`${server.url}/async${id}`)).status).toBe(200);
  });
});

async function untilRunning(place: string): Promise<void> {
  for (let look = 0; look < 400; look++) {
    const response = await ask(place);
    if (response.headers.get('x-progress') === 'running') return;
    await sleep(25);
  }
  throw new Error('never begun');
}
