import type { Command } from 'commander';
import { InvalidInputError } from '../genomics/errors.ts';
import { runJob } from '../pipeline/job.ts';
import type { Job } from '../pipeline/plan.ts';
import { openPipeline } from './open.ts';

interface JobOptions {
  readonly bucket: string;
  readonly table: string;
}

/** `job`: one study of an uploaded manifest, too large for a Lambda function; what the pipeline's Fargate task runs. */
export function addJob(program: Command): void {
  program
    .command('job <json>')
    .description('ingest one study of an uploaded manifest; the pipeline in AWS runs this')
    .requiredOption('--bucket <name>', 'S3 bucket of the archive')
    .requiredOption('--table <name>', 'its DynamoDB table')
    .action(async (json: string, { bucket, table }: JobOptions) => {
      const report = await runJob(await openPipeline(bucket, table), parseJob(json));
      process.stdout.write(`${JSON.stringify(report)}\n`);
    });
}

function parseJob(json: string): Job {
  try {
    return JSON.parse(json) as Job;
  } catch (cause) {
    throw new InvalidInputError('the job is not JSON', undefined, { cause });
  }
}
