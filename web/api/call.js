// @ts-check
/** One call of the public HTTP API. Refusals come as `Refusal` with the problem document's stable code. */

import { ask, read, Refusal, step } from '../client/call.js';

export { Refusal, step };

const FILE_DEADLINE_MS = 120_000;
export const ROOT = '/api/v1';

/** @typedef {{token: string | null, user: string | null}} Speaker */

let speaker = /** @type {Speaker} */ ({ token: null, user: null });
let renew = /** @type {() => Promise<unknown>} */ (async () => {});

/** Whom the next calls speak for. @param {Speaker} next */
export function speakFor(next) {
  speaker = next;
}

/** How there is another token in the place of one that was refused, or nobody to speak for any more. @param {() => Promise<unknown>} next */
export function renewBy(next) {
  renew = next;
}

export const bearerToken = () => speaker.token;

/** @param {unknown} error */
const isOver = (error) => error instanceof Refusal && error.status === 401 && error.code.startsWith('token-');

/**
 * One try, and when its token was refused a second one with the next token of the same person, or as a stranger.
 * @param {(token: string | null) => Promise<Response>} request
 */
async function spoken(request) {
  const asked = speaker;
  try {
    return await request(asked.token);
  } catch (error) {
    if (asked.token === null || !isOver(error)) throw error;
    if (speaker.token === asked.token) await renew();
    const same = speaker.user === asked.user || speaker.user === null;
    if (speaker.token === asked.token || !same) throw error;
    return request(speaker.token);
  }
}

/**
 * @param {string} method
 * @param {string} path
 * @param {unknown} [body]
 * @param {Record<string, string>} [headers]
 * @returns {Promise<any>}
 */
export async function call(method, path, body, headers) {
  return read(await spoken((token) => ask(ROOT + path, { method, token, body, headers })));
}

/** With the token that is held now, whatever comes of it: what a renewal itself asks for. @param {string} method @param {string} path @returns {Promise<any>} */
export async function callOnce(method, path) {
  return read(await ask(ROOT + path, { method, token: speaker.token }));
}

/**
 * A file of the signed-in person's own, which a link could not ask for.
 * @param {string} path
 */
export async function file(path) {
  return (await spoken((token) => ask(ROOT + path, { token, deadlineMs: FILE_DEADLINE_MS }))).blob();
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
