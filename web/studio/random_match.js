// @ts-check
/** A battle with any opponent: one button, and the wait for somebody of about our rating. */
import { matches } from '../api/battles.js';
import { html, useEffect } from '../html.js';
import { number, t } from '../i18n.js';
import { SwapIcon } from '../parts/icons.js';
import { useServerNow } from '../parts/ticking.js';
import { toast } from '../parts/toasts.js';
import { told } from '../parts/told.js';

/** @typedef {import('../room_session.js').RoomSession} RoomSession */

/** Nobody says so when the platform has forgotten whom it was looking for. */
const LOOK_MS = 10_000;

/** Ends that the page shows by itself. */
const SHOWN_ALREADY = new Set(['found', 'cancelled']);

/** @param {{session: RoomSession, match: import('../api/battles.js').Match}} properties */
function Waiting({ session, match }) {
  const now = useServerNow(session.clock, true);
  const seconds = Math.max(0, Math.floor((now - match.since_ms) / 1000));
  return html`<div class="match-wait" data-testid="match-waiting" data-window=${match.window}>
    <span class="ring-wait"></span>
    <p><span role="status">${t('match.looking')}</span>
      <small>${t('match.window', { rating: number(Math.round(match.rating)), window: number(match.window) })} · <span role="timer">${t('match.seconds', { n: seconds })}</span></small></p>
    <button class="button small ghost" data-testid="match-cancel" onClick=${() => told(matches.leave(session.room).then(() => session.feed.take({ t: 'match.waiting', d: null })))}>${t('cancel')}</button>
  </div>`;
}

/** @param {{session: RoomSession, live: boolean, engaged: boolean, duration: number | null}} properties */
export function RandomMatch({ session, live, engaged, duration }) {
  const { match, matchEnded } = session.state.value;
  const heard = session.feedState.value === 'open';
  const waits = (/** @type {import('../api/battles.js').Match | null} */ now) => session.feed.take({ t: 'match.waiting', d: now });
  useEffect(() => {
    if (heard && live) matches.now(session.room).then(waits, (error) => console.debug('whether we wait for a match is not known', error));
  }, [heard, live, session]);
  const waiting = match !== null;
  useEffect(() => {
    if (!waiting) return undefined;
    let gone = false;
    const look = () => matches.now(session.room).then((now) => gone || waits(now), (error) => console.debug('whether we still wait is not known', error));
    const timer = setInterval(look, LOOK_MS);
    return () => {
      gone = true;
      clearInterval(timer);
    };
  }, [waiting, session]);
  useEffect(() => {
    if (matchEnded !== null && !SHOWN_ALREADY.has(matchEnded.reason)) toast(t(`match.${matchEnded.reason}`), 'bad');
  }, [matchEnded]);
  if (waiting) return html`<${Waiting} session=${session} match=${match} />`;
  return html`<button class="button wide" data-testid="match-find" disabled=${!live || engaged} onClick=${() => told(matches.find(session.room, duration).then(waits))}>
    <${SwapIcon} />${t('match.find')}
  </button>`;
}
