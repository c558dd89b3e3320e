import type { JWK } from 'jose';
import type { ClientMetadata } from 'oidc-provider';
import type { AccessContext } from '../operations/access.ts';

/** A client that the development authorization server knows. */
export interface Client {
  readonly id: string;
  readonly name: string;
  /** Scopes of which contexts it may ask. */
  readonly contexts: readonly AccessContext[];
  /** Scopes beyond those of resources. */
  readonly others: readonly string[];
  /** Part of this project: no page asks whether it may have what it asks for. */
  readonly own: boolean;
  /** Where an EHR launch begins. */
  readonly launchUrl?: string;
  /** Whether any address of this machine may be its redirect URI. */
  readonly anyLoopback?: true;
  readonly metadata: Omit<ClientMetadata, 'client_id' | 'client_name'>;
}

/** The scope that lets the EHR page list records and launch apps. `__` marks an extension, as SMART has it. */
export const EHR_SCOPE = '__ehr';

const SIGN_IN = ['openid', 'fhirUser'];
const APP = [...SIGN_IN, 'launch', 'launch/patient', 'online_access', 'offline_access'];

/** All registered clients of a server at `origin`. `backend` is the public key of the backend client. */
export function clientsOf(origin: string, backend: JWK): readonly Client[] {
  return [
    {
      id: 'genome',
      name: 'Genome',
      contexts: ['patient', 'user'],
      others: APP,
      own: true,
      launchUrl: `${origin}/genome/launch.html`,
      metadata: publicApp([`${origin}/genome/`]),
    },
    {
      id: 'ehr',
      name: 'EHR page',
      contexts: [],
      others: [...SIGN_IN, 'online_access', EHR_SCOPE],
      own: true,
      metadata: { ...publicApp([`${origin}/ehr/`]), post_logout_redirect_uris: [`${origin}/ehr/`] },
    },
    {
      id: 'api-page',
      name: 'API page',
      contexts: ['user'],
      others: [...SIGN_IN, 'online_access'],
      own: true,
      metadata: publicApp([`${origin}/`]),
    },
    {
      id: 'my-app',
      name: 'An app of yours',
      contexts: ['patient', 'user'],
      others: APP,
      own: false,
      anyLoopback: true,
      // The one that is registered; isRedirectAllowed() takes the other addresses of this machine.
      metadata: publicApp(['http://127.0.0.1/']),
    },
    {
      id: 'backend',
      name: 'Backend service',
      contexts: ['system'],
      others: [],
      own: false,
      metadata: {
        token_endpoint_auth_method: 'private_key_jwt',
        grant_types: ['client_credentials'],
        response_types: [],
        redirect_uris: [],
        jwks: { keys: [backend] },
      },
    },
  ];
}

/** Whether `my-app` may be sent back to an address: any of this machine's, so that a developer needs no registration. */
export function isLoopbackAddress(uri: string): boolean {
  if (!URL.canParse(uri)) return false;
  const { protocol, hostname, username, password, hash } = new URL(uri);
  const plain = username === '' && password === '' && hash === '';
  return protocol === 'http:' && plain && ['127.0.0.1', 'localhost', '[::1]'].includes(hostname);
}

function publicApp(redirectUris: string[]): Client['metadata'] {
  return {
    application_type: 'web',
    token_endpoint_auth_method: 'none',
    grant_types: ['authorization_code', 'refresh_token'],
    response_types: ['code'],
    redirect_uris: redirectUris,
  };
}
