// @ts-check
/** One call of the public HTTP API. Refusals come as `Refusal` with the problem document's stable code. */

import { ask, read, Refusal, step } from '../client/call.js';

export { Refusal, step };

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
export async function call(method, path, body, headers) {
  return read(await ask(ROOT + path, { method, token, body, headers }));
}

/**
 * A file of the signed-in person's own, which a link could not ask for.
 * @param {string} path
 */
export async function file(path) {
  return (await ask(ROOT + path, { token, deadlineMs: FILE_DEADLINE_MS })).blob();
}

/** @param {string | number | null} before */
export const cursor = (before) => (before === null ? '' : `&before=${encodeURIComponent(before)}`);

/** @template T @param {Promise<T>} asked @returns {Promise<T | null>} */
export function orNull(asked) {
  return asked.catch((error) => {
    if (error instanceof Refusal && error.status === 404) return null;
    throw error;
  });
}
