// @ts-check
/** One call of the public HTTP API. Refusals come as `Refusal` with the problem document's stable code. */

export class Refusal extends Error {
  /**
   * @param {number} status 0: the server could not be reached
   * @param {string} code
   * @param {string} detail
   * @param {Record<string, any>} [problem]
   */
  constructor(status, code, detail, problem = {}) {
    super(detail);
    this.status = status;
    this.code = code;
    this.problem = problem;
  }
}

const DEADLINE_MS = 10_000;
const FILE_DEADLINE_MS = 120_000;
export const ROOT = '/api/v1';

let token = /** @type {string | null} */ (null);

/** Whom the next calls speak for. @param {string | null} value */
export function speakFor(value) {
  token = value;
}

export const bearerToken = () => token;

/**
 * @param {string} method
 * @param {string} path
 * @param {unknown} [body]
 * @param {Record<string, string>} [headers]
 * @returns {Promise<any>}
 */
export async function call(method, path, body, headers = {}) {
  const response = await ask(method, path, body, headers, DEADLINE_MS);
  return response.status === 204 ? null : response.json().catch(() => null);
}

/**
 * A file of the signed-in person's own, which a link could not ask for.
 * @param {string} path
 */
export async function file(path) {
  return (await ask('GET', path, undefined, {}, FILE_DEADLINE_MS)).blob();
}

/**
 * @param {string} method
 * @param {string} path
 * @param {unknown} body
 * @param {Record<string, string>} headers
 * @param {number} deadline ms
 */
async function ask(method, path, body, headers, deadline) {
  const all = { ...headers };
  if (token !== null) all.Authorization = `Bearer ${token}`;
  if (body !== undefined) all['Content-Type'] = 'application/json';
  const text = body === undefined ? undefined : JSON.stringify(body);
  const response = await fetch(ROOT + path, { method, headers: all, body: text, signal: AbortSignal.timeout(deadline) }).catch(() => {
    throw new Refusal(0, 'unreachable', 'the server does not answer');
  });
  if (response.ok) return response;
  const answer = await response.json().catch(() => null);
  throw new Refusal(response.status, answer?.code ?? 'refused', answer?.detail ?? response.statusText, answer ?? {});
}

/** @param {string} text */
export const step = (text) => encodeURIComponent(text);

/** @param {string | number | null} before */
export const cursor = (before) => (before === null ? '' : `&before=${encodeURIComponent(before)}`);

/** @template T @param {Promise<T>} asked @returns {Promise<T | null>} */
export function orNull(asked) {
  return asked.catch((error) => {
    if (error instanceof Refusal && error.status === 404) return null;
    throw error;
  });
}
