import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { type RunningServer, startServer } from '../../lib/http/local-server.ts';
import type { Ports } from '../../lib/operations/ports.ts';
import { routesOf } from '../../lib/operations/routes.ts';
import { operations } from '../../lib/operations/table.ts';
import { storeStudy, type TemporaryArchive, temporaryArchive, variantRow } from '../support/archive.ts';
import { REQUIRED } from '../support/required-access.ts';
import { claims, inSeconds, issuerWith, type SigningKey, sign, signingKey } from '../support/tokens.ts';

const OWN = 'HG00403';
const OTHER = 'HG00404';
const NOBODY = 'HG99999';
const RANGE = 'NC_000001.11:1000-2000';

let archive: TemporaryArchive;
let server: RunningServer;
let key: SigningKey;
let token: string;
/** Subjects that were looked up in the archive. */
let lookedUp: string[] = [];

beforeAll(async () => {
  archive = await temporaryArchive();
  for (const subject of [OWN, OTHER]) {
    await storeStudy(archive, {
      id: `study-${subject}`,
      subjects: new Map([[subject, [{ input: 0, sample: subject }]]]),
      variants: { '1': [variantRow(1500, 'A', 'G', { subject })] },
    });
  }
  const ports: Ports = {
    ...archive.ports,
    studies: {
      ...archive.ports.studies,
      subject: (subject) => {
        lookedUp.push(subject);
        return archive.ports.studies.subject(subject);
      },
    },
  };
  key = await signingKey('k1');
  server = await startServer({ port: 0, ports, auth: { issuers: [issuerWith([key])] }, onFault: () => {} });
  token = await tokenOf({ fhirUser: undefined, patient: OWN, scope: 'launch/patient patient/*.rs' });
});
afterAll(async () => {
  await server?.close();
  await archive?.remove();
});
beforeEach(() => {
  lookedUp = [];
});

const tokenOf = (changes: Readonly<Record<string, unknown>>) => sign(key, claims(changes));

interface Told {
  readonly status: number;
  readonly body: string;
}

async function send(path: string, init: RequestInit = {}, as = token): Promise<Told> {
  const headers = { authorization: `Bearer ${as}`, ...(init.headers as Record<string, string> | undefined) };
  const response = await fetch(`${server.url}/${path}`, { ...init, headers });
  return { status: response.status, body: await response.text() };
}

const OPERATION = '$find-subject-variants';
const get = (query: string) => send(`${OPERATION}?ranges=${RANGE}&${query}`);
const post = (parameter: readonly unknown[], query = '') =>
  send(`${OPERATION}${query}`, {
    method: 'POST',
    headers: { 'content-type': 'application/fhir+json' },
    body: JSON.stringify({
      resourceType: 'Parameters',
      parameter: [{ name: 'ranges', valueString: RANGE }, ...parameter],
    }),
  });

