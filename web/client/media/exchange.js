// @ts-check
/** Offer and answer over HTTP as RFC 9725 (WHIP) and WHEP say it: one POST, a Location, PATCH to restart ICE, one DELETE. */

import { fragmentOf, restarted } from './ice_fragment.js';
import { iceServers } from './ice_servers.js';
import { targetOf } from './link_header.js';

/** @typedef {{address: string, etag: string | null, layer: string | null}} MediaSession `layer`: where a layer of its picture is chosen, if it can be */

const LAYER = 'urn:ietf:params:whep:ext:core:layer';

/** Refusals of the moment: timed out, not live, another ICE session, too early, too many. */
const PASSING = new Set([408, 409, 412, 425, 428, 429]);

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
    // A status that we do not know counts as the first of its hundred (RFC 9725, section 4.1).
    this.final = status >= 400 && status < 500 && !PASSING.has(status);
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

/** @param {string} address @param {RequestInit & {signal: AbortSignal}} request */
async function ask(address, request) {
  return fetch(address, request).catch((error) => {
    if (request.signal.aborted) throw error;
    throw new OfferRefused(0, 'unreachable', 'the server does not answer', null);
  });
}

/** Whether this site names ICE servers; null: not yet known. */
export const site = { namesServers: /** @type {boolean | null} */ (null) };

/** @param {Response} response @returns {RTCIceServer[]} */
function serversOf(response) {
  const servers = iceServers(response.headers.get('Link'));
  if (response.ok) site.namesServers = servers.length > 0;
  return servers;
}

/** Ask an endpoint whether it names ICE servers, once a page (RFC 9725, section 4.6). @param {string} endpoint @param {AbortSignal} signal */
export async function learnServers(endpoint, signal) {
  if (site.namesServers === null) serversOf(await fetch(endpoint, { method: 'OPTIONS', signal }));
}

/**
 * Gather candidates already, before there is an answer. Not where the answer may name ICE servers: these would come too
 * late (RFC 9725, section 4.6). Never needed, for the server is ICE-lite and learns our address from our checks; but the
 * sockets are open then, and the checks begin at once.
 * @param {RTCPeerConnection} connection
 * @param {RTCSessionDescriptionInit} offer
 */
export async function gatherAhead(connection, offer) {
  if (site.namesServers === false && connection.signalingState === 'stable') await connection.setLocalDescription(offer);
}

/** @param {string} endpoint @param {RTCSessionDescriptionInit} offer @param {string | null} token @param {AbortSignal} signal */
function post(endpoint, offer, token, signal) {
  const headers = { 'Content-Type': 'application/sdp', ...authorization(token) };
  return ask(endpoint, { method: 'POST', body: offer.sdp, signal, headers });
}

/**
 * Apply the answer to the connection's offer, and return the session.
 * @param {RTCPeerConnection} connection
 * @param {RTCSessionDescriptionInit} offer
 * @param {Response} response
 * @param {string | null} token
 * @param {AbortSignal} signal
 * @returns {Promise<MediaSession>}
 */
async function accept(connection, offer, response, token, signal) {
  if (response.status !== 201) throw await refusal(response);
  const location = response.headers.get('Location');
  if (location === null) throw new OfferRefused(response.status, 'refused', 'the answer names no session', null);
  // Relative to who answered: a room's home may be on another node, to which we were sent on (307).
  const layer = targetOf(response.headers.get('Link'), LAYER);
  const session = {
    address: new URL(location, response.url).href,
    etag: response.headers.get('ETag'),
    layer: layer === null ? null : new URL(layer, response.url).href,
  };
  const answer = await response.text();
  if (signal.aborted || connection.signalingState === 'closed') {
    leave(session, token);
    throw new DOMException('left while joining', 'AbortError');
  }
  const servers = serversOf(response);
  if (servers.length > 0) connection.setConfiguration({ ...connection.getConfiguration(), iceServers: servers });
  if (connection.signalingState === 'stable') await connection.setLocalDescription(offer);
  await connection.setRemoteDescription({ type: 'answer', sdp: answer });
  return session;
}

/**
 * Send the connection's offer, apply the answer, and return the session.
 * @param {RTCPeerConnection} connection
 * @param {RTCSessionDescriptionInit} offer what its `createOffer` has said
 * @param {string} endpoint
 * @param {string | null} token
 * @param {AbortSignal} signal
 * @returns {Promise<MediaSession>}
 */
export async function negotiate(connection, offer, endpoint, token, signal) {
  const [response] = await Promise.all([post(endpoint, offer, token, signal), gatherAhead(connection, offer)]);
  return accept(connection, offer, response, token, signal);
}

/**
 * Give the session's media a new way through the network; they go on meanwhile. A refusal leaves everything as it was.
 * @param {RTCPeerConnection} connection
 * @param {MediaSession} session its `etag` is that of the new ICE session afterwards
 * @param {string | null} token
 * @param {AbortSignal} signal
 */
export async function restartIce(connection, session, token, signal) {
  const answer = connection.remoteDescription?.sdp ?? '';
  const offer = await connection.createOffer({ iceRestart: true });
  await connection.setLocalDescription(offer);
  try {
    const headers = { 'Content-Type': 'application/trickle-ice-sdpfrag', 'If-Match': '*', ...authorization(token) };
    const response = await ask(session.address, { method: 'PATCH', body: fragmentOf(offer.sdp ?? ''), signal, headers });
    if (response.status !== 200) throw await refusal(response);
    const fragment = await response.text();
    signal.throwIfAborted();
    await connection.setRemoteDescription({ type: 'answer', sdp: restarted(answer, fragment) });
    session.etag = response.headers.get('ETag');
  } catch (error) {
    if (connection.signalingState === 'have-local-offer') await connection.setLocalDescription({ type: 'rollback' });
    throw error;
  }
}

/**
 * Choose which layer of the picture comes in a session (the layer selection of WHEP's draft).
 * @param {MediaSession} session one with a place for it
 * @param {string} rid
 * @param {string | null} token
 * @param {AbortSignal} signal
 */
export async function chooseLayer(session, rid, token, signal) {
  const headers = { 'Content-Type': 'application/json', ...authorization(token) };
  const response = await ask(session.layer ?? '', { method: 'POST', body: JSON.stringify({ rid }), signal, headers });
  if (!response.ok) throw await refusal(response);
}

/** End a session; `keepalive` lets it happen while the page goes away. @param {MediaSession | null} session @param {string | null} token */
export function leave(session, token) {
  if (session === null) return;
  fetch(session.address, { method: 'DELETE', keepalive: true, headers: authorization(token) }).catch((error) => {
    console.debug('the media session was gone already', error);
  });
}
