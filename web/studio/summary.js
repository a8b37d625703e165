// @ts-check
/** What the broadcast was that has just ended, or that ended since the host was last here; and the way back on air. */
import { rooms } from '../api/rooms.js';
import { html, useEffect, useRef, useState } from '../html.js';
import { t, tError } from '../i18n.js';
import { CloseIcon, PlayIcon } from '../parts/icons.js';
import { PastFigures } from '../parts/past_figures.js';

/** @typedef {import('../api/rooms.js').Past} Past */
/** @typedef {import('../room_session.js').RoomSession} RoomSession */

const SEEN = 'ringside.summary-seen';
// The row is written a moment after the feed has told the end.
const TRIES_MS = [0, 300, 700, 1500, 3000, 5000];

/** @param {string} room */
const newest = async (room) => /** @type {Past | undefined} */ ((await rooms.past(room, null, 1)).broadcasts[0]);

/** @param {string} room @param {string} broadcast */
async function rowOf(room, broadcast) {
  for (const wait of TRIES_MS) {
    await new Promise((resolve) => setTimeout(resolve, wait));
    const past = await newest(room);
    if (past?.id === broadcast) return past;
  }
  throw Object.assign(new Error('the row of the broadcast is late'), { code: 'past-late' });
}

/** The summary that is to be seen, or why there is none; `broadcast` is empty when there is nothing to show. @param {RoomSession} session */
function useSummary(session) {
  const [past, setPast] = useState(/** @type {Past | null} */ (null));
  const [error, setError] = useState(/** @type {unknown} */ (null));
  const [broadcast, setBroadcast] = useState('');
  const wanted = useRef('');
  /** @param {string} id @param {Promise<Past>} asked */
  const show = async (id, asked) => {
    wanted.current = id;
    setBroadcast(id);
    setError(null);
    try {
      const found = await asked;
      if (wanted.current === id) setPast(found);
    } catch (problem) {
      if (wanted.current === id) setError(problem);
    }
  };
  const ask = (/** @type {string} */ id) => show(id, rowOf(session.room, id));
  const forget = () => {
    if (wanted.current !== '') localStorage.setItem(SEEN, wanted.current);
    wanted.current = '';
    setBroadcast('');
    setPast(null);
  };
  useEffect(() => {
    const last = newest(session.room).then((found) => {
      if (found !== undefined && found.id !== localStorage.getItem(SEEN) && wanted.current === '') void show(found.id, Promise.resolve(found));
    });
    last.catch((problem) => console.debug('the last broadcast is not known', problem));
    return session.listen((message) => {
      if (message.t === 'broadcast.ended') {
        setPast(null);
        void ask(message.d.id);
      }
      if (message.t === 'broadcast.started') forget();
      // Whoever leaves a fight has lost it, which is written after his broadcast is over.
      if (message.t === 'battle.settled' && wanted.current !== '') void ask(wanted.current);
    });
  }, [session]);
  return { broadcast, past, error, again: () => ask(broadcast), forget };
}

/** @param {{desk: import('./desk.js').Desk, session: RoomSession}} properties */
export function Summary({ desk, session }) {
  const { broadcast, past, error, again, forget } = useSummary(session);
  if (broadcast === '' || desk.onAir || session.state.value.broadcast !== null) return null;
  return html`<section class="panel summary" aria-label=${t('past.title')} aria-busy=${past === null && error === null} data-testid="summary" data-broadcast=${broadcast}>
    <header class="panel-head">
      <h2>${t('past.title')}</h2>
      <span class="grow"></span>
      <button type="button" class="round plain" aria-label=${t('close')} data-testid="summary-close" onClick=${forget}><${CloseIcon} /></button>
    </header>
    ${past !== null && html`<${PastFigures} past=${past} />`}
    ${past === null && error === null && html`<span class="ring-wait" role="status" aria-label=${t('list.waiting')}></span>`}
    ${error !== null && html`<div class="notice bad" role="alert"><span class="grow">${tError(error)}</span><button type="button" class="button small ghost" data-testid="summary-again" onClick=${again}>${t('list.again')}</button></div>`}
    <div class="summary-ways">
      <button type="button" class="button fight" data-testid="summary-go-live" onClick=${() => desk.goLive()}><${PlayIcon} />${t('past.liveAgain')}</button>
      <a class="button ghost" href="/me?tab=broadcasts" data-testid="summary-all">${t('past.all')}</a>
    </div>
  </section>`;
}
