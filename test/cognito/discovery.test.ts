import { describe, expect, it } from 'vitest';
import { facadeConfiguration } from '../../lib/cognito/discovery.ts';
import { FUNCTION_ENDPOINTS, methodsOf } from '../../lib/cognito/endpoints.ts';
import { isKnownScope } from '../../lib/cognito/scopes.ts';
import { AUTH_BASE } from '../support/facade.ts';

describe('what discovery says of the façade', () => {
  const configuration = facadeConfiguration(AUTH_BASE);

  it('is there', () => {
    const served = Object.values(FUNCTION_ENDPOINTS)
      .flat()
      .map((name) => `${AUTH_BASE}/${name}`);
    for (const [name, value] of Object.entries(configuration)) {
      if (name.endsWith('_endpoint')) expect(served).toContain(value);
    }
    for (const scope of configuration.scopes_supported) expect(isKnownScope(scope), scope).toBe(true);
    expect(methodsOf('authorize')).toContain('POST');
  });
});
