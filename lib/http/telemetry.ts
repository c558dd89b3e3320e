import { Logger } from '@aws-lambda-powertools/logger';
import { Metrics, MetricUnit } from '@aws-lambda-powertools/metrics';
import { Tracer } from '@aws-lambda-powertools/tracer';
import { captureLambdaHandler } from '@aws-lambda-powertools/tracer/middleware';
import { describeFault } from './fault.ts';

/** Name, level and namespace come from `POWERTOOLS_*` of the function's environment; outside AWS there is one name. */
const [serviceName, namespace] = [
  process.env['POWERTOOLS_SERVICE_NAME'] ?? 'local',
  process.env['POWERTOOLS_METRICS_NAMESPACE'] ?? 'GenomicsArchive',
];
const logger = new Logger({ serviceName });
const metrics = new Metrics({ namespace, serviceName });
const tracer = new Tracer({ serviceName });

/** Logs a failure that is ours, under the id that the client was given. What it says may hold a row's values. */
export function logFailure(error: unknown, requestId: string): void {
  logger.error('request failed', { requestId, fault: describeFault(error) });
}

/** Counts an answer by the class of its status, and cold starts. Of the question nothing is kept: it names people. */
export function countAnswer(status: number): void {
  metrics.captureColdStartMetric(serviceName);
  metrics.addMetric(`Status${String(status).slice(0, 1)}xx`, MetricUnit.Count, 1);
  metrics.publishStoredMetrics();
}

/** The function's part of a trace, without what it answers. */
export const tracing = () => captureLambdaHandler(tracer, { captureResponse: false });