describe('a token of one patient', () => {
  it.each([
    ['the bare id', `subject=${OWN}`],
    ['Patient/id', `subject=Patient/${OWN}`],
    ['an encoded slash', `subject=Patient%2F${OWN}`],
    ['a space at the end, which is trimmed', `subject=${OWN}%20`],
    ['a decoy patient= of another', `subject=${OWN}&patient=${OTHER}`],
    ['a decoy Subject= of another', `subject=${OWN}&Subject=${OTHER}`],
  ])('answers about themselves: %s', async (_, query) => {
    const { status, body } = await get(query);
    expect(status).toBe(200);
    expect(lookedUp).toEqual([OWN]);
    expect(body).not.toContain(OTHER);
  });

  it('answers about themselves by the URL of this server, with the ETag of the bare id', async () => {
    const headers = { authorization: `Bearer ${token}` };
    const [bare, url] = await Promise.all(
      [OWN, `${server.url}/Patient/${OWN}`].map((subject) =>
        fetch(`${server.url}/${OPERATION}?ranges=${RANGE}&subject=${encodeURIComponent(subject)}`, { headers }),
      ),
    );
    expect([bare?.status, url?.status]).toEqual([200, 200]);
    expect(await url?.text()).toBe(await bare?.text());
  });

  it.each([
    ['another id', () => `subject=${OTHER}`],
    ['Patient/ another', () => `subject=Patient/${OTHER}`],
    ['another by our URL', () => `subject=${server.url}/Patient/${OTHER}`],
    ['another letter case', () => `subject=${OWN.toLowerCase()}`],
    ['a dot at the end', () => `subject=${OWN}%2e`],
    ['dots', () => 'subject=%2e%2e'],
    ['a decoy Subject= of their own', () => `subject=${OTHER}&Subject=${OWN}`],
    ['a decoy patient= of their own', () => `subject=${OTHER}&patient=${OWN}`],
  ])('is a 403 without a lookup: %s', async (_, query) => {
    const { status, body } = await get(query());
    expect(status).toBe(403);
    expect(lookedUp).toEqual([]);
    for (const id of [OWN, OTHER, token]) expect(body).not.toContain(id);
  });

  it.each([
    ['a URL of another server that ends in their own id', `subject=https://other.example/fhir/Patient/${OWN}`],
    ['two in a list', `subject=Patient/${OWN},Patient/${OTHER}`],
    ['two of the parameter', `subject=${OWN}&subject=${OTHER}`],
    ['the same twice', `subject=${OWN}&subject=${OWN}`],
    ['another type', `subject=Group/${OWN}`],
    ['a version', `subject=Patient/${OWN}/_history/1`],
    ['a fragment', `subject=Patient/${OWN}%23x`],
    ['a query inside', `subject=Patient/${OWN}%3Fx`],
    ['a token', `subject=urn:x%7C${OWN}`],
    ['NUL', `subject=${OWN}%00`],
    ['a space inside', 'subject=HG%2000403'],
    ['encoded twice', 'subject=%2548G00403'],
    ['a lookalike', `subject=${encodeURIComponent('ＨG00403')}`],
    ['a slash at the end', `subject=Patient/${OWN}/`],
    ['a path', `subject=Patient/../Patient/${OTHER}`],
    ['nothing', 'subject='],
    ['only a decoy', `Subject=${OWN}&patient=${OWN}`],
    ['the server alone', 'subject=Patient/'],
  ])('is a 400 without a lookup: %s', async (_, query) => {
    const { status, body } = await get(query);
    expect(status).toBe(400);
    expect(JSON.parse(body).issue[0].expression).toEqual(['subject']);
    expect(lookedUp).toEqual([]);
  });

  it.each([
    ['valueString', [{ name: 'subject', valueString: OTHER }], 403],
    ['valueUri', [{ name: 'subject', valueUri: `Patient/${OTHER}` }], 403],
    ['valueReference', [{ name: 'subject', valueReference: { reference: `Patient/${OTHER}` } }], 400],
    ['two values in one entry', [{ name: 'subject', valueString: OWN, valueUri: OTHER }], 400],
    [
      'two entries',
      [
        { name: 'subject', valueString: OWN },
        { name: 'subject', valueString: OTHER },
      ],
      400,
    ],
    ['a part', [{ name: 'subject', part: [{ name: 'subject', valueString: OWN }] }], 400],
    [
      'an entry of another case beside it',
      [
        { name: 'Subject', valueString: OWN },
        { name: 'subject', valueString: OTHER },
      ],
      403,
    ],
  ])('in a body: %s', async (_, parameter, status) => {
    expect((await post(parameter)).status).toBe(status);
    expect(lookedUp).toEqual([]);
  });

  it('in a query and another in the body', async () => {
    expect((await post([{ name: 'subject', valueString: OTHER }], `?subject=${OWN}`)).status).toBe(400);
    expect((await post([{ name: 'subject', valueString: OWN }], `?subject=${OTHER}`)).status).toBe(400);
    expect(lookedUp).toEqual([]);
  });

  it('in a form', async () => {
    const form = (subject: string) =>
      send(OPERATION, { method: 'POST', body: new URLSearchParams({ subject, ranges: RANGE }) });
    expect((await form(OWN)).status).toBe(200);
    lookedUp = [];
    expect((await form(OTHER)).status).toBe(403);
    expect(lookedUp).toEqual([]);
  });

  it('by other ways to the same operation', async () => {
    const query = `?subject=${OTHER}&ranges=${RANGE}`;
    for (const path of [OPERATION, `%24${OPERATION.slice(1)}`, `Patient/${OPERATION}`]) {
      expect((await send(path + query)).status, path).toBe(403);
      const overridden = { 'x-http-method-override': 'POST', 'x-original-url': `/${OPERATION}?subject=${OWN}` };
      expect((await send(path + query, { headers: overridden })).status, path).toBe(403);
    }
    for (const path of [`${OPERATION}/`, `/${OPERATION}`, `Patient/${OTHER}/${OPERATION}`, `Patient//${OPERATION}`]) {
      expect((await send(path + query)).status, path).toBe(404);
    }
    expect(lookedUp).toEqual([]);
  });

  it('gets the same answer about others whether they exist or not', async () => {
    const [existing, missing] = [await get(`subject=${OTHER}`), await get(`subject=${NOBODY}`)];
    expect(existing).toEqual(missing);
    expect(existing.status).toBe(403);
    expect(lookedUp).toEqual([]);
  });

  it('is not told more of others by a condition', async () => {
    const clinician = await tokenOf({});
    const known = await fetch(`${server.url}/${OPERATION}?ranges=${RANGE}&subject=${OTHER}`, {
      headers: { authorization: `Bearer ${clinician}` },
    });
    const etag = known.headers.get('etag') ?? '';
    expect(
      (await send(`${OPERATION}?ranges=${RANGE}&subject=${OTHER}`, { headers: { 'if-none-match': etag } })).status,
    ).toBe(403);
    expect(
      (await send(`${OPERATION}?ranges=${RANGE}&subject=${OWN}`, { headers: { 'if-none-match': etag } })).status,
    ).toBe(200);
  });

  it('is good for every route until it expires', async () => {
    const expired = await tokenOf({ patient: OWN, iat: inSeconds(-600), exp: inSeconds(-1) });
    for (const { row } of operations) {
      for (const route of routesOf(row)) {
        const path = `${route.slice(1)}?${new URLSearchParams({ ...row.example, subject: OWN })}`;
        expect((await send(path, {}, expired)).status, path).toBe(401);
      }
    }
    expect(lookedUp).toEqual([]);
  });
});

