// What the app asks of the server, and the three ways it can turn out. "Not available" and "failed" are never "none".

/** @typedef {import('./session.js').Session} Session */
/** @typedef {{ state: 'answered', body: any }} Answered */
/** @typedef {{ state: 'unavailable', why: string }} Unavailable the server has no such operation, or the token does not permit it */
/** @typedef {{ state: 'failed', why: string }} Failed */
/** @typedef {Answered | Unavailable | Failed} Outcome */
/** @typedef {Readonly<Record<string, string | boolean | readonly string[]>>} Parameters */

const SEARCH_SCOPE = /^(patient|user)\/(?:Observation|\*)\.(?:read|\*|c?r?u?d?s)(?:\?.*)?$/;

/**
 * Whether a granted scope lets its context search Observations, which is what all these operations do.
 *
 * @param {readonly string[]} scopes
 * @param {'patient' | 'user'} context
 */
export function maySearch(scopes, context) {
  return scopes.some((scope) => SEARCH_SCOPE.exec(scope)?.[1] === context);
}

/**
 * Questions to the server of a session. Its CapabilityStatement is read once, so that what it lacks is known to be
 * lacking.
 *
 * @param {Session} session
 */
export async function serverOf(session) {
  /** @type {Set<string>} */
  const operations = new Set();
  const statement = /** @type {any} */ (await session.client.request('metadata'));
  for (const { name } of statement.rest?.[0]?.operation ?? []) operations.add(name);

  /**
   * @param {string} url
   * @returns {Promise<Outcome>}
   */
  async function request(url) {
    try {
      return {
        state: 'answered',
        body: await session.client.request({ url, headers: { Accept: 'application/json' } }),
      };
    } catch (error) {
      return outcomeOf(error);
    }
  }

  return {
    operations,
    /**
     * @param {string} code of the operation, without `$`
     * @param {Parameters} parameters
     * @returns {Promise<Outcome>}
     */
    async ask(code, parameters) {
      if (!operations.has(code)) return { state: 'unavailable', why: `This server does not answer $${code}.` };
      const context = code.startsWith('find-population') ? 'user' : 'patient';
      if (!maySearch(session.scopes, context)) {
        return { state: 'unavailable', why: `The app was not granted ${context}/Observation.rs.` };
      }
      return request(`$${code}?${query(parameters)}`);
    },
    /**
     * @param {string} code
     * @param {Parameters} parameters
     * @returns {Promise<Outcome>}
     */
    utility(code, parameters) {
      return request(`utilities/${code}?${query(parameters)}`);
    },
  };
}

/** @typedef {Awaited<ReturnType<typeof serverOf>>} GenomicsServer */

/**
 * @param {Parameters} parameters lists become repeated parameters
 */
export function query(parameters) {
  const pairs = Object.entries(parameters).flatMap(([name, value]) =>
    Array.isArray(value) ? value.map((one) => [name, escaped(one)]) : [[name, String(value)]],
  );
  return new URLSearchParams(pairs).toString();
}

/**
 * The characters that FHIR separates values of a parameter by, escaped in a value of a list.
 *
 * @param {string} text
 */
function escaped(text) {
  return text.replace(/[\\,]/g, '\\$&');
}

/**
 * @param {unknown} error as fhirclient throws it
 * @returns {Unavailable | Failed}
 */
export function outcomeOf(error) {
  const { statusCode, message } = /** @type {{ statusCode?: number, message?: string }} */ (error ?? {});
  const why = diagnosticsOf(error) ?? message?.split('\n')[0] ?? String(error);
  if (statusCode === 403) return { state: 'unavailable', why: 'The app was not granted this.' };
  if (statusCode === undefined) return { state: 'failed', why: `The server could not be reached: ${why}` };
  return { state: 'failed', why };
}

/**
 * What an OperationOutcome says; fhirclient appends the body to the message of its error.
 *
 * @param {unknown} error
 */
function diagnosticsOf(error) {
  const { message = '' } = /** @type {{ message?: string }} */ (error ?? {});
  const at = message.indexOf('\n\n{');
  if (at < 0) return undefined;
  try {
    return /** @type {string | undefined} */ (JSON.parse(message.slice(at)).issue?.[0]?.diagnostics);
  } catch {
    return undefined;
  }
}
