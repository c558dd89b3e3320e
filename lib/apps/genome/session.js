// SMART App Launch with fhirclient: how the app gets its token, and what the token lets it do.

/** @typedef {import('fhirclient/lib/Client.js').default} FhirClient */
/**
 * @typedef {object} Session
 * @property {FhirClient} client
 * @property {string | undefined} patient subject id of the open record
 * @property {boolean} banner whether the app has to say whose record it is
 * @property {readonly string[]} scopes what was granted
 */

const CLIENT_ID = 'genome';
/** All operations on one subject answer with Observations; more is not asked for. */
const PATIENT_SCOPE = 'openid fhirUser online_access patient/Observation.rs';
const POPULATION_SCOPE = 'openid fhirUser user/Observation.rs';

const own = () => `${location.origin}/fhir`;

/** @param {URLSearchParams} query */
export async function authorizeEhrLaunch(query) {
  const iss = query.get('iss');
  const launch = query.get('launch');
  if (iss === null || launch === null) {
    throw new Error(
      'This page is where an EHR launches the app, with iss and launch. Open /genome/ to start it by hand.',
    );
  }
  if (iss.replace(/\/$/, '') !== own()) throw new Error('This copy of the app asks its own server only.');
  await authorize({ iss, launch, scope: `launch ${PATIENT_SCOPE}` });
}

/** Standalone launch: the authorization server asks whose record. */
export async function authorizePatient() {
  await authorize({ iss: own(), scope: `launch/patient ${PATIENT_SCOPE}` });
}

/** Standalone launch of someone who counts in the population and opens no record. */
export async function authorizePopulation() {
  await authorize({ iss: own(), scope: POPULATION_SCOPE });
}

/** @param {{ iss: string, scope: string, launch?: string }} options */
async function authorize(options) {
  await globalThis.FHIR.oauth2.authorize({
    ...options,
    clientId: CLIENT_ID,
    redirectUri: `${location.origin}/genome/`,
    pkceMode: 'required',
    completeInTarget: true,
  });
}

/**
 * The session that a launch ended in, also after a reload.
 *
 * @returns {Promise<Session | undefined>} undefined when nothing was launched yet
 * @throws Error when the launch was refused
 */
export async function openedSession() {
  const query = new URLSearchParams(location.search);
  const returning = query.has('code') || query.has('error');
  if (!returning && sessionStorage.getItem('SMART_KEY') === null) return undefined;
  const client = await globalThis.FHIR.oauth2.ready();
  const answer = /** @type {Record<string, unknown>} */ (client.state.tokenResponse ?? {});
  if (answer['access_token'] === undefined) return undefined;
  return {
    client,
    patient: client.patient.id ?? undefined,
    banner: answer['need_patient_banner'] !== false,
    scopes: String(answer['scope'] ?? '').split(' '),
  };
}

/** Forgets the session, so that the app starts anew. */
export function forgetSession() {
  sessionStorage.clear();
}
