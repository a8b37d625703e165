// @ts-check
/** Trying an uplink before going live: media are sent for some seconds to a server that shows them to nobody. */
import { leave, negotiate } from './exchange.js';
import { send } from './send.js';
import { between, lookAt } from './sent.js';

/** @typedef {import('./sent.js').Sent} Sent */

/** The server ends a check after ten seconds: connecting and measuring fit into it. */
const ANSWER_MS = 8_000;
const CONNECT_MS = 5_000;
const MEASURE_MS = 4_000;
/** At first a browser sends little, and losses of its own probing are no losses of the link. */
const WARM_UP_MS = 1_500;
/** A slow device does not know yet what its uplink bears; some browsers never say. */
const UNSURE_MS = 500;
const UNSURE_LOOKS = 3;

/** @param {number} ms @param {AbortSignal} signal */
function wait(ms, signal) {
  return new Promise((done, failed) => {
    const timer = setTimeout(done, ms);
    signal.addEventListener('abort', () => {
      clearTimeout(timer);
      failed(signal.reason);
    });
  });
}

/** Whether media can flow within the time. @param {RTCPeerConnection} connection @param {AbortSignal} signal */
async function connects(connection, signal) {
  const decided = new Promise((done) => {
    const look = () => ['connected', 'failed'].includes(connection.connectionState) && done(undefined);
    connection.onconnectionstatechange = look;
    look();
  });
  await Promise.race([decided, wait(CONNECT_MS, signal)]);
  return connection.connectionState === 'connected';
}

/**
 * What the uplink bears; null: there is an answer, and no media get through (UDP is blocked).
 * Raises what `negotiate` raises, and the signal's reason.
 * @param {{endpoint: string, token: () => string | null, stream: MediaStream, signal: AbortSignal}} wiring
 * @returns {Promise<Sent | null>}
 */
export async function checkUplink({ endpoint, token, stream, signal }) {
  const connection = new RTCPeerConnection();
  /** @type {import('./exchange.js').MediaSession | null} */
  let session = null;
  try {
    await send(connection, stream, false);
    const answered = AbortSignal.any([signal, AbortSignal.timeout(ANSWER_MS)]);
    session = await negotiate(connection, await connection.createOffer(), endpoint, token(), answered);
    if (!(await connects(connection, signal))) return null;
    await wait(WARM_UP_MS, signal);
    const before = await lookAt(connection);
    await wait(MEASURE_MS - WARM_UP_MS, signal);
    let after = await lookAt(connection);
    for (let more = 0; after.availableBps === null && more < UNSURE_LOOKS; more++) {
      await wait(UNSURE_MS, signal);
      after = await lookAt(connection);
    }
    return between(before, after);
  } finally {
    connection.close();
    leave(session, token());
  }
}
