import { Stack, type StackProps } from 'aws-cdk-lib';
import { CfnWorkGroup } from 'aws-cdk-lib/aws-athena';
import { CfnDatabase, CfnTable } from 'aws-cdk-lib/aws-glue';
import type { IGrantable } from 'aws-cdk-lib/aws-iam';
import type { Construct } from 'constructs';
import { TABLES } from '../store/athena/tables.ts';
import { type Archive, allow, grantResults } from './permissions.ts';

export interface AnalyticsStackProps extends StackProps {
  readonly archive: Archive;
}

/** Where Athena is asked. */
export interface Analytics {
  readonly workGroup: string;
  readonly database: string;
}

/** Fixed, so that functions of other stacks know them without needing this one. */
const NAMES: Analytics = { workGroup: 'genomics-archive', database: 'genomics_archive' };
/** 1 TB; about 5 dollars a query. */
const MOST_SCANNED_BYTES = 1_000_000_000_000;
/** Objects of results below it are removed after a day. */
const RESULTS = 'athena/';

/** Tables over the compacted copy, whose partitions are computed, and the group of whoever asks them. Idle, it costs nothing. */
export class AnalyticsStack extends Stack implements Analytics {
  readonly workGroup = NAMES.workGroup;
  readonly database = NAMES.database;

  constructor(scope: Construct, id: string, { archive, ...props }: AnalyticsStackProps) {
    super(scope, id, props);
    const database = new CfnDatabase(this, 'Database', {
      catalogId: this.account,
      databaseInput: { name: this.database, description: 'Compacted copy of the genomics archive' },
    });
    for (const { name, folder, columns, partitionKeys, parameters } of TABLES) {
      const table = new CfnTable(this, `Table-${name}`, {
        catalogId: this.account,
        databaseName: this.database,
        tableInput: {
          name,
          tableType: 'EXTERNAL_TABLE',
          parameters,
          partitionKeys: [...partitionKeys],
          storageDescriptor: {
            columns: [...columns],
            location: `s3://${archive.bucket.bucketName}/${folder}`,
            inputFormat: 'org.apache.hadoop.hive.ql.io.parquet.MapredParquetInputFormat',
            outputFormat: 'org.apache.hadoop.hive.ql.io.parquet.MapredParquetOutputFormat',
            serdeInfo: { serializationLibrary: 'org.apache.hadoop.hive.ql.io.parquet.serde.ParquetHiveSerDe' },
          },
        },
      });
      table.addResourceDependency(database);
    }
    new CfnWorkGroup(this, 'WorkGroup', {
      name: this.workGroup,
      description: 'Questions about everyone that are too large for one function',
      workGroupConfiguration: {
        // Whoever asks can't choose another place or no encryption.
        enforceWorkGroupConfiguration: true,
        publishCloudWatchMetricsEnabled: true,
        bytesScannedCutoffPerQuery: MOST_SCANNED_BYTES,
        engineVersion: { selectedEngineVersion: 'Athena engine version 3' },
        resultConfiguration: {
          outputLocation: `s3://${archive.bucket.bucketName}/${RESULTS}`,
          encryptionConfiguration: { encryptionOption: 'SSE_KMS', kmsKey: archive.key.keyArn },
        },
      },
    });
  }
}

/** Environment of a function that may ask Athena. */
export const athenaEnvironment = ({ workGroup, database }: Analytics) => ({
  GENOMICS_ATHENA_WORKGROUP: workGroup,
  GENOMICS_ATHENA_DATABASE: database,
});

/** What asking takes: queries of the one group, the tables' descriptions, and results. */
export function grantAsking(fn: Construct & IGrantable, { workGroup, database }: Analytics, archive: Archive): void {
  const stack = Stack.of(fn);
  const arn = (service: string, resource: string) => stack.formatArn({ service, resource });
  allow(
    fn,
    ['athena:StartQueryExecution', 'athena:GetQueryExecution', 'athena:GetQueryResults', 'athena:StopQueryExecution'],
    [arn('athena', `workgroup/${workGroup}`)],
  );
  allow(
    fn,
    ['glue:GetDatabase', 'glue:GetTable'],
    [
      arn('glue', 'catalog'),
      arn('glue', `database/${database}`),
      // Athena looks for it before every query.
      arn('glue', 'database/default'),
      ...TABLES.map(({ name }) => arn('glue', `table/${database}/${name}`)),
    ],
  );
  grantResults(fn, archive);
}
