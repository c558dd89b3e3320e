import { Duration, Stack, type StackProps } from 'aws-cdk-lib';
import type { RestApi } from 'aws-cdk-lib/aws-apigateway';
import {
  Alarm,
  ComparisonOperator,
  Dashboard,
  GraphWidget,
  type IMetric,
  MathExpression,
  Metric,
  TreatMissingData,
} from 'aws-cdk-lib/aws-cloudwatch';
import { SnsAction } from 'aws-cdk-lib/aws-cloudwatch-actions';
import { Rule } from 'aws-cdk-lib/aws-events';
import { SnsTopic } from 'aws-cdk-lib/aws-events-targets';
import type { IFunction } from 'aws-cdk-lib/aws-lambda';
import { Topic } from 'aws-cdk-lib/aws-sns';
import { EmailSubscription } from 'aws-cdk-lib/aws-sns-subscriptions';
import type { IQueue } from 'aws-cdk-lib/aws-sqs';
import type { StateMachine } from 'aws-cdk-lib/aws-stepfunctions';
import type { Construct } from 'constructs';
import type { Archive } from './permissions.ts';

export interface ObservabilityStackProps extends StackProps {
  readonly archive: Archive;
  readonly api: RestApi;
  readonly functions: ReadonlyMap<string, IFunction>;
  readonly stateMachine: StateMachine;
  readonly deadLetters: IQueue;
  readonly alarmEmail?: string | undefined;
}

/** Slowest one in a hundred answers that is still no reason to wake anyone. */
const SLOW = Duration.seconds(10);
const PERIOD = Duration.minutes(5);

/** Who must be told what: errors, latency, throttles, ingests that fail, a key about to be lost. And one page to look at. */
export class ObservabilityStack extends Stack {
  readonly #topic: Topic;

  constructor(scope: Construct, id: string, props: ObservabilityStackProps) {
    super(scope, id, props);
    const { archive, api, functions, stateMachine, deadLetters, alarmEmail } = props;
    this.#topic = new Topic(this, 'Alarms', { masterKey: archive.key, enforceSSL: true });
    if (alarmEmail !== undefined) this.#topic.addSubscription(new EmailSubscription(alarmEmail));

    const serverErrors = api.metricServerError({ period: PERIOD, statistic: 'Sum' });
    const latency = api.metricLatency({ period: PERIOD, statistic: 'p99' });
    const itemsThrottled = new MathExpression({
      label: 'DynamoDB throttles',
      expression: 'reads + writes',
      period: PERIOD,
      usingMetrics: {
        reads: tableMetric(archive, 'ReadThrottleEvents'),
        writes: tableMetric(archive, 'WriteThrottleEvents'),
      },
    });
    const ingestFailed = stateMachine.metricFailed({ period: PERIOD, statistic: 'Sum' });
    const dead = deadLetters.metricApproximateNumberOfMessagesVisible({ period: PERIOD });

    this.#alarm('ServerErrors', serverErrors, 1, 'The API answered 5xx: see the log of the function');
    this.#alarm('Latency', latency, SLOW.toMilliseconds(), 'One answer in a hundred takes longer than 10 s', 3);
    this.#alarm('ItemsThrottled', itemsThrottled, 1, 'DynamoDB refuses requests');
    this.#alarm('IngestFailed', ingestFailed, 1, 'A manifest was refused: see the dead-letter queue');
    this.#alarm('DeadLetters', dead, 1, 'Something was not ingested or not answered: read the dead-letter queue');
    for (const [name, fn] of functions) {
      this.#alarm(`${name}-failing`, failures(fn), 1, `${name} fails or is throttled`);
    }
    this.#watchKey(archive);

    new Dashboard(this, 'Dashboard', {
      dashboardName: 'genomics-archive',
      widgets: [
        [
          graph('Requests', api.metricCount({ period: PERIOD })),
          graph('Refused and failed', api.metricClientError({ period: PERIOD }), serverErrors),
          graph('Latency, p50 and p99', api.metricLatency({ period: PERIOD, statistic: 'p50' }), latency),
        ],
        [
          graph(
            'Longest run of each function',
            ...[...functions.values()].map((fn) => fn.metricDuration({ statistic: 'Maximum' })),
          ),
          graph(
            'Failures of functions',
            ...[...functions.values()].map((fn) => fn.metricErrors({ period: PERIOD, statistic: 'Sum' })),
          ),
          graph('Throttles of the table', itemsThrottled),
        ],
        [graph('Ingests', stateMachine.metricSucceeded({ period: PERIOD }), ingestFailed), graph('Dead letters', dead)],
      ],
    });
  }

  #alarm(id: string, metric: IMetric, threshold: number, alarmDescription: string, evaluationPeriods = 1): void {
    new Alarm(this, id, {
      metric,
      threshold,
      alarmDescription,
      evaluationPeriods,
      comparisonOperator: ComparisonOperator.GREATER_THAN_OR_EQUAL_TO_THRESHOLD,
      treatMissingData: TreatMissingData.NOT_BREACHING,
    }).addAlarmAction(new SnsAction(this.#topic));
  }

  /** Without its key every file is lost: there are 7 to 30 days to say no. */
  #watchKey({ key }: Archive): void {
    new Rule(this, 'KeyInDanger', {
      description: 'The key is disabled or about to be deleted',
      eventPattern: {
        source: ['aws.kms'],
        detail: {
          eventName: ['ScheduleKeyDeletion', 'DisableKey', 'PutKeyPolicy', 'DisableKeyRotation'],
          resources: { ARN: [key.keyArn] },
        },
      },
      targets: [new SnsTopic(this.#topic)],
    });
  }
}

/** Errors and throttles of a function. */
function failures(fn: IFunction): MathExpression {
  return new MathExpression({
    label: fn.node.id,
    expression: 'errors + throttles',
    period: PERIOD,
    usingMetrics: {
      errors: fn.metricErrors({ period: PERIOD, statistic: 'Sum' }),
      throttles: fn.metricThrottles({ period: PERIOD, statistic: 'Sum' }),
    },
  });
}

function tableMetric({ table }: Archive, metricName: string): Metric {
  return new Metric({
    namespace: 'AWS/DynamoDB',
    metricName,
    dimensionsMap: { TableName: table.tableName },
    period: PERIOD,
    statistic: 'Sum',
  });
}

const graph = (title: string, ...left: IMetric[]): GraphWidget => new GraphWidget({ title, left, width: 8 });
