import type { App } from 'aws-cdk-lib';
import manifest from '../../package.json' with { type: 'json' };
import { operations } from '../operations/table.ts';
import { utilities } from '../operations/utilities/table.ts';
import { AnalyticsStack } from './analytics-stack.ts';
import { ApiStack, softwareVersion } from './api-stack.ts';
import { AsyncStack } from './async-stack.ts';
import { AuthStack } from './auth-stack.ts';
import { DataStack } from './data-stack.ts';
import { AUTH_PATH, addFacade, type FacadeFunctions } from './facade.ts';
import { addFirewall } from './firewall.ts';
import { IngestStack } from './ingest-stack.ts';
import { ObservabilityStack } from './observability-stack.ts';
import { type Settings, settingsOf } from './settings.ts';
import { TasksStack } from './tasks-stack.ts';

/** What makes a SMART authorization server of the user pool. */
export interface Facade {
  readonly functions: FacadeFunctions;
  /** What discovery says of it, given its base. */
  readonly configuration: (authBase: string) => object;
  readonly entryOf?: (name: string) => string;
}

/** Every stack of the archive, as `npx cdk deploy --all` makes them. */
export function addStacks(app: App, facade?: Facade) {
  const settings = settingsOf(app.node);
  const { waf, vpc: closed, baseUrl, alarmEmail, incomingDays, restored } = settings;
  const archive = new DataStack(app, 'GenomicsData', { terminationProtection: true, incomingDays, restored });
  // A laboratory with an authorization server of its own needs no user pool.
  const auth =
    settings.issuers === undefined
      ? new AuthStack(app, 'GenomicsAuth', {
          terminationProtection: true,
          key: archive.key,
          facade: facade?.functions,
          ...(facade?.entryOf === undefined ? {} : { entryOf: facade.entryOf }),
        })
      : undefined;
  const tasks = new TasksStack(app, 'GenomicsTasks', { archive, closed });
  const analytics = new AnalyticsStack(app, 'GenomicsAnalytics', { archive });
  const software = softwareVersion(manifest.version);
  const vpc = closed ? tasks.vpc : undefined;
  const api = new ApiStack(app, 'GenomicsApi', {
    archive,
    analytics,
    rows: operations.map(({ row }) => row),
    utilities: utilities.map(({ row }) => row),
    software,
    issuers: settings.issuers ?? ((base) => (auth === undefined ? [] : [poolIssuer(auth, base, settings, facade)])),
    baseUrl,
    disclosure: settings,
    vpc,
  });
  if (auth !== undefined && facade !== undefined) {
    addFacade(api, { functions: facade.functions, auth, key: archive.key, entryOf: facade.entryOf });
  }
  if (waf) addFirewall(api, api.api, archive.key);
  const later = new AsyncStack(app, 'GenomicsAsync', {
    archive,
    analytics,
    software,
    deadLetters: tasks.deadLetters,
    disclosure: settings,
    vpc,
  });
  const ingest = new IngestStack(app, 'GenomicsIngest', { archive, tasks, closed });
  const observability = new ObservabilityStack(app, 'GenomicsObservability', {
    archive,
    api: api.api,
    functions: new Map([...api.functions, ...ingest.functions, ...later.functions]),
    stateMachine: ingest.stateMachine,
    deadLetters: tasks.deadLetters,
    alarmEmail,
  });
  return { archive, auth, tasks, analytics, api, later, ingest, observability };
}

/** The user pool as an entry of `GENOMICS_ISSUERS`. */
function poolIssuer(
  { pool }: AuthStack,
  base: string,
  { backendClients }: Settings,
  facade: Facade | undefined,
): object {
  const issuer = pool.userPoolProviderUrl;
  const jwksUri = `${issuer}/.well-known/jwks.json`;
  return {
    issuer,
    jwksUri,
    audience: base,
    ...(backendClients.length === 0 ? {} : { clientIds: backendClients }),
    ...(facade && { smart: { ...facade.configuration(`${base}${AUTH_PATH}`), issuer, jwks_uri: jwksUri } }),
  };
}
