import {
  badLaunch,
  callbackUrlOf,
  cookieNameOf,
  SIGN_IN_SECONDS,
  type SignIn,
  setCookie,
  tellApp,
} from './authorize.ts';
import { OAuthError } from './errors.ts';
import { type FacadeReply, type FacadeRequest, redirect, required, type Single, single } from './exchange.ts';
import type { LaunchContext } from './launch.ts';
import {
  FHIR_USER_ATTRIBUTE,
  mayOpen,
  PATIENTS_ATTRIBUTE,
  type PatientChoice,
  type Person,
  patientChoiceOf,
} from './patient-choice.ts';
import { patientPage } from './patient-page.ts';
import { type Facade, PoolRefusal, type PoolTokens } from './ports.ts';
import { isFhirId, isSamePerson, personOf } from './references.ts';
import { clientOf } from './registration.ts';
import { contextOf } from './scopes.ts';
import { type Context, openSession, type SignedIn } from './session.ts';
import { hashOf, isSameText, keep, look, take } from './vault.ts';

/** What is kept while a person chooses a patient. */
interface Choice {
  readonly signedIn: SignedIn;
  readonly choice: PatientChoice;
  /** Names the cookie. */
  readonly poolState: string;
}

/** Where Cognito sends people back to. @throws OAuthError before it is known which app began this */
export async function callback(facade: Facade, request: FacadeRequest): Promise<FacadeReply> {
  const query = single(request.query);
  const poolState = required(query, 'state');
  const begun = await look<SignIn>(facade, 'sign-in', poolState);
  if (begun === undefined || !isSameBrowser(request, poolState, begun.value)) throw notBegunHere();
  const taken = await take<SignIn>(facade, 'sign-in', poolState);
  if (taken === undefined || taken.used) throw notBegunHere();
  const signIn = taken.value;
  return tellApp(signIn, async () => {
    const signedIn = await redeem(facade, signIn, query);
    const launched = await launchedContext(facade, signedIn);
    if (launched !== undefined) return finish(facade, signedIn, launched, poolState);
    if (!needsPatient(signedIn)) return finish(facade, signedIn, {}, poolState);
    const choice = patientChoiceOf(signedIn.person, facade.fhirBase);
    const [only, ...others] = choice.patients;
    if (only === undefined && !choice.any) {
      throw new OAuthError('access_denied', 'No patient record belongs to this account');
    }
    if (only !== undefined && others.length === 0 && !choice.any) {
      return finish(facade, signedIn, standalone(only), poolState);
    }
    return ask(facade, { signedIn, choice, poolState });
  });
}

/** The person's choice of a patient. @throws OAuthError */
export async function choosePatient(facade: Facade, request: FacadeRequest): Promise<FacadeReply> {
  const form = single(request.form);
  const secret = required(form, 'choice');
  const asked = await look<Choice>(facade, 'choice', secret);
  if (asked === undefined) throw notBegunHere();
  const { signedIn, choice, poolState } = asked.value;
  if (!isSameBrowser(request, poolState, signedIn.signIn)) throw notBegunHere();
  const patient = required(form, 'patient').trim();
  if (!mayOpen(choice, patient))
    throw new OAuthError('access_denied', 'This patient can not be opened by this account');
  const taken = await take<Choice>(facade, 'choice', secret);
  if (taken === undefined || taken.used) throw notBegunHere();
  return tellApp(signedIn.signIn, () => finish(facade, signedIn, standalone(patient), poolState));
}

/** Exchanges Cognito's code and asks who signed in. */
async function redeem(facade: Facade, signIn: SignIn, query: Single): Promise<SignedIn> {
  if (query.has('error')) throw new OAuthError('access_denied', 'The sign-in was not completed');
  const tokens = await facade.pool
    .redeem({
      clientId: signIn.client,
      code: required(query, 'code'),
      verifier: signIn.poolVerifier,
      redirectUri: callbackUrlOf(facade),
    })
    .catch((error: unknown) => {
      throw error instanceof PoolRefusal ? new OAuthError('access_denied', 'The sign-in was not accepted') : error;
    });
  const person = await personSignedIn(facade, signIn, tokens);
  // `user/` means the data available to this user, so without one in FHIR it means nothing.
  const scopes = signIn.scopes.filter(
    (token) => person.fhirUser !== undefined || (contextOf(token) !== 'user' && token !== 'fhirUser'),
  );
  if (!scopes.some((token) => contextOf(token) !== undefined || token === 'openid')) {
    throw new OAuthError('access_denied', 'This account is nobody in FHIR, so that none of the scopes can be granted');
  }
  const { refreshToken, idToken } = tokens;
  if (refreshToken === undefined || idToken === undefined) throw new Error('Cognito gave no refresh or id token');
  return { signIn: { ...signIn, scopes }, person, refreshToken, ...(signIn.nonce === undefined ? {} : { idToken }) };
}

