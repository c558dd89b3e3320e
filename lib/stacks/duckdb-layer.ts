import { Architecture, Code, LayerVersion, Runtime } from 'aws-cdk-lib/aws-lambda';
import type { Construct } from 'constructs';
import { buildDuckDbLayer, LAYER_FOLDER } from '../../layers/duckdb/build.ts';

/** DuckDB for the functions of a stack, built for the architecture that they have. */
export function duckDbLayer(scope: Construct): LayerVersion {
  buildDuckDbLayer();
  return new LayerVersion(scope, 'DuckDb', {
    description: 'DuckDB for Node.js',
    code: Code.fromAsset(LAYER_FOLDER),
    compatibleArchitectures: [Architecture.X86_64],
    compatibleRuntimes: [Runtime.NODEJS_24_X],
  });
}
