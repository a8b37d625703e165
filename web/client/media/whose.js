// @ts-check
/** After a publishing session was lost: does the broadcast wait for us, or has a newer publisher taken it, or is it over? */

const ASKS = 4;
const BETWEEN_MS = 1_000;
/** Ends that somebody meant; after any other one a publisher may come back. */
const MEANT = new Set(['replaced', 'ended', 'banned', 'left', 'key-rotated', 'removed']);

/** Whether the session is still there, and why not, as far as the server knows. @param {string | null} session */
async function fate(session) {
  if (session === null) return { there: false, reason: null };
  const response = await fetch(session, { signal: AbortSignal.timeout(3_000) });
  if (response.ok) return { there: true, reason: null };
  const problem = await response.json().catch(() => ({}));
  return { there: false, reason: problem.reason ?? null };
}

/**
 * Our session is still there (the network was lost), or its worker is not (killed), or the broadcast waits for us. One
 * that stays live long after we were cut off is shown by another camera of ours: we do not take it back.
 * @param {() => Promise<{state: string} | null>} broadcastNow asks for the room's broadcast
 * @param {string | null} session
 * @param {boolean} [justNow] whether we were publishing a moment ago
 * @param {(ms: number) => Promise<void>} [pause]
 */
export async function waitsForUs(broadcastNow, session, justNow = false, pause = (ms) => new Promise((done) => setTimeout(done, ms))) {
  const { there, reason } = await fate(session);
  if (there) return true;
  if (reason !== null && MEANT.has(reason)) return false;
  for (let ask = 0; ask < ASKS; ask += 1) {
    const broadcast = await broadcastNow();
    if (broadcast === null) return false;
    if (broadcast.state === 'reconnecting' || justNow) return true;
    await pause(BETWEEN_MS);
  }
  return false;
}

/**
 * Whether a guest whose session was lost may publish again: unless somebody meant its end (the host has sent him away,
 * another page of his has taken over), while he has a seat.
 * @param {() => Promise<readonly {user: string, state: string}[]>} seatsNow asks for the guests of the room
 * @param {string} user
 * @param {string | null} session
 */
export async function seatWaits(seatsNow, user, session) {
  const { there, reason } = await fate(session);
  if (there) return true;
  if (reason !== null && MEANT.has(reason)) return false;
  return (await seatsNow()).some((each) => each.user === user && each.state !== 'applied');
}

/**
 * Whether a host whose screen was lost may publish it again: unless somebody meant its end (a moderator, another page of
 * his), once it has its seat again.
 * @param {string | null} session
 * @param {() => Promise<unknown>} takeSeat refused when the broadcast is over
 */
export async function screenWaits(session, takeSeat) {
  const { there, reason } = await fate(session);
  if (there) return true;
  if (reason !== null && MEANT.has(reason)) return false;
  await takeSeat();
  return true;
}
