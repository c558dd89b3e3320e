import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { type FacadeUnderTest, FHIR_BASE, startFacade } from '../support/facade.ts';
import {
  assertionForm,
  attempt,
  authorizeApp,
  basic,
  choose,
  claimsOf,
  codeForm,
  PUBLIC_APP,
  post,
  signingClient,
} from '../support/smart-app.ts';

let under: FacadeUnderTest;
let app: string;
let ehr: string;

beforeAll(async () => {
  under = await startFacade();
  app = await under.client(PUBLIC_APP);
  ehr = await under.client({
    client_name: 'EHR',
    grant_type: 'client_credentials',
    token_endpoint_auth_method: 'client_secret_basic',
    scope: 'system/Observation.rs',
    launches: true,
  });
  under.cognito.users.set('dr1', { 'custom:fhirUser': 'Practitioner/dr1' });
  under.cognito.users.set('anna', { 'custom:fhirUser': 'Patient/HG00403' });
  under.cognito.users.set('ben', { 'custom:fhirUser': `${FHIR_BASE}/RelatedPerson/ben`, 'custom:patients': 'HG1 HG2' });
});
beforeEach(() => {
  under.cognito.rotation = false;
});
afterAll(() => under.close());

const STANDALONE = 'openid fhirUser launch/patient offline_access patient/Observation.rs';

describe('standalone launch', () => {
  it("opens a patient's own record without asking", async () => {
    under.cognito.signedIn = 'anna';
    const asked = attempt(app, STANDALONE);
    const arrived = await authorizeApp(under, asked);
    expect(arrived.location?.href).toContain('https://app.example/callback?code=');
    expect(arrived.location?.searchParams.get('state')).toBe(asked.parameters['state']);
    const { status, json, reply } = await post(under, 'token', codeForm(asked, arrived));
    expect(status).toBe(200);
    expect(json).toMatchObject({
      token_type: 'Bearer',
      scope: STANDALONE,
      patient: 'HG00403',
      need_patient_banner: true,
      expires_in: 3600,
    });
    expect(reply.headers).toMatchObject({ 'Cache-Control': 'no-store', Pragma: 'no-cache' });
    const access = claimsOf(json['access_token']);
    expect(access).toMatchObject({
      iss: under.cognito.issuer,
      client_id: app,
      token_use: 'access',
      patient: 'HG00403',
      fhirUser: 'Patient/HG00403',
      aud: FHIR_BASE,
    });
    expect(new Set(String(access['scope']).split(' '))).toEqual(new Set(STANDALONE.split(' ')));
    expect(access).not.toHaveProperty('custom:patients');
    expect(claimsOf(json['id_token'])).toMatchObject({ aud: app, fhirUser: 'Patient/HG00403' });
    expect(claimsOf(json['id_token'])).not.toHaveProperty('custom:fhirUser');
  });

  it('asks a relative which of their patients, and takes no other', async () => {
    under.cognito.signedIn = 'ben';
    const asked = attempt(app, STANDALONE);
    const page = await authorizeApp(under, asked);
    expect(page.reply.statusCode).toBe(200);
    expect(page.reply.headers?.['Content-Security-Policy']).toContain("frame-ancestors 'none'");
    expect(page.reply.headers?.['Content-Security-Policy']).toContain('https://app.example');
    expect(page.reply.body).toContain('Genome &lt;viewer&gt;');
    expect(page.reply.body).toContain('genetic');
    expect((await choose(under, page, 'HG00403')).reply.statusCode).toBe(403);
    const arrived = await choose(under, page, 'HG2');
    expect((await post(under, 'token', codeForm(asked, arrived))).json).toMatchObject({ patient: 'HG2' });
    expect((await choose(under, page, 'HG1')).reply.statusCode).toBe(400);
  });

  it('lets a practitioner name any patient', async () => {
    under.cognito.signedIn = 'dr1';
    const asked = attempt(app, 'launch/patient patient/Observation.rs');
    const arrived = await choose(under, await authorizeApp(under, asked), 'HG00406');
    const { json } = await post(under, 'token', codeForm(asked, arrived));
    expect(json).toMatchObject({ patient: 'HG00406', scope: 'launch/patient patient/Observation.rs' });
    expect(json).not.toHaveProperty('id_token');
    expect(json).not.toHaveProperty('refresh_token');
  });

  it('tells the app when the account is nobody that data could be about', async () => {
    under.cognito.users.set('guest', {});
    under.cognito.signedIn = 'guest';
    for (const scope of ['launch/patient patient/Observation.rs', 'user/Observation.rs']) {
      const { location } = await authorizeApp(under, attempt(app, scope));
      expect(location?.searchParams.get('error')).toBe('access_denied');
    }
  });

  it("gives the app's nonce back in the id token", async () => {
    under.cognito.signedIn = 'anna';
    const asked = attempt(app, STANDALONE, { nonce: 'n-0S6_WzA2Mj' });
    const { json } = await post(under, 'token', codeForm(asked, await authorizeApp(under, asked)));
    expect(claimsOf(json['id_token'])).toMatchObject({ nonce: 'n-0S6_WzA2Mj', fhirUser: 'Patient/HG00403' });
  });

  it('takes the request by POST as well', async () => {
    const reply = await under.call('authorize', { form: attempt(app, STANDALONE).parameters });
    expect(reply.headers?.['Location']).toContain(`${under.cognito.url}/oauth2/authorize?`);
  });
});

