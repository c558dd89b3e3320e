import { Duration } from 'aws-cdk-lib';
import type { IFunction } from 'aws-cdk-lib/aws-lambda';
import {
  Choice,
  Condition,
  Fail,
  type IChainable,
  IntegrationPattern,
  JsonPath,
  Map as MapState,
  Pass,
  TaskInput,
  type TaskStateBase,
} from 'aws-cdk-lib/aws-stepfunctions';
import { EcsFargateLaunchTarget, EcsRunTask, LambdaInvoke, SqsSendMessage } from 'aws-cdk-lib/aws-stepfunctions-tasks';
import type { Construct } from 'constructs';
import type { Archive } from './permissions.ts';
import { type TasksStack, whereabouts } from './tasks-stack.ts';

export interface IngestDefinitionParts {
  readonly plan: IFunction;
  readonly ingest: IFunction;
  readonly tasks: TasksStack;
  readonly archive: Archive;
}

/** Sum of a study's files, as uploaded, up to which a function ingests it in its time: about 20 million records. */
const FUNCTION_MOST_BYTES = 512 * 1_048_576;
/** Studies of one manifest at a time. */
const PARALLEL = 10;

/** What may go well the next time: the archive was out of reach, or somebody else was at the same study. */
const PASSING = [
  'UnavailableError',
  'ConflictError',
  'Lambda.ServiceException',
  'Lambda.AWSLambdaException',
  'Lambda.SdkClientException',
  'Lambda.TooManyRequestsException',
  'Lambda.ClientExecutionTimeoutException',
];

/**
 * Plan the manifest, then one study at a time in a function, or in a task when it is large. A study that can't be
 * ingested goes to the dead-letter queue with its reason, and the others go on.
 */
export function ingestDefinition(
  scope: Construct,
  { plan, ingest, tasks, archive }: IngestDefinitionParts,
): IChainable {
  const planned = retried(
    new LambdaInvoke(scope, 'Plan', {
      lambdaFunction: plan,
      payloadResponseOnly: true,
      retryOnServiceExceptions: false,
      resultPath: '$.jobs',
    }),
  );
  const small = retried(
    new LambdaInvoke(scope, 'InFunction', {
      lambdaFunction: ingest,
      payloadResponseOnly: true,
      retryOnServiceExceptions: false,
    }),
  );
  const large = new EcsRunTask(scope, 'InTask', {
    integrationPattern: IntegrationPattern.RUN_JOB,
    cluster: tasks.cluster,
    taskDefinition: tasks.ingest.task,
    launchTarget: new EcsFargateLaunchTarget(),
    securityGroups: [tasks.group],
    subnets: tasks.placement.subnets,
    assignPublicIp: tasks.placement.assignPublicIp,
    containerOverrides: [
      {
        containerDefinition: tasks.ingest.container,
        command: JsonPath.array(
          'job',
          JsonPath.jsonToString(JsonPath.entirePayload),
          ...whereabouts(archive),
        ) as unknown as string[],
      },
    ],
  });
  large.addRetry({ errors: ['States.TaskFailed'], maxAttempts: 1, interval: Duration.minutes(2) });

  const studyFailed = deadLetter(scope, 'StudyToDeadLetters', tasks, {
    manifest: JsonPath.stringAt('$.manifest.key'),
    version: JsonPath.stringAt('$.manifest.versionId'),
    study: JsonPath.stringAt('$.study'),
    error: JsonPath.stringAt('$.failure.Error'),
    reason: JsonPath.stringAt('$.failure.Cause'),
  });
  for (const state of [small, large]) state.addCatch(studyFailed, { resultPath: '$.failure' });

  const studies = new MapState(scope, 'EachStudy', {
    itemsPath: '$.jobs',
    maxConcurrency: PARALLEL,
    resultPath: JsonPath.DISCARD,
  });
  studies.itemProcessor(
    new Choice(scope, 'HowLarge')
      .when(Condition.numberLessThanEquals('$.bytes', FUNCTION_MOST_BYTES), small)
      .otherwise(large),
  );

  const manifestFailed = deadLetter(scope, 'ManifestToDeadLetters', tasks, {
    manifest: JsonPath.stringAt('$.detail.object.key'),
    version: JsonPath.stringAt("$.detail.object['version-id']"),
    error: JsonPath.stringAt('$.failure.Error'),
    reason: JsonPath.stringAt('$.failure.Cause'),
  });
  manifestFailed.next(
    new Fail(scope, 'ManifestRefused', { error: 'ManifestRefused', cause: 'See the dead-letter queue' }),
  );
  planned.addCatch(manifestFailed, { resultPath: '$.failure' });
  return planned.next(studies).next(new Pass(scope, 'Done'));
}

function retried(state: LambdaInvoke): LambdaInvoke {
  state.addRetry({ errors: PASSING, interval: Duration.seconds(5), backoffRate: 2, maxAttempts: 5 });
  return state;
}

function deadLetter(
  scope: Construct,
  id: string,
  { deadLetters }: TasksStack,
  message: Readonly<Record<string, string>>,
): SqsSendMessage & TaskStateBase {
  return new SqsSendMessage(scope, id, {
    queue: deadLetters,
    messageBody: TaskInput.fromObject({ ...message }),
    resultPath: JsonPath.DISCARD,
  });
}
