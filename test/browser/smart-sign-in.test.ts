import { once } from 'node:events';
import { existsSync, mkdirSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { join } from 'node:path';
import { type Browser, chromium, type Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { facadeConfiguration } from '../../lib/cognito/discovery.ts';
import { type EndpointName, FUNCTION_ENDPOINTS } from '../../lib/cognito/endpoints.ts';
import { facadeLambda } from '../../lib/http/facade-lambda.ts';
import { type FacadeUnderTest, functionOf, startFacade } from '../support/facade.ts';
import { gatewayEvent } from '../support/gateway-event.ts';
import { basic, PUBLIC_APP, post } from '../support/smart-app.ts';

const CHROMIUM = '/usr/bin/chromium';
const OUTPUT = join(import.meta.dirname, '..', 'output');
const LIBRARY = join(import.meta.dirname, '..', '..', 'node_modules', 'fhirclient', 'build', 'fhir-client.js');
const missing = !existsSync(CHROMIUM);
if (missing && process.env['CI'] === 'true') throw new Error(`${CHROMIUM} is not there, and CI needs it`);
if (missing) console.log(`skipped: the sign-in is not tried in a browser, because ${CHROMIUM} is not there`);

let under: FacadeUnderTest;
let base: string;
let appUrl: string;
let browser: Browser;
let clientId: string;
const servers: Server[] = [];

type Answer = (request: IncomingMessage, response: ServerResponse) => Promise<void>;

/** A server on a port of its own, whose answers are decided later. */
async function serve(): Promise<{ readonly url: string; answerWith(answer: Answer): void }> {
  const server = createServer();
  servers.push(server);
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('no port');
  const answerWith = (answer: Answer) => {
    server.on('request', (request, response) => {
      answer(request, response).catch((error: unknown) => response.writeHead(500).end(String(error)));
    });
  };
  return { url: `http://127.0.0.1:${address.port}`, answerWith };
}

/** API Gateway's part: an HTTP request becomes an event of the function that has the route. */
async function throughGateway(request: IncomingMessage, response: ServerResponse): Promise<void> {
  const { pathname, searchParams } = new URL(request.url ?? '/', base);
  if (pathname === '/fhir/.well-known/smart-configuration') {
    const headers = { 'content-type': 'application/json', 'access-control-allow-origin': '*' };
    response.writeHead(200, headers).end(JSON.stringify(facadeConfiguration(`${base}/auth`)));
    return;
  }
  const endpoint = pathname.replace('/fhir/auth/', '') as EndpointName;
  if (!Object.values(FUNCTION_ENDPOINTS).flat().includes(endpoint)) {
    response.writeHead(404).end();
    return;
  }
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  const sent = Object.entries(request.headers).map(([name, value]) => [name, [String(value)]]);
  const query = [...searchParams].map(([name, value]) => [name, [value]]);
  const event = gatewayEvent('find-subject-variants-get', {
    path: pathname,
    httpMethod: request.method ?? 'GET',
    headers: {},
    multiValueHeaders: Object.fromEntries(sent),
    queryStringParameters: null,
    multiValueQueryStringParameters: Object.fromEntries(query),
    body: Buffer.concat(chunks).toString('base64'),
    isBase64Encoded: true,
  });
  const { statusCode, headers, body } = await facadeLambda(functionOf(endpoint), under.facade)(event);
  response.writeHead(statusCode, headers as Record<string, string>).end(body);
}

/** Asks for what the app needs; the library adds `launch` when an EHR launches it. */
const LAUNCH = () => `
  const isLaunched = new URLSearchParams(location.search).has('launch');
  FHIR.oauth2.authorize({
    clientId: '${clientId}', redirectUri: '${appUrl}/index.html', pkceMode: 'required', iss: '${base}',
    scope: 'openid fhirUser offline_access patient/Observation.rs ' + (isLaunched ? 'launch' : 'launch/patient'),
  }).catch(failed);`;

/** Reads what the app was given, now and after a refresh. */
const READY = `
  FHIR.oauth2.ready().then(async (client) => {
    const { access_token, patient, encounter } = client.state.tokenResponse;
    const user = client.user.fhirUser;
    await client.refresh();
    const { access_token: next, patient: later } = client.state.tokenResponse;
    tell('ready', JSON.stringify({ patient, encounter, user, refreshed: next !== access_token, later }));
  }).catch(failed);`;

/** A SMART app on another origin, made with the library that such apps use. */
async function appPage(request: IncomingMessage, response: ServerResponse): Promise<void> {
  const { pathname } = new URL(request.url ?? '/', appUrl);
  if (pathname === '/fhir-client.js') {
    response.writeHead(200, { 'content-type': 'text/javascript' }).end(await readFile(LIBRARY));
    return;
  }
  const html = `<!doctype html><title>app</title><link rel="icon" href="data:,"><output>-</output>
    <script src="/fhir-client.js"></script><script>
    const tell = (title, text) => { document.querySelector('output').textContent = text; document.title = title; };
    const failed = (error) => tell('failed', String(error.stack));
    ${pathname === '/launch.html' ? LAUNCH() : READY}</script>`;
  response.writeHead(200, { 'content-type': 'text/html' }).end(html);
}

async function told(page: Page): Promise<Record<string, unknown>> {
  await page.waitForFunction("['ready', 'failed'].includes(document.title)");
  const text = (await page.textContent('output')) ?? '';
  if ((await page.title()) === 'failed') throw new Error(`the app fails: ${text}`);
  return JSON.parse(text);
}
describe.skipIf(missing)('a SMART app in a browser', () => {
  beforeAll(async () => {
    const [archive, app] = [await serve(), await serve()];
    base = `${archive.url}/fhir`;
    appUrl = app.url;
    under = await startFacade(base);
    clientId = await under.client({ ...PUBLIC_APP, redirect_uris: [`${appUrl}/index.html`] });
    under.cognito.users.set('dr1', { 'custom:fhirUser': 'Practitioner/dr1' });
    under.cognito.users.set('ben', { 'custom:fhirUser': 'RelatedPerson/ben', 'custom:patients': 'HG1 HG2' });
    archive.answerWith(throughGateway);
    app.answerWith(appPage);
    browser = await chromium.launch({
      executablePath: CHROMIUM,
      args: ['--headless', '--no-sandbox', '--disable-gpu', '--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1'],
    });
    mkdirSync(OUTPUT, { recursive: true });
  });

  afterAll(async () => {
    await browser?.close();
    await under?.close();
    for (const server of servers) {
      server.closeAllConnections();
      await new Promise((done) => server.close(done));
    }
  });

  async function open(): Promise<{ readonly page: Page; readonly complaints: string[] }> {
    const page = await (await browser.newContext({ viewport: { width: 390, height: 844 } })).newPage();
    const complaints: string[] = [];
    page.on('console', (message) => {
      if (['error', 'warning'].includes(message.type())) complaints.push(message.text());
    });
    return { page, complaints };
  }

  it('is launched alone: the person chooses a patient, and the app reads who it is', async () => {
    under.cognito.signedIn = 'ben';
    const { page, complaints } = await open();
    await page.goto(`${appUrl}/launch.html`);
    await page.getByRole('heading', { name: 'Choose a patient' }).waitFor();
    await page.screenshot({ path: join(OUTPUT, 'choose-a-patient.png') });
    await page.getByLabel('HG2').check();
    await page.getByRole('button', { name: 'Open' }).click();
    expect(await told(page)).toMatchObject({
      patient: 'HG2',
      user: 'RelatedPerson/ben',
      refreshed: true,
      later: 'HG2',
    });
    expect(complaints).toEqual([]);
    // The cookie went with the sign-in.
    expect(await page.context().cookies(base)).toEqual([]);
  });

  it('lets a practitioner type a patient, by keyboard alone', async () => {
    under.cognito.signedIn = 'dr1';
    const { page } = await open();
    await page.goto(`${appUrl}/launch.html`);
    await page.getByLabel('Patient id').waitFor();
    await page.keyboard.type('HG00403');
    await page.keyboard.press('Enter');
    expect(await told(page)).toMatchObject({ patient: 'HG00403', user: 'Practitioner/dr1' });
  });

  it('is launched by an EHR into its context', async () => {
    under.cognito.signedIn = 'dr1';
    const ehr = await under.client({
      client_name: 'EHR',
      grant_type: 'client_credentials',
      token_endpoint_auth_method: 'client_secret_basic',
      scope: 'system/Observation.rs',
      launches: true,
    });
    const context = { client_id_of_app: clientId, fhirUser: 'Practitioner/dr1', patient: 'HG00406', encounter: 'e-1' };
    const { json } = await post(under, 'launch', context, basic(under, ehr));
    const { page } = await open();
    await page.goto(`${appUrl}/launch.html?iss=${encodeURIComponent(base)}&launch=${json['launch']}`);
    expect(await told(page)).toMatchObject({ patient: 'HG00406', encounter: 'e-1', refreshed: true, later: 'HG00406' });
  });
});