describe('EHR launch', () => {
  const context = { fhirUser: 'Practitioner/dr1', patient: 'HG00403', encounter: 'e-1', intent: 'review' };
  const scope = 'openid fhirUser launch patient/Observation.rs';

  async function registered(changes: Readonly<Record<string, string>> = {}): Promise<string> {
    const form = { client_id_of_app: app, ...context, ...changes };
    const { status, json } = await post(under, 'launch', form, basic(under, ehr));
    expect(status).toBe(201);
    expect(json).toMatchObject({ iss: FHIR_BASE, expires_in: 300 });
    return String(json['launch']);
  }

  it('carries the context of the EHR into the token response and the token', async () => {
    under.cognito.signedIn = 'dr1';
    const asked = attempt(app, scope, { launch: await registered({ need_patient_banner: 'false' }) });
    const { json } = await post(under, 'token', codeForm(asked, await authorizeApp(under, asked)));
    expect(json).toMatchObject({ patient: 'HG00403', encounter: 'e-1', intent: 'review', need_patient_banner: false });
    expect(claimsOf(json['access_token'])).toMatchObject({ patient: 'HG00403', fhirUser: 'Practitioner/dr1' });
  });

  it('is refused when the launch is used, of another app, of another person, expired or made up', async () => {
    under.cognito.signedIn = 'dr1';
    const launch = await registered();
    expect((await authorizeApp(under, attempt(app, scope, { launch }))).location?.searchParams.has('code')).toBe(true);
    const other = await under.client(PUBLIC_APP);
    const fresh = await registered();
    const errors: (string | null | undefined)[] = [];
    const refused = async (clientId: string, secret: string) => {
      const { location } = await authorizeApp(under, attempt(clientId, scope, { launch: secret }));
      expect(location?.searchParams.has('code')).toBe(false);
      errors.push(location?.searchParams.get('error_description'));
    };
    await refused(app, launch);
    await refused(other, fresh);
    await refused(app, 'A'.repeat(43));
    under.cognito.users.set('dr2', { 'custom:fhirUser': 'Practitioner/dr2' });
    under.cognito.signedIn = 'dr2';
    await refused(app, fresh);
    under.cognito.signedIn = 'dr1';
    under.ahead = 301;
    await refused(app, fresh);
    under.ahead = 0;
    expect(new Set(errors).size).toBe(1);
    // Whoever it was meant for can still use it.
    const arrived = await authorizeApp(under, attempt(app, scope, { launch: fresh }));
    expect(arrived.location?.searchParams.has('code')).toBe(true);
  });

  it('is used up by the first of two sign-ins that began with it', async () => {
    under.cognito.signedIn = 'dr1';
    const launch = await registered();
    const both = await Promise.all([1, 2].map(() => authorizeApp(under, attempt(app, scope, { launch }))));
    expect(both.filter(({ location }) => location?.searchParams.has('code'))).toHaveLength(1);
  });

  it("does not open another person's record to a patient", async () => {
    under.cognito.signedIn = 'anna';
    const launch = await registered({ fhirUser: 'Patient/HG00403', patient: 'HG00406' });
    const { location } = await authorizeApp(under, attempt(app, scope, { launch }));
    expect(location?.searchParams.get('error')).toBe('invalid_request');
  });

  it('needs both the scope and the parameter', async () => {
    under.cognito.signedIn = 'dr1';
    for (const asked of [attempt(app, scope), attempt(app, STANDALONE, { launch: await registered() })]) {
      expect((await authorizeApp(under, asked)).location?.searchParams.get('error')).toBe('invalid_request');
    }
  });

  it('is registered by an EHR only, with a context that is one', async () => {
    const form = { client_id_of_app: app, ...context };
    const signer = await signingClient('ES384');
    const nobody = await under.client({
      client_name: 'Nightly',
      grant_type: 'client_credentials',
      token_endpoint_auth_method: 'private_key_jwt',
      scope: 'system/Observation.rs',
      jwks: { keys: [signer.jwk] },
    });
    const asNobody = { ...form, ...assertionForm(await signer.assertion(nobody)) };
    expect((await post(under, 'launch', asNobody)).json['error']).toBe('unauthorized_client');
    expect((await post(under, 'launch', { ...form, client_id: app })).json['error']).toBe('unauthorized_client');
    for (const changes of [
      { patient: 'Patient/HG00403' },
      { patient: 'a\nb' },
      { fhirUser: 'dr1' },
      { fhirUser: 'Device/d' },
      { client_id_of_app: ehr },
      { client_id_of_app: 'nobody' },
      { need_patient_banner: 'yes' },
      { encounter: 'e/1' },
    ]) {
      const { status, json } = await post(under, 'launch', { ...form, ...changes }, basic(under, ehr));
      expect([status, json['error']], JSON.stringify(changes)).toEqual([400, 'invalid_request']);
    }
  });
});
