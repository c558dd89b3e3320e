import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { loadDemo } from '../../lib/cli/demo.ts';
import { type RunningServer, startServer } from '../../lib/http/local-server.ts';
import { findPopulationSpecificVariants } from '../../lib/operations/find-population-specific-variants.ts';
import { findSubjectVariants } from '../../lib/operations/find-subject-variants.ts';
import { operations } from '../../lib/operations/table.ts';
import { openAwsArchive } from '../../lib/store/aws.ts';
import { type LocalArchive, openLocalArchive } from '../../lib/store/local.ts';
import { startAthena } from '../support/athena-server.ts';
import { asPost } from '../support/gateway-event.ts';
import { canRunFunctions, IS_REAL, RUNTIME } from '../support/lambda-machine.ts';
import { hasLinuxBinding } from '../support/linux-binding.ts';
import {
  answered,
  getEvent,
  jobEvent,
  jobOf,
  jobRecord,
  type Packaged,
  packagedDemo,
  preferringAsync,
} from '../support/packaged.ts';
import { vcf } from '../support/vcf-builder.ts';

/** Lambda refuses a function that is larger than this with its layers. */
const MOST_UNPACKED_BYTES = 262_144_000;
/** A bundle beyond this has taken in what belongs into the layer or the runtime. */
const MOST_BUNDLE_BYTES = 3_000_000;

let folder: string;
let packaged: Packaged;
let local: LocalArchive;
let server: RunningServer;

