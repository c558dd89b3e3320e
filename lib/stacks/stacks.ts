import type { App } from 'aws-cdk-lib';
import manifest from '../../package.json' with { type: 'json' };
import { operations } from '../operations/table.ts';
import { utilities } from '../operations/utilities/table.ts';
import { ApiStack, softwareVersion } from './api-stack.ts';
import { AuthStack } from './auth-stack.ts';
import { DataStack } from './data-stack.ts';
import { addFirewall } from './firewall.ts';
import { IngestStack } from './ingest-stack.ts';
import { ObservabilityStack } from './observability-stack.ts';
import { settingsOf } from './settings.ts';
import { TasksStack } from './tasks-stack.ts';

/** Every stack of the archive, as `npx cdk deploy --all` makes them. */
export function addStacks(app: App) {
  const settings = settingsOf(app.node);
  const { waf, vpc: closed, baseUrl, alarmEmail, incomingDays } = settings;
  const archive = new DataStack(app, 'GenomicsData', { terminationProtection: true, incomingDays });
  // A laboratory with an authorization server of its own needs no user pool.
  const auth =
    settings.issuers === undefined ? new AuthStack(app, 'GenomicsAuth', { terminationProtection: true }) : undefined;
  const tasks = new TasksStack(app, 'GenomicsTasks', { archive, closed });
  const api = new ApiStack(app, 'GenomicsApi', {
    archive,
    rows: operations.map(({ row }) => row),
    utilities: utilities.map(({ row }) => row),
    software: softwareVersion(manifest.version),
    issuers: settings.issuers ?? auth?.issuers ?? '[]',
    baseUrl,
    vpc: closed ? tasks.vpc : undefined,
  });
  if (waf) addFirewall(api, api.api, archive.key);
  const ingest = new IngestStack(app, 'GenomicsIngest', { archive, tasks, closed });
  const observability = new ObservabilityStack(app, 'GenomicsObservability', {
    archive,
    api: api.api,
    functions: new Map([...api.functions, ...ingest.functions]),
    stateMachine: ingest.stateMachine,
    deadLetters: tasks.deadLetters,
    alarmEmail,
  });
  return { archive, auth, tasks, api, ingest, observability };
}