async function personSignedIn({ pool, fhirBase }: Facade, signIn: SignIn, tokens: PoolTokens): Promise<Person> {
  const claims = tokens.idToken === undefined ? undefined : await pool.verify(tokens.idToken, 'id');
  if (claims?.['aud'] !== signIn.client || claims['nonce'] !== signIn.poolNonce) {
    throw new OAuthError('access_denied', 'The sign-in was not accepted');
  }
  const attributes = await pool.userInfo(tokens.accessToken);
  const username = claims['cognito:username'];
  if (typeof username !== 'string' || attributes['sub'] !== claims['sub']) {
    throw new OAuthError('access_denied', 'The sign-in was not accepted');
  }
  const [fhirUser, patients] = [attributes[FHIR_USER_ATTRIBUTE], attributes[PATIENTS_ATTRIBUTE]];
  return {
    username,
    ...(typeof fhirUser === 'string' && personOf(fhirUser, fhirBase) !== undefined ? { fhirUser } : {}),
    patients: typeof patients === 'string' ? patients.split(/[\s,]+/).filter(isFhirId) : [],
  };
}

/**
 * The context of an EHR launch, used up. It has to be meant for whoever signed in; and a patient or relative does not
 * get to somebody else's record by it.
 */
async function launchedContext(facade: Facade, { signIn, person }: SignedIn): Promise<Context | undefined> {
  if (signIn.launch === undefined) return undefined;
  const found = await look<LaunchContext>(facade, 'launch', signIn.launch);
  if (found === undefined || found.used || found.value.client !== signIn.client) throw badLaunch();
  const { fhirUser, patient, encounter, needPatientBanner, intent } = found.value;
  const [meant, is] = [fhirUser, person.fhirUser ?? ''].map((one) => personOf(one, facade.fhirBase));
  if (meant === undefined || is === undefined || !isSamePerson(meant, is)) throw badLaunch();
  if (!mayOpen(patientChoiceOf(person, facade.fhirBase), patient)) throw badLaunch();
  const taken = await take<LaunchContext>(facade, 'launch', signIn.launch);
  if (taken === undefined || taken.used) throw badLaunch();
  return {
    patient,
    need_patient_banner: needPatientBanner,
    ...(encounter === undefined ? {} : { encounter }),
    ...(intent === undefined ? {} : { intent }),
  };
}

function needsPatient({ signIn }: SignedIn): boolean {
  return signIn.scopes.some((token) => token === 'launch/patient' || contextOf(token) === 'patient');
}

function standalone(patient: string): Context {
  return { patient, need_patient_banner: true };
}

async function ask(facade: Facade, asked: Choice): Promise<FacadeReply> {
  const { signIn } = asked.signedIn;
  const client = await clientOf(facade, signIn.client);
  const secret = await keep(facade, 'choice', asked, facade.now() + SIGN_IN_SECONDS);
  return patientPage({
    clientName: client.client_name,
    scopes: signIn.scopes,
    choice: asked.choice,
    action: `${facade.authBase}/patient`,
    secret,
    redirectUri: signIn.redirectUri,
  });
}

/** Sends the app its code, and takes the cookie back. */
async function finish(facade: Facade, signedIn: SignedIn, context: Context, poolState: string): Promise<FacadeReply> {
  const { redirectUri, state } = signedIn.signIn;
  const code = await openSession(facade, signedIn, context);
  return redirect(redirectUri, { code, state }, { 'Set-Cookie': setCookie(poolState, '', 0) });
}

function isSameBrowser({ headers }: FacadeRequest, poolState: string, { browser }: SignIn): boolean {
  const name = cookieNameOf(poolState);
  const cookies = (headers.get('cookie') ?? '').split(/;\s*/).map((pair) => pair.split('='));
  const value = cookies.find(([one]) => one === name)?.[1];
  return value !== undefined && isSameText(hashOf(value), browser);
}

function notBegunHere(): OAuthError {
  return new OAuthError(
    'invalid_request',
    'This sign-in was not begun in this browser, or its time is over; start again',
  );
}
