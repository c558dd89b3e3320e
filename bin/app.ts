import { App } from 'aws-cdk-lib';
import { operations } from '../lib/operations/table.ts';
import { ApiStack, softwareVersion } from '../lib/stacks/api-stack.ts';
import { DataStack } from '../lib/stacks/data-stack.ts';
import manifest from '../package.json' with { type: 'json' };

const app = new App();
const { bucket, table } = new DataStack(app, 'GenomicsData', { terminationProtection: true });
new ApiStack(app, 'GenomicsApi', {
  bucket,
  table,
  rows: operations.map((operation) => operation.row),
  software: softwareVersion(manifest.version),
});
