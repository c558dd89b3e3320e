import { chmod, mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { InvalidTokenError } from '../../lib/auth/errors.ts';
import { InvalidInputError } from '../../lib/genomics/errors.ts';
import { eventOf, fileAudit, streamAudit } from '../../lib/http/audit.ts';

const CIRCUMSTANCES = {
  operation: 'find-population-specific-variants',
  requestId: 'request-1',
  base: 'https://archive.example/fhir',
  status: 200,
  remote: '192.0.2.17',
};

const CALLER = {
  kind: 'principal',
  principal: {
    issuer: 'https://issuer.example',
    subject: 'u1',
    clientId: 'app',
    tokenId: 'token-1',
    scopes: ['user/*.rs'],
    fhirUser: { type: 'Practitioner', id: 'dr1' },
    machine: false,
    expires: 4e9,
  },
} as const;

describe('an audit event', () => {
  it('says who asked, by what, from where, about whom, and how it ended', () => {
    const event = eventOf({ caller: CALLER, subject: 'HG00403' }, CIRCUMSTANCES);
    expect(event).toMatchObject({
      resourceType: 'AuditEvent',
      type: { system: 'http://terminology.hl7.org/CodeSystem/audit-event-type', code: 'rest' },
      subtype: [
        { system: 'http://hl7.org/fhir/restful-interaction', code: 'operation' },
        { code: CIRCUMSTANCES.operation },
      ],
      action: 'E',
      outcome: '0',
      outcomeDesc: 'HTTP 200',
      agent: [
        {
          type: { coding: [{ code: 'UserOauthAgent' }] },
          who: { reference: 'Practitioner/dr1', identifier: { system: 'https://issuer.example', value: 'u1' } },
          requestor: true,
          policy: ['token-1'],
        },
        {
          type: { coding: [{ code: '110153' }] },
          who: { identifier: { value: 'app' } },
          requestor: false,
          network: { address: '192.0.2.17', type: '2' },
        },
        { type: { coding: [{ code: '110152' }] }, requestor: false },
      ],
      source: { observer: { identifier: { value: CIRCUMSTANCES.base } } },
      entity: [
        { what: { reference: 'Patient/HG00403' }, role: { code: '1' } },
        { role: { code: '24' }, query: Buffer.from('$find-population-specific-variants').toString('base64') },
        { what: { identifier: { value: 'request-1' } }, type: { code: 'XrequestId' } },
      ],
    });
    expect(event.recorded).toMatch(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/);
  });

  it('has one requestor, also when nobody is known', () => {
    for (const trail of [{}, { caller: CALLER }]) {
      const { agent } = eventOf(trail, CIRCUMSTANCES);
      expect(agent?.filter(({ requestor }) => requestor)).toHaveLength(1);
    }
  });

  it('says when subjects were listed', () => {
    const { entity } = eventOf({ caller: CALLER, listed: 'includePatientList' }, CIRCUMSTANCES);
    expect(entity?.[0]?.detail).toEqual([{ type: 'includePatientList', valueString: 'true' }]);
  });

  it('tells the kind of a failure, and nothing that was asked', () => {
    const asked = new InvalidInputError("'NC_000010.11:94762680-94855547' is too much", 'ranges');
    expect(eventOf({ failure: asked }, { ...CIRCUMSTANCES, status: 400 })).toMatchObject({
      outcome: '4',
      outcomeDesc: 'HTTP 400: invalid',
    });
    expect(eventOf({ failure: new InvalidTokenError('has no exp') }, { ...CIRCUMSTANCES, status: 401 })).toMatchObject({
      outcome: '4',
      outcomeDesc: 'HTTP 401: token has no exp',
    });
    expect(eventOf({ failure: new TypeError('0/1 at 94762680') }, { ...CIRCUMSTANCES, status: 500 })).toMatchObject({
      outcome: '8',
      outcomeDesc: 'HTTP 500: exception',
    });
  });
});

describe('where events go', () => {
  let folder: string;
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'genomics-audit-'));
  });
  afterEach(async () => {
    await chmod(folder, 0o700);
    await rm(folder, { recursive: true });
  });

  const event = () => eventOf({ caller: CALLER, subject: 'HG00403' }, CIRCUMSTANCES);

  it('a file a day, one event a line, for its owner only', async () => {
    const audit = fileAudit(join(folder, 'audit'));
    const events = Array.from({ length: 50 }, event);
    await Promise.all(events.map(audit));
    const [name = '', ...others] = await readdir(join(folder, 'audit'));
    expect(others).toEqual([]);
    expect(name).toMatch(/^\d{4}-\d\d-\d\d\.ndjson$/);
    const lines = (await readFile(join(folder, 'audit', name), 'utf8')).trimEnd().split('\n');
    expect(lines.map((line) => JSON.parse(line))).toHaveLength(50);
    expect((await stat(join(folder, 'audit', name))).mode & 0o777).toBe(0o600);
    expect((await stat(join(folder, 'audit'))).mode & 0o777).toBe(0o700);
  });

  it('a folder that can not be written is a failure, and may be mended', async () => {
    const blocked = join(folder, 'file');
    const audit = fileAudit(blocked);
    await writeFile(blocked, '');
    await expect(audit(event())).rejects.toThrow();
    await rm(blocked);
    await expect(audit(event())).resolves.toBeUndefined();
  });

  it('a stream, one event a line', async () => {
    const lines: string[] = [];
    const audit = streamAudit((line) => lines.push(line));
    await audit(event());
    await audit(event());
    expect(lines.map((line) => line.indexOf('\n') === line.length - 1)).toEqual([true, true]);
    expect(JSON.parse(lines[0] ?? '').resourceType).toBe('AuditEvent');
  });
});
