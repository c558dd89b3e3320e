import { type Authenticate, authenticator } from '../../lib/auth/authenticate.ts';
import { authorize } from '../../lib/auth/authorize.ts';
import { authorizerContext, callerOf } from '../../lib/http/authorizer-context.ts';
import { findSubjectVariants } from '../../lib/operations/find-subject-variants.ts';
import { AUDIENCE, claims, issuerWith, sign, signingKey } from '../support/tokens.ts';
import { median, percentile, table, timed } from './measure.ts';

const WARM = 500;
const REQUESTS = 2_000;
const INPUT = { subject: 'Patient/HG00403', ranges: ['NC_000010.11:94762680-94855547'] };

/** A usual token, and one as full of scopes as a token may be. */
const SCOPES = {
  'a few scopes': 'openid fhirUser launch/patient patient/Observation.rs',
  'about 6 KB of scopes': [
    ...Array.from(
      { length: 70 },
      (_, at) => `patient/Resource${String.fromCharCode(65 + (at % 26))}.rs?category=${'x'.repeat(30)}`,
    ),
    'patient/Observation.rs',
  ].join(' '),
};

/** What each request pays for being known and allowed, warm: in milliseconds, one at a time, in one process. */
export async function authBench(say: (line: string) => void): Promise<string> {
  const rows = [
    [
      'algorithm',
      'token',
      'authenticate and authorize p50, ms',
      'p99',
      'authorize alone p50, ms',
      'in an operation behind the authorizer p50, ms',
    ],
  ];
  for (const algorithm of ['RS256', 'ES256', 'ES384']) {
    const key = await signingKey('k1', algorithm);
    const authenticate: Authenticate = authenticator([issuerWith([key])]);
    for (const [name, scope] of Object.entries(SCOPES)) {
      const token = await sign(key, claims({ fhirUser: undefined, patient: 'HG00403', scope }));
      const principal = await authenticate(`Bearer ${token}`);
      const context = authorizerContext(principal, principal.scopes);
      const row = findSubjectVariants.row;
      const allow = (caller: Parameters<typeof authorize>[2]) => authorize(row, INPUT, caller, AUDIENCE);
      const both = await samples(async () =>
        allow({ kind: 'principal', principal: await authenticate(`Bearer ${token}`) }),
      );
      const alone = await samples(() => allow({ kind: 'principal', principal }));
      const behind = await samples(() => allow(callerOf(context, Date.now())));
      const cells = [
        algorithm,
        name,
        ...[median(both), percentile(both, 0.99), median(alone), median(behind)].map((ms) => ms.toFixed(3)),
      ];
      say(cells.join('  '));
      rows.push(cells);
    }
  }
  return table(rows);
}

async function samples(work: () => unknown): Promise<number[]> {
  for (let round = 0; round < WARM; round++) await work();
  const taken: number[] = [];
  for (let round = 0; round < REQUESTS; round++) taken.push(await timed(work));
  return taken;
}