describe('every operation of this server, by HTTP', () => {
  const KINDS: Readonly<
    Record<string, { readonly context: string; readonly claims: Readonly<Record<string, unknown>> }>
  > = {
    'a patient app': { context: 'patient', claims: { fhirUser: undefined, scope: 'patient/*.cruds' } },
    'a practitioner': { context: 'user', claims: { scope: 'user/*.rs' } },
    'a patient who signed in': { context: 'user', claims: { scope: 'user/*.rs' } },
    'a program': { context: 'system', claims: { fhirUser: undefined, sub: 'app', scope: 'system/*.rs' } },
    'a program without scopes': { context: 'none', claims: { fhirUser: undefined, sub: 'app', scope: 'openid' } },
  };

  describe.each(operations.map(({ row }) => row))('$code', (row) => {
    const required = REQUIRED.find(({ code }) => code === row.code);
    const query = String(new URLSearchParams(row.example));
    const subject = row.example['subject'];

    it('is a 401 without a token, at every route', async () => {
      for (const route of routesOf(row)) {
        expect((await fetch(`${server.url}${route}?${query}`)).status).toBe(401);
      }
      expect(lookedUp).toEqual([]);
    });

    it.each(Object.entries(KINDS))('%s', async (kind, { context, claims: changes }) => {
      const own = {
        ...(kind === 'a patient app' ? { patient: subject ?? OWN } : {}),
        ...(kind === 'a patient who signed in' ? { fhirUser: `Patient/${subject ?? OWN}` } : {}),
      };
      const population = required?.contexts.includes('patient') === false;
      const may = required?.contexts.includes(context) === true && !(population && kind === 'a patient who signed in');
      const { status } = await send(`$${row.code}?${query}`, {}, await tokenOf({ ...changes, ...own }));
      // Whoever may ask learns that the example's subject is not here.
      expect([401, 403].includes(status) ? status : 'answered').toBe(may ? 'answered' : 403);
      expect(lookedUp.length > 0 || population).toBe(may || population);
      if (context !== 'patient' && kind !== 'a patient who signed in') return;
      lookedUp = [];
      const foreign = await send(
        `$${row.code}?${query}`,
        {},
        await tokenOf({ ...changes, ...(context === 'patient' ? { patient: 'X' } : { fhirUser: 'Patient/X' }) }),
      );
      expect(foreign.status).toBe(403);
      expect(lookedUp).toEqual([]);
    });
  });
});
