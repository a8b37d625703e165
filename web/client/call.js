// @ts-check
/** One request to the platform. Refusals come as `Refusal` with the problem document's stable code. */

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

/**
 * @param {string} address
 * @param {object} request
 * @param {string} [request.method]
 * @param {string | null} [request.token] whom it speaks for
 * @param {unknown} [request.body] sent as JSON
 * @param {Record<string, string>} [request.headers]
 * @param {number} [request.deadlineMs]
 */
export async function ask(address, { method = 'GET', token = null, body, headers = {}, deadlineMs = 10_000 }) {
  const all = { ...headers };
  if (token !== null) all.Authorization = `Bearer ${token}`;
  if (body !== undefined) all['Content-Type'] = 'application/json';
  const text = body === undefined ? undefined : JSON.stringify(body);
  const response = await fetch(address, { method, headers: all, body: text, signal: AbortSignal.timeout(deadlineMs) }).catch(() => {
    throw new Refusal(0, 'unreachable', 'the server does not answer');
  });
  if (response.ok) return response;
  const answer = await response.json().catch(() => null);
  throw new Refusal(response.status, answer?.code ?? 'refused', answer?.detail ?? response.statusText, answer ?? {});
}

/** What a request is answered with, null when that is nothing. @param {Response} response @returns {Promise<any>} */
export async function read(response) {
  return response.status === 204 ? null : response.json().catch(() => null);
}

/** One step of an address. @param {string} text */
export const step = (text) => encodeURIComponent(text);
