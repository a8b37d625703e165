// @ts-check
/** Offer and answer over HTTP as RFC 9725 (WHIP) and WHEP say it: one POST, a Location, one DELETE. */

import { iceServers } from './ice_servers.js';

/** A refused offer. `final`: asking again with the same offer and person will not help. */
export class OfferRefused extends Error {
  /**
   * @param {number} status 0: the server could not be reached
   * @param {string} code
   * @param {string} detail
   * @param {number | null} retryAfterMs
   */
  constructor(status, code, detail, retryAfterMs) {
    super(detail);
    this.status = status;
    this.code = code;
    this.retryAfterMs = retryAfterMs;
    this.final = [400, 401, 403, 404, 405, 406, 413, 415, 422].includes(status);
  }
}

/** Of a Retry-After header, seconds or a date, the milliseconds. @param {string | null} header @param {number} nowMs */
export function retryAfter(header, nowMs) {
  if (header === null || header.trim() === '') return null;
  const seconds = Number(header);
  const ms = Number.isFinite(seconds) ? seconds * 1000 : Date.parse(header) - nowMs;
  return Number.isFinite(ms) ? Math.min(60_000, Math.max(0, ms)) : null;
}

/** @param {Response} response */
async function refusal(response) {
  const problem = await response.json().catch(() => ({}));
  const wait = retryAfter(response.headers.get('Retry-After'), Date.now());
  return new OfferRefused(response.status, problem.code ?? 'refused', problem.detail ?? response.statusText, wait);
}

/** @param {string | null} token @returns {Record<string, string>} */
function authorization(token) {
  return token === null ? {} : { Authorization: `Bearer ${token}` };
}

/**
 * Send the connection's offer, apply the answer, and return the session's address.
 * @param {RTCPeerConnection} connection
 * @param {string} endpoint
 * @param {string | null} token
 * @param {AbortSignal} signal
 */
export async function negotiate(connection, endpoint, token, signal) {
  // The server is ICE-lite and learns our address from our checks: the offer need not wait for candidates. We gather them
  // after the answer, because only it names the ICE servers (RFC 9725, section 4.6).
  const offer = await connection.createOffer();
  const request = { method: 'POST', body: offer.sdp, signal, headers: { 'Content-Type': 'application/sdp', ...authorization(token) } };
  const response = await fetch(endpoint, request).catch((error) => {
    if (signal.aborted) throw error;
    throw new OfferRefused(0, 'unreachable', 'the server does not answer', null);
  });
  if (response.status !== 201) throw await refusal(response);
  const location = response.headers.get('Location');
  const session = location === null ? null : new URL(location, response.url).href;
  const answer = await response.text();
  if (signal.aborted || connection.signalingState === 'closed') {
    leave(session, token);
    throw new DOMException('left while joining', 'AbortError');
  }
  const servers = iceServers(response.headers.get('Link'));
  if (servers.length > 0) connection.setConfiguration({ ...connection.getConfiguration(), iceServers: servers });
  await connection.setLocalDescription(offer);
  await connection.setRemoteDescription({ type: 'answer', sdp: answer });
  return session;
}

/** End a session; `keepalive` lets it happen while the page goes away. @param {string | null} session @param {string | null} token */
export function leave(session, token) {
  if (session === null) return;
  fetch(session, { method: 'DELETE', keepalive: true, headers: authorization(token) }).catch((error) => {
    console.debug('the media session was gone already', error);
  });
}
