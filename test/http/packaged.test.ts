import { spawn } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { App } from 'aws-cdk-lib';
import { Match, Template } from 'aws-cdk-lib/assertions';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { findSubjectVariants } from '../../lib/operations/find-subject-variants.ts';
import { ApiStack } from '../../lib/stacks/api-stack.ts';
import { DataStack } from '../../lib/stacks/data-stack.ts';
import { LOCAL_TABLE } from '../../lib/store/local-dynamodb.ts';
import { storeStudy, type TemporaryArchive, temporaryArchive, variantRow } from '../support/archive.ts';
import { asPost, gatewayEvent } from '../support/gateway-event.ts';
import { hasLinuxBinding } from '../support/linux-binding.ts';

const ROOT = join(import.meta.dirname, '..', '..');
/** Lambda refuses a function that is larger than this with its layers. */
const MAX_UNPACKED_BYTES = 262_144_000;

interface Run {
  readonly audited: readonly { readonly outcomeDesc: string }[];
  readonly answers: readonly {
    readonly statusCode: number;
    readonly headers: Readonly<Record<string, string>>;
    readonly body: string;
    readonly complete: boolean;
    readonly failure?: string;
  }[];
  readonly libraries: readonly string[];
  readonly milliseconds: number;
}

let machine: string;
let archive: TemporaryArchive;

/** Puts the function and the layer where Lambda unpacks them, from the assets that a deployment would upload. */
function unpackInto(folder: string): void {
  const outdir = join(folder, 'cdk.out');
  const app = new App({ outdir, context: { 'aws:cdk:enable-asset-metadata': true } });
  const { bucket, table } = new DataStack(app, 'Data');
  const api = new ApiStack(app, 'Api', { bucket, table, rows: [findSubjectVariants.row], software: 'packaged' });
  app.synth();
  const template = Template.fromStack(api);
  // The one operation is the one function with a layer.
  const functions = template.findResources('AWS::Lambda::Function', { Properties: { Layers: Match.anyValue() } });
  cpSync(assetOf(outdir, functions), join(folder, 'var', 'task'), { recursive: true });
  cpSync(assetOf(outdir, template.findResources('AWS::Lambda::LayerVersion')), join(folder, 'opt'), {
    recursive: true,
  });
  // The runtime brings the SDK along.
  const runtime = join(folder, 'var', 'runtime', 'node_modules');
  mkdirSync(runtime, { recursive: true });
  symlinkSync(join(ROOT, 'node_modules', '@aws-sdk'), join(runtime, '@aws-sdk'));
}

function assetOf(outdir: string, resources: Readonly<Record<string, unknown>>): string {
  const [resource, another] = Object.values(resources) as { Metadata: Record<string, string> }[];
  const path = resource?.Metadata['aws:asset:path'];
  if (path === undefined || another !== undefined) throw new Error('expected one resource with an asset');
  return join(outdir, path);
}

/** Starts the handler in a process that has nothing of this one but the data folder and its DynamoDB. */
async function run(events: readonly unknown[]): Promise<Run> {
  const dynamo = JSON.parse(readFileSync(join(archive.folder, 'dynamodb.json'), 'utf8')) as {
    readonly port: number;
    readonly key: string;
  };
  const entry = join(machine, 'var', 'task', 'index.mjs');
  const child = spawn(process.execPath, [join(import.meta.dirname, '../support/lambda-runtime.mjs'), entry], {
    cwd: join(machine, 'var', 'task'),
    stdio: ['pipe', 'pipe', 'pipe'],
    env: {
      NODE_PATH: `${machine}/opt/nodejs/node_modules:${machine}/var/runtime/node_modules`,
      TMPDIR: machine,
      AWS_REGION: 'eu-central-1',
      AWS_ACCESS_KEY_ID: dynamo.key,
      AWS_SECRET_ACCESS_KEY: dynamo.key,
      AWS_ENDPOINT_URL_DYNAMODB: `http://127.0.0.1:${dynamo.port}`,
      AWS_LAMBDA_FUNCTION_MEMORY_SIZE: '1769',
      GENOMICS_TABLE: LOCAL_TABLE,
      GENOMICS_DATA: archive.folder,
    },
  });
  child.stdin.end(JSON.stringify(events));
  const [output, errors, code] = await Promise.all([
    text(child.stdout),
    text(child.stderr),
    new Promise<number | null>((resolve) => child.on('close', resolve)),
  ]);
  if (code !== 0) throw new Error(`the function ended with ${code}: ${errors}`);
  // Audit events go to standard output too, before the last line.
  const lines = output.trimEnd().split('\n');
  return { ...(JSON.parse(lines.at(-1) ?? '') as Run), audited: lines.slice(0, -1).map((line) => JSON.parse(line)) };
}

