// @ts-check
/** After a publishing session was lost: does the broadcast wait for us, or has a newer publisher taken it, or is it over? */
import { rooms } from '../api.js';

const ASKS = 4;
const BETWEEN_MS = 1_000;

/** @param {string | null} session */
async function known(session) {
  if (session === null) return false;
  const response = await fetch(session, { signal: AbortSignal.timeout(3_000) });
  return response.ok;
}

/**
 * Our session is still there (the network was lost), or the broadcast is: reconnecting, then it waits for us. One that
 * stays live without our session is shown by another camera of ours.
 * @param {string} room
 * @param {string | null} session
 * @param {(ms: number) => Promise<void>} [pause]
 */
export async function waitsForUs(room, session, pause = (ms) => new Promise((done) => setTimeout(done, ms))) {
  if (await known(session)) return true;
  for (let ask = 0; ask < ASKS; ask += 1) {
    const { broadcast } = await rooms.one(room);
    if (broadcast === null) return false;
    if (broadcast.state === 'reconnecting') return true;
    await pause(BETWEEN_MS);
  }
  return false;
}
