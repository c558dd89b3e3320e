import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { APIGatewayProxyEvent } from 'aws-lambda';

/** An API Gateway REST proxy event as recorded in `events/<name>.json`, with some of it replaced. */
export function gatewayEvent(name: string, changes: Partial<APIGatewayProxyEvent> = {}): APIGatewayProxyEvent {
  const path = join(import.meta.dirname, 'events', `${name}.json`);
  return { ...(JSON.parse(readFileSync(path, 'utf8')) as APIGatewayProxyEvent), ...changes };
}

/** The same question as the recorded GET, as a POST of `Parameters`. */
export function asPost(event: APIGatewayProxyEvent): APIGatewayProxyEvent {
  const parameter = Object.entries(event.multiValueQueryStringParameters ?? {}).flatMap(([name, values = []]) =>
    values.map((value) =>
      name.startsWith('include') ? { name, valueBoolean: value === 'true' } : { name, valueString: value },
    ),
  );
  return {
    ...event,
    httpMethod: 'POST',
    headers: { ...event.headers, 'Content-Type': 'application/fhir+json' },
    multiValueHeaders: { ...event.multiValueHeaders, 'Content-Type': ['application/fhir+json'] },
    queryStringParameters: null,
    multiValueQueryStringParameters: null,
    body: Buffer.from(JSON.stringify({ resourceType: 'Parameters', parameter })).toString('base64'),
    isBase64Encoded: true,
  };
}
