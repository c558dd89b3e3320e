import { authenticateClient } from './client-authentication.ts';
import { OAuthError } from './errors.ts';
import { type FacadeReply, type FacadeRequest, json, required, single } from './exchange.ts';
import type { Facade } from './ports.ts';
import { isFhirId, personOf } from './references.ts';
import { findClient } from './registration.ts';
import { keep } from './vault.ts';

/** What an EHR says of the session from which it launches an app. */
export interface LaunchContext {
  /** The app that is launched. */
  readonly client: string;
  /** The person in front of the EHR, as `fhirUser`. */
  readonly fhirUser: string;
  readonly patient: string;
  readonly encounter?: string;
  readonly needPatientBanner: boolean;
  readonly intent?: string;
}

/** From the EHR's click to the app's request. */
const LAUNCH_SECONDS = 300;

/**
 * An EHR registers a launch: form parameters `client_id_of_app`, `fhirUser`, `patient`, and optionally `encounter`,
 * `need_patient_banner` and `intent`, with the EHR's own client authentication. The answer's `launch` goes to the app's
 * launch URL, together with `iss`; it works once, for that app and that person.
 *
 * @throws OAuthError
 */
export async function registerLaunch(facade: Facade, request: FacadeRequest): Promise<FacadeReply> {
  const form = single(request.form);
  const ehr = await authenticateClient(facade, request, form);
  if (ehr.launches !== true) throw new OAuthError('unauthorized_client', 'This client may not launch apps');
  const app = await findClient(facade.items, required(form, 'client_id_of_app'));
  if (app?.grant_type !== 'authorization_code') {
    throw new OAuthError('invalid_request', "'client_id_of_app' is no registered app");
  }
  const [encounter, intent] = [form.get('encounter'), form.get('intent')];
  const context: LaunchContext = {
    client: app.client_id,
    fhirUser: required(form, 'fhirUser'),
    patient: required(form, 'patient'),
    needPatientBanner: booleanOf(form.get('need_patient_banner') ?? 'true'),
    ...(encounter === undefined ? {} : { encounter }),
    ...(intent === undefined ? {} : { intent }),
  };
  if (personOf(context.fhirUser, facade.fhirBase) === undefined) {
    throw new OAuthError('invalid_request', "'fhirUser' has to be a reference such as Practitioner/123");
  }
  for (const name of ['patient', 'encounter'] as const) {
    if (!isFhirId(context[name] ?? 'absent')) throw new OAuthError('invalid_request', `'${name}' has to be a FHIR id`);
  }
  const launch = await keep(facade, 'launch', context, facade.now() + LAUNCH_SECONDS);
  return json(201, { launch, iss: facade.fhirBase, expires_in: LAUNCH_SECONDS });
}

function booleanOf(text: string): boolean {
  if (text !== 'true' && text !== 'false') {
    throw new OAuthError('invalid_request', "'need_patient_banner' has to be true or false");
  }
  return text === 'true';
}
