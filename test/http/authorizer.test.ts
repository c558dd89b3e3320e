import type { APIGatewayRequestAuthorizerEvent } from 'aws-lambda';
import { expect, it } from 'vitest';
import { denyAll } from '../../lib/http/authorizer.ts';

it('denies exactly what was asked for, whoever asks', async () => {
  const methodArn = 'arn:aws:execute-api:eu-central-1:123456789012:a1b2c3d4e5/fhir/GET/$find-subject-variants';
  const event = {
    methodArn,
    headers: { Authorization: 'Bearer anything' },
  } as unknown as APIGatewayRequestAuthorizerEvent;
  const { policyDocument } = await denyAll(event);
  expect(policyDocument.Statement).toEqual([{ Effect: 'Deny', Action: 'execute-api:Invoke', Resource: methodArn }]);
});
