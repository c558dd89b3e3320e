import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { PreTokenEvent } from '../../lib/cognito/pre-token.ts';
import { keep } from '../../lib/cognito/vault.ts';
import { preTokenLambda } from '../../lib/http/facade-lambda.ts';
import { type FacadeUnderTest, startFacade } from '../support/facade.ts';

let under: FacadeUnderTest;

beforeAll(async () => {
  under = await startFacade();
});
afterAll(() => under.close());

const ADMIN = 'aws.cognito.signin.user.admin';
const TICKET = {
  client: 'app',
  username: 'anna',
  scopes: ['openid', 'fhirUser', 'patient/Observation.rs'],
  patient: 'HG00403',
  fhirUser: 'Patient/HG00403',
  grant: 'g',
};

function event(changes: Partial<PreTokenEvent> & { ticket?: string; scopes?: readonly string[] }): PreTokenEvent {
  const { ticket, scopes = ['openid', ADMIN], ...rest } = changes;
  return {
    version: '3',
    triggerSource: 'TokenGeneration_RefreshTokens',
    userName: 'anna',
    callerContext: { clientId: 'app' },
    request: {
      userAttributes: { 'custom:fhirUser': 'Patient/HG00403', 'custom:patients': 'HG1' },
      scopes,
      ...(ticket === undefined ? {} : { clientMetadata: { ticket } }),
    },
    ...rest,
  };
}

async function ticketOf(changes: object = {}, seconds = 60): Promise<string> {
  return keep(under.facade, 'ticket', { ...TICKET, ...changes }, under.facade.now() + seconds);
}

async function answer(asked: PreTokenEvent) {
  const { response, ...rest } = await preTokenLambda(under.facade)(asked);
  expect(rest).toEqual(asked);
  return response.claimsAndScopeOverrideDetails;
}

describe('with a ticket', () => {
  it('a token has the scopes and claims that the ticket says', async () => {
    expect(await answer(event({ ticket: await ticketOf() }))).toEqual({
      idTokenGeneration: {
        claimsToAddOrOverride: { fhirUser: 'Patient/HG00403' },
        claimsToSuppress: ['custom:fhirUser', 'custom:patients'],
      },
      accessTokenGeneration: {
        claimsToAddOrOverride: { patient: 'HG00403', fhirUser: 'Patient/HG00403', grant_id: 'g' },
        claimsToSuppress: ['custom:fhirUser', 'custom:patients'],
        scopesToAdd: ['fhirUser', 'patient/Observation.rs'],
        scopesToSuppress: [ADMIN],
      },
    });
  });

  it('the id token names the user only where that was granted', async () => {
    const { idTokenGeneration } = await answer(event({ ticket: await ticketOf({ scopes: ['openid'] }) }));
    expect(idTokenGeneration.claimsToAddOrOverride).toEqual({});
  });

  it('of another client, of another user, of nobody, of a client for a user, over or made up there is no token', async () => {
    const refused: PreTokenEvent[] = [
      event({ ticket: await ticketOf({ client: 'other' }) }),
      event({ ticket: await ticketOf({ username: 'ben' }) }),
      event({ ticket: await ticketOf(), userName: null }),
      event({ ticket: await ticketOf({ username: undefined }) }),
      event({ ticket: await ticketOf(), triggerSource: 'TokenGeneration_ClientCredentials' }),
      event({ ticket: await ticketOf({}, 0) }),
      event({ ticket: 'A'.repeat(43) }),
      event({ ticket: '' }),
    ];
    for (const one of refused) await expect(preTokenLambda(under.facade)(one)).rejects.toThrow('not for this token');
  });

  it('a client gets a token of its own', async () => {
    const ticket = await keep(
      under.facade,
      'ticket',
      { client: 'app', scopes: ['system/Observation.rs'] },
      under.facade.now() + 60,
    );
    const asked = event({ ticket, triggerSource: 'TokenGeneration_ClientCredentials', scopes: ['smart/backend'] });
    expect((await answer(asked)).accessTokenGeneration).toMatchObject({
      claimsToAddOrOverride: {},
      scopesToAdd: ['system/Observation.rs'],
      scopesToSuppress: ['smart/backend'],
    });
  });
});

describe('without a ticket', () => {
  it.each([
    'TokenGeneration_HostedAuth',
    'TokenGeneration_Authentication',
    'TokenGeneration_NewPasswordChallenge',
    'TokenGeneration_AuthenticateDevice',
    'TokenGeneration_RefreshTokens',
    'TokenGeneration_ClientCredentials',
    'TokenGeneration_Tomorrow',
  ])('no token of %s has any right to data', async (triggerSource) => {
    const scopes = ['openid', 'profile', 'smart/backend', 'patient/Observation.rs', ADMIN];
    const { accessTokenGeneration } = await answer(event({ triggerSource, scopes }));
    expect(accessTokenGeneration.scopesToAdd).toEqual([]);
    expect(accessTokenGeneration.claimsToAddOrOverride).toEqual({});
    const left = scopes.filter((scope) => !accessTokenGeneration.scopesToSuppress.includes(scope));
    expect(left).toEqual(triggerSource === 'TokenGeneration_HostedAuth' ? ['openid', 'profile'] : []);
  });

  it('a sign-in tells who it was where the façade asked', async () => {
    const signIn = (scopes: readonly string[]) =>
      answer(event({ triggerSource: 'TokenGeneration_HostedAuth', scopes }));
    const claims = async (scopes: readonly string[]) => (await signIn(scopes)).idTokenGeneration.claimsToAddOrOverride;
    expect(await claims(['openid', 'profile'])).toEqual({ fhirUser: 'Patient/HG00403' });
    expect(await claims(['openid'])).toEqual({});
  });
});

describe('a trigger of version 1', () => {
  it('says that it can not do its work', async () => {
    await expect(preTokenLambda(under.facade)(event({ version: '1' }))).rejects.toThrow('V3_0');
  });
});
