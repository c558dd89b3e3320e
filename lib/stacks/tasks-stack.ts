import { CfnOutput, Duration, RemovalPolicy, Stack, type StackProps } from 'aws-cdk-lib';
import { type IVpc, SecurityGroup, SubnetType } from 'aws-cdk-lib/aws-ec2';
import {
  Cluster,
  type ContainerDefinition,
  ContainerImage,
  ContainerInsights,
  CpuArchitecture,
  FargateTaskDefinition,
  type ICluster,
  type ITaskDefinition,
  LogDriver,
  OperatingSystemFamily,
} from 'aws-cdk-lib/aws-ecs';
import { Rule, Schedule } from 'aws-cdk-lib/aws-events';
import { EcsTask } from 'aws-cdk-lib/aws-events-targets';
import { PolicyStatement, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import { Queue, QueueEncryption } from 'aws-cdk-lib/aws-sqs';
import type { Construct } from 'constructs';
import { buildTask } from '../../layers/task/build.ts';
import { acknowledge, reference } from './acknowledge.ts';
import { encryptedLog, INLINE_POLICIES } from './functions.ts';
import { closedVpc, openVpc } from './network.ts';
import { type Archive, grantCompacting, grantHousekeeping, grantIngesting } from './permissions.ts';

export interface TasksStackProps extends StackProps {
  readonly archive: Archive;
  /** Whether tasks, and the functions of other stacks, are without a way to the internet. */
  readonly closed: boolean;
}

/** A task: the command line in a container. */
export interface CommandTask {
  readonly task: FargateTaskDefinition;
  readonly container: ContainerDefinition;
}

const COMPACT_EVERY = Schedule.cron({ hour: '3', minute: '10' });

/** What takes longer than a Lambda function may: large ingests, and compaction once a day. Nothing runs in between. */
export class TasksStack extends Stack {
  readonly vpc: IVpc;
  readonly cluster: ICluster;
  readonly group: SecurityGroup;
  readonly ingest: CommandTask;
  readonly deadLetters: Queue;
  /** Where tasks are put, and whether they need a public address to reach AWS. */
  readonly placement: { readonly subnets: { readonly subnetType: SubnetType }; readonly assignPublicIp: boolean };

  constructor(scope: Construct, id: string, { archive, closed, ...props }: TasksStackProps) {
    super(scope, id, props);
    this.vpc = (closed ? closedVpc : openVpc)(this, archive.key) as IVpc;
    this.placement = {
      subnets: { subnetType: closed ? SubnetType.PRIVATE_ISOLATED : SubnetType.PUBLIC },
      assignPublicIp: !closed,
    };
    const cluster = new Cluster(this, 'Cluster', {
      vpc: this.vpc,
      containerInsightsV2: ContainerInsights.ENABLED,
    });
    this.cluster = cluster as ICluster;
    this.group = new SecurityGroup(this, 'TaskGroup', { vpc: this.vpc, description: 'Tasks of the genomics archive' });
    this.deadLetters = new Queue(this, 'DeadLetters', {
      encryption: QueueEncryption.KMS,
      encryptionMasterKey: archive.key,
      enforceSSL: true,
      retentionPeriod: Duration.days(14),
      removalPolicy: RemovalPolicy.RETAIN,
    });
    this.deadLetters.addToResourcePolicy(
      new PolicyStatement({
        principals: [new ServicePrincipal('events.amazonaws.com')],
        actions: ['sqs:SendMessage'],
        resources: [this.deadLetters.queueArn],
        conditions: { StringEquals: { 'aws:SourceAccount': this.account } },
      }),
    );
    acknowledge(this.deadLetters, { 'AwsSolutions-SQS3': 'This is the dead-letter queue.' });
    const image = ContainerImage.fromAsset(buildTask());
    this.ingest = this.#task('Ingest', image, archive);
    grantIngesting(this.ingest.task.taskRole, archive);
    const compact = this.#task('Compact', image, archive);
    grantCompacting(compact.task.taskRole, archive);
    this.#schedule(compact, archive);
    // Run by hand: whoever may start it is whoever may erase (docs/operations.md).
    const housekeeping = this.#task('Housekeeping', image, archive);
    grantHousekeeping(housekeeping.task.taskRole, archive);
    this.#tellHowToRun(housekeeping, archive);
    acknowledge(this, {
      'HIPAA.Security-IAMNoInlinePolicy': INLINE_POLICIES,
      'AwsSolutions-IAM5[Resource::*]': 'A token of the image registry is for all of its repositories.',
      [`AwsSolutions-IAM5[Resource::arn:<AWS::Partition>:ecs:<AWS::Region>:*:task/${reference(cluster)}/*]`]:
        'EventBridge tags the tasks that it starts, whatever their id.',
      'AwsSolutions-ECS2': 'Names of the bucket and the table are no secrets.',
    });
  }

  #task(id: string, image: ContainerImage, { key }: Archive): CommandTask {
    const task = new FargateTaskDefinition(this, `${id}Task`, {
      cpu: 2048,
      memoryLimitMiB: 8192,
      ephemeralStorageGiB: 100,
      runtimePlatform: { cpuArchitecture: CpuArchitecture.X86_64, operatingSystemFamily: OperatingSystemFamily.LINUX },
      volumes: [{ name: 'tmp' }],
    });
    const container = task.addContainer('genomics', {
      image,
      readonlyRootFilesystem: true,
      logging: LogDriver.awsLogs({ streamPrefix: id.toLowerCase(), logGroup: encryptedLog(this, `${id}-log`, key) }),
    });
    container.addMountPoints({ containerPath: '/tmp', sourceVolume: 'tmp', readOnly: false });
    return { task, container };
  }

  /** The command that starts a task, with an erasure as the example, as an output of the stack. */
  #tellHowToRun({ task, container }: CommandTask, archive: Archive): void {
    const { subnetIds } = this.vpc.selectSubnets(this.placement.subnets);
    const network = [
      `subnets=[${subnetIds.join(',')}]`,
      `securityGroups=[${this.group.securityGroupId}]`,
      `assignPublicIp=${this.placement.assignPublicIp ? 'ENABLED' : 'DISABLED'}`,
    ];
    const command = ['subjects', 'delete', 'ID', ...whereabouts(archive)];
    const overrides = { containerOverrides: [{ name: container.containerName, command }] };
    new CfnOutput(this, 'RunHousekeeping', {
      description: 'Erases the subject ID; in its place any other command of housekeeping',
      value: [
        `aws ecs run-task --launch-type FARGATE --cluster ${this.cluster.clusterName}`,
        `--task-definition ${task.taskDefinitionArn}`,
        `--network-configuration 'awsvpcConfiguration={${network.join(',')}}'`,
        `--overrides '${this.toJsonString(overrides)}'`,
      ].join(' '),
    });
  }

  #schedule({ task, container }: CommandTask, archive: Archive): void {
    new Rule(this, 'CompactDaily', {
      description: 'Brings the copy that population questions read up to date',
      schedule: COMPACT_EVERY,
      targets: [
        new EcsTask({
          cluster: this.cluster,
          taskDefinition: task as ITaskDefinition,
          securityGroups: [this.group],
          subnetSelection: this.placement.subnets,
          assignPublicIp: this.placement.assignPublicIp,
          deadLetterQueue: this.deadLetters,
          containerOverrides: [
            { containerName: container.containerName, command: ['compact', ...whereabouts(archive)] },
          ],
        }),
      ],
    });
  }
}

/** Options of a command that works in AWS. */
export const whereabouts = ({ bucket, table }: Archive): string[] => [
  '--bucket',
  bucket.bucketName,
  '--table',
  table.tableName,
];
