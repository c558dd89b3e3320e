import { type Command, Option } from 'commander';
import { InvalidInputError } from '../genomics/errors.ts';
import type { Pipeline } from '../pipeline/ports.ts';
import type { OpenArchive } from '../store/open-archive.ts';

/** What a command was told of where the archive lives. */
export interface Whereabouts {
  readonly data: string;
  readonly bucket?: string;
  readonly table?: string;
}

/** Gives every command that has `--data` the two options that name an archive in AWS instead. */
export function offerAws(command: Command): void {
  for (const child of command.commands) offerAws(child);
  if (!command.options.some(({ long }) => long === '--data')) return;
  command
    .addOption(new Option('--bucket <name>', 'S3 bucket of an archive in AWS; goes with --table'))
    .addOption(new Option('--table <name>', 'its DynamoDB table'));
}

/**
 * Opens the archive of a folder, or of a bucket and a table with the AWS credentials of the environment.
 *
 * @throws InvalidInputError when only one of bucket and table is named.
 */
export async function openArchive({ data, bucket, table }: Whereabouts): Promise<OpenArchive> {
  if ((bucket === undefined) !== (table === undefined)) {
    throw new InvalidInputError('an archive in AWS has a bucket and a table: give both --bucket and --table');
  }
  if (bucket === undefined || table === undefined) {
    // Loaded only here: the image that runs in AWS has no local database.
    const { openLocalArchive } = await import('../store/local.ts');
    return openLocalArchive(data);
  }
  const { openAwsArchive } = await import('../store/aws.ts');
  return openAwsArchive(environmentOf(bucket, table));
}

/** The ingest pipeline of an archive in AWS. */
export async function openPipeline(bucket: string, table: string): Promise<Pipeline> {
  const { awsPipeline } = await import('../store/aws.ts');
  return awsPipeline(environmentOf(bucket, table));
}

const environmentOf = (bucket: string, table: string) => ({
  ...process.env,
  GENOMICS_DATA: undefined,
  GENOMICS_BUCKET: bucket,
  GENOMICS_TABLE: table,
});
