// @ts-check
/** The faces of those who gave most in a room today, and the way to the whole list. */
import { html, useEffect, useState } from '../html.js';
import { list, t } from '../i18n.js';
import { late } from '../late.js';
import { Avatar } from './avatar.js';
import { CrownIcon } from './icons.js';

/** @typedef {import('../room_session.js').RoomSession} RoomSession */

const HEADS = 3;
const Patrons = late(() => import('./patrons.js').then((module) => module.Patrons));

/** Who leads today; nobody once the day is over. @param {RoomSession} session */
function useTop(session) {
  const { patrons, until } = session.state.value.best;
  const [over, setOver] = useState(0);
  useEffect(() => {
    if (patrons.length === 0) return undefined;
    const timer = setTimeout(() => setOver(until), until - session.clock.now());
    return () => clearTimeout(timer);
  }, [session, patrons.length === 0, until]);
  return over === until ? [] : patrons.slice(0, HEADS);
}

/** @param {{session: RoomSession}} properties */
export function PatronHeads({ session }) {
  const top = useTop(session);
  const [listed, setListed] = useState(false);
  const names = list(top.map((each) => each.name));
  return html`<button type="button" class="patron-heads" data-testid="patron-heads" aria-haspopup="dialog" aria-label=${`${t('patrons.title')} ${names}`.trim()} title=${t('patrons.title')} onClick=${() => setListed(true)}>
      <${CrownIcon} /><span class="heads-title">${t('patrons.title')}</span>
      ${top.length > 0 && html`<span class="heads">${top.map((each) => html`<${Avatar} key=${each.user} name=${each.name} id=${each.user} />`)}</span>`}
    </button>
    ${listed && html`<${Patrons} room=${session.room} close=${() => setListed(false)} />`}`;
}