describe.skipIf(!hasLinuxBinding('the packaged functions') || !canRunFunctions())('the packaged functions', () => {
  beforeAll(async () => {
    console.log(`packaged functions run through ${RUNTIME}`);
    if (process.env['CI'] === 'true') expect(IS_REAL).toBe(true);
    folder = mkdtempSync(join(tmpdir(), 'genomics-lambda-'));
    packaged = await packagedDemo(folder);
    local = await openLocalArchive(join(folder, 'data'));
    await loadDemo(local);
    server = await startServer({ port: 0, ports: local.ports });
  });

  afterAll(async () => {
    await server?.close();
    await local?.close();
    await packaged?.[Symbol.asyncDispose]();
    rmSync(folder, { recursive: true, force: true });
  });

  it.each(operations.map(({ row }) => row))(
    '$code answers from S3 and DynamoDB, byte for byte as from a folder',
    async (row) => {
      const event = getEvent(`/$${row.code}`, row.example);
      const { outputs, coldMs, warmMs, peakMb } = await packaged.run(row.code, [event, asPost(event)]);
      const [get, post] = outputs.map(answered);
      const expected = await fetch(`${server.url}/$${row.code}?${new URLSearchParams(row.example)}`);
      expect(get).toMatchObject({ statusCode: 200, headers: { 'Content-Type': 'application/fhir+json' } });
      expect(get?.body).toBe(await expected.text());
      expect(post?.body).toBe(get?.body);
      expect(JSON.parse(get?.body ?? '').parameter.length).toBeGreaterThan(0);
      console.log(
        `${row.code}: start to first answer ${Math.round(coldMs)} ms, then ${warmMs.map(Math.round)} ms, ${Math.round(peakMb)} MB`,
      );
    },
  );

  it('answer later: the question, its worker, and what became of it', async () => {
    const { row } = findSubjectVariants;
    const event = getEvent(`/$${row.code}`, row.example);
    const [submission, now] = (await packaged.run(row.code, [preferringAsync(event), event])).outputs.map(answered);
    expect(submission).toMatchObject({ statusCode: 202, body: '' });
    const id = jobOf(submission);
    const look = jobEvent(id);
    const [waiting] = (await packaged.run('async', [look])).outputs.map(answered);
    expect(waiting).toMatchObject({ statusCode: 202, headers: { 'X-Progress': 'waiting' } });
    const record = jobRecord(id);
    // Told of it twice.
    expect((await packaged.run('async-worker', [record, record])).outputs).toEqual(['null', 'null']);
    const ended = await packaged.run('async', [look, { ...look, httpMethod: 'DELETE' }, look]);
    const [done, cancelled, gone] = ended.outputs.map(answered);
    expect(done).toMatchObject({ statusCode: 200, body: now?.body });
    expect([now?.statusCode, cancelled?.statusCode, gone?.statusCode]).toEqual([200, 202, 404]);
    console.log(`async: start to first answer ${Math.round(ended.coldMs)} ms, ${Math.round(ended.peakMb)} MB`);
  });

  it('refuse as the local server does', async () => {
    const event = getEvent('/$find-subject-variants', { subject: 'nobody', ranges: 'NC_000001.11:1-2' });
    const { outputs } = await packaged.run('find-subject-variants', [
      event,
      getEvent('/$find-subject-variants', { subject: 'demo-cyp2c19', ranges: 'chr1:1-2' }),
      { ...event, requestContext: { ...event.requestContext, authorizer: undefined } },
      { ...event, httpMethod: 'DELETE' },
    ]);
    const answers = outputs.map(answered);
    expect(answers.map(({ statusCode }) => statusCode)).toEqual([404, 400, 401, 405]);
    for (const { body } of answers) expect(JSON.parse(body).resourceType).toBe('OperationOutcome');
  });

  it('say that they can not answer when the bucket is out of reach, and log no question', async () => {
    const event = getEvent('/$find-subject-variants', {
      subject: 'demo-cyp2c19',
      ranges: 'NC_000010.11:94762680-94855547',
    });
    const { outputs, log } = await packaged.run('find-subject-variants', [event], { GENOMICS_BUCKET: 'elsewhere' });
    expect(answered(outputs[0] ?? '')).toMatchObject({
      statusCode: 503,
      headers: { 'Retry-After': expect.anything() },
    });
    if (IS_REAL) expect(log).not.toContain('Bearer');
    // The audit names the subject, and never the place; nothing else names either.
    const [audits, others] = [/"AuditEvent"/, /^(?!.*"AuditEvent").*$/].map((form) =>
      log.split('\n').filter((line) => form.test(line)),
    );
    expect(audits?.join('\n')).toContain('Patient/demo-cyp2c19');
    expect(audits?.join('\n')).not.toContain('94762680');
    expect(others?.join('\n')).not.toMatch(/demo-cyp2c19|94762680/);
    // For the operator: what failed, and a count of it.
    expect(log).toContain('"message":"request failed"');
    expect(log).toContain('"Status5xx":1');
  });

  it('serve discovery without the layer', async () => {
    const events = ['/metadata', '/OperationDefinition', '/openapi.json'].map((path) => getEvent(path));
    const { outputs } = await packaged.run('metadata', events);
    const kinds = outputs.map((output) => JSON.parse(answered(output).body));
    expect(kinds.map(({ resourceType, openapi }) => resourceType ?? openapi)).toEqual([
      'CapabilityStatement',
      'Bundle',
      expect.stringMatching(/^3\.1/),
    ]);
  });

  it('serve the utilities', async () => {
    const path = '/utilities/get-feature-coordinates';
    const { outputs } = await packaged.run('utilities', [getEvent(path, { gene: 'CYP2C19' })]);
    const expected = await fetch(`${server.url}${path}?gene=CYP2C19`);
    expect(answered(outputs[0] ?? '')).toMatchObject({ statusCode: 200, body: await expected.text() });
  });

  it('let nobody in who has no token that is accepted', async () => {
    const { methodArn = '', ...event } = JSON.parse(
      readFileSync(join(import.meta.dirname, '../support/events/authorizer.json'), 'utf8'),
    );
    const { outputs } = await packaged.run('authorizer', [{ ...event, methodArn }], { GENOMICS_ISSUERS: '[]' });
    // Either it denies, or it says that the token is nobody's, which API Gateway turns into 401.
    expect(outputs[0]).toMatch(/"Effect":"Deny"|"errorMessage":"Unauthorized"/);
    expect(outputs[0]).not.toContain('"Effect":"Allow"');
  });

  it('answer about everyone from a compacted copy, read in place, as from the studies', async () => {
    await using archive = await openAwsArchive(packaged.cloud.env);
    await archive.admin.compact();
    for (const { row } of operations.filter(({ row: { family } }) => family.startsWith('population'))) {
      const { outputs } = await packaged.run(row.code, [getEvent(`/$${row.code}`, row.example)]);
      const expected = await fetch(`${server.url}/$${row.code}?${new URLSearchParams(row.example)}`);
      expect(answered(outputs[0] ?? ''), row.code).toMatchObject({ statusCode: 200, body: await expected.text() });
    }
  });

  it('ingest what was uploaded: the plan, then each study', async () => {
    await packaged.put('incoming/p.vcf', vcf([{ pos: 100 }, { pos: 200 }]));
    await packaged.put('incoming/bad.vcf', `${vcf([{ pos: 100 }])}chr1\tx\n`);
    await packaged.put(
      'incoming/m.csv',
      'file,subject,assembly,test_id,test_date\np.vcf,P9,GRCh38,T1,2026-01-31\nbad.vcf,P10,GRCh38,T1,2026-01-31\n',
    );
    const planned = await packaged.run('ingest-plan', [{ detail: { object: { key: 'incoming/m.csv' } } }]);
    const jobs = JSON.parse(planned.outputs[0] ?? '');
    expect(jobs).toHaveLength(2);
    const { outputs } = await packaged.run('ingest', [...jobs, jobs[0]]);
    expect(outputs.map((output) => JSON.parse(output))).toMatchObject([
      { status: 'committed', version: 1 },
      // What the dead-letter queue gets.
      { errorType: 'InvalidInputError', errorMessage: expect.stringMatching(/bad\.vcf, line \d+/) },
      { status: 'superseded' },
    ]);
    await using archive = await openAwsArchive(packaged.cloud.env);
    expect((await archive.ports.studies.subject('P9'))?.studies).toHaveLength(1);
    expect(await archive.ports.studies.subject('P10')).toBeUndefined();
  });

  it('ask Athena with what the runtime brings along, and fail when it does', async () => {
    await using archive = await openAwsArchive(packaged.cloud.env);
    await archive.admin.compact();
    const athena = await startAthena(() => Promise.reject(new Error('no engine')));
    const { row } = findPopulationSpecificVariants;
    try {
      const { outputs } = await packaged.run(row.code, [getEvent(`/$${row.code}`, row.example)], {
        AWS_ENDPOINT_URL_ATHENA: athena.endpoint,
        GENOMICS_ATHENA_WORKGROUP: 'group',
        GENOMICS_ATHENA_DATABASE: 'tables',
        GENOMICS_ATHENA_ABOVE: '0',
      });
      expect(answered(outputs[0] ?? '').statusCode).toBe(503);
      const begun = athena.requests.filter(({ action }) => action === 'StartQueryExecution');
      expect(begun.map(({ body }) => body['QueryString']).join()).toMatch(
        /FROM variants\s+WHERE assembly = 'GRCh3[78]'/,
      );
    } finally {
      await athena.close();
    }
  });

  it('are, with their layer, within what Lambda takes', () => {
    const { uploads } = packaged;
    const kilobytes = [...uploads.bytes].map(([name, bytes]) => `${name} ${Math.round(bytes / 1000)}`).join(', ');
    console.log(`layer ${(uploads.layerBytes / 1e6).toFixed(1)} MB; bundles in kB: ${kilobytes}`);
    expect(uploads.layerBytes).toBeGreaterThan(70_000_000);
    expect(uploads.layerBytes).toBeLessThan(MOST_UNPACKED_BYTES / 2);
    for (const [name, bytes] of uploads.bytes) expect(bytes, name).toBeLessThan(MOST_BUNDLE_BYTES);
  });
});