describe.skipIf(!hasLinuxBinding('the packaged function'))('a packaged function', () => {
  beforeAll(async () => {
    machine = mkdtempSync(join(tmpdir(), 'genomics-lambda-'));
    unpackInto(machine);
    archive = await temporaryArchive();
    await storeStudy(archive, {
      id: 'packaged',
      variants: { '1': [variantRow(1500, 'A', 'G'), variantRow(2500, 'C', 'CT', { allelic_state: 'homozygous' })] },
    });
  });

  afterAll(async () => {
    await archive?.remove();
    rmSync(machine, { recursive: true, force: true });
  });

  it('answers from its upload alone, GET and POST', async () => {
    const event = gatewayEvent('find-subject-variants-get');
    const { answers, libraries, milliseconds } = await run([event, asPost(event)]);
    const [get, post] = answers;
    expect(get).toMatchObject({ statusCode: 200, complete: true });
    expect(get?.headers['Content-Type']).toBe('application/fhir+json');
    expect(post?.body).toBe(get?.body);
    const { resourceType, parameter } = JSON.parse(get?.body ?? '');
    expect(resourceType).toBe('Parameters');
    expect(parameter.map(shapeOf)).toEqual([
      ['NC_000001.11:1000-2000', true, ['NC_000001.11:1500:A:G']],
      ['NC_000001.11:2000-3000', true, ['NC_000001.11:2501::T']],
    ]);
    // DuckDB came from the layer, not from this repository.
    expect(libraries).toEqual([expect.stringContaining(`${machine}/opt/nodejs/node_modules/`)]);
    console.log(`packaged function: import to second answer ${Math.round(milliseconds)} ms`);
  });

  it('refuses as the local server does', async () => {
    const event = gatewayEvent('find-subject-variants-get');
    const { answers, audited } = await run([
      { ...event, multiValueQueryStringParameters: { subject: ['S2'], ranges: ['NC_000001.11:1-2'] } },
      { ...event, multiValueQueryStringParameters: { subject: ['S1'], ranges: ['chr1:1-2'] } },
      { ...event, requestContext: { ...event.requestContext, authorizer: undefined } },
    ]);
    expect(answers.map((answer) => answer.statusCode)).toEqual([404, 400, 401]);
    expect(audited.map(({ outcomeDesc }) => outcomeDesc)).toEqual([
      'HTTP 404: not-found',
      'HTTP 400: invalid',
      'HTTP 401: login',
    ]);
    for (const answer of answers) expect(JSON.parse(answer.body).resourceType).toBe('OperationOutcome');
  });

  it('is, with its layer, within what Lambda takes', () => {
    const bytes = ['var/task', 'opt']
      .flatMap((folder) =>
        readdirSync(join(machine, folder), { recursive: true, encoding: 'utf8' }).map((f) => join(machine, folder, f)),
      )
      .reduce((sum, path) => sum + (statSync(path).isFile() ? statSync(path).size : 0), 0);
    expect(bytes).toBeGreaterThan(70_000_000);
    expect(bytes).toBeLessThan(MAX_UNPACKED_BYTES / 2);
  });
});

interface Part {
  readonly name: string;
  readonly valueString?: string;
  readonly valueBoolean?: boolean;
  readonly resource?: {
    readonly component: readonly { readonly code: unknown; readonly valueCodeableConcept?: unknown }[];
  };
}

/** Range, presence and SPDI expressions of a `variants` group. */
function shapeOf({ part }: { readonly part: readonly Part[] }): readonly unknown[] {
  const spdis = part.flatMap(
    (one) => JSON.stringify(one.resource ?? {}).match(/NC_\d+\.\d+:\d+:[ACGT]*:[ACGT]*/g) ?? [],
  );
  return [
    part.find((one) => one.name === 'rangeItem')?.valueString,
    part.find((one) => one.name === 'presence')?.valueBoolean,
    [...new Set(spdis)],
  ];
}
