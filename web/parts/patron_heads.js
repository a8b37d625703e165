// @ts-check
/** The faces of those who gave most in a room today, and the way to the whole list. */
import { gifts } from '../api/gifts.js';
import { askAt, EVERY_MS } from '../contributions.js';
import { html, useEffect, useState } from '../html.js';
import { list, t } from '../i18n.js';
import { Avatar } from './avatar.js';
import { CrownIcon } from './icons.js';
import { Patrons } from './patrons.js';

/** @typedef {import('../api/gifts.js').Patron} Patron */
/** @typedef {import('../room_session.js').RoomSession} RoomSession */

const HEADS = 3;

/** They change a moment after a gift; a page that nobody looks at does not ask. @param {RoomSession} session */
function useTop(session) {
  const [top, setTop] = useState(/** @type {Patron[]} */ ([]));
  useEffect(() => {
    let gone = false;
    let asked = 0;
    /** @type {ReturnType<typeof setTimeout> | undefined} */
    let timer;
    const ask = () => {
      timer = document.hidden ? setTimeout(ask, EVERY_MS) : undefined;
      if (document.hidden) return;
      asked = performance.now();
      gifts
        .contributors(session.room, 'day', HEADS)
        .then((found) => gone || setTop(found.contributors.slice(0, HEADS)))
        .catch((error) => console.debug('who gave most is not known', error));
    };
    ask();
    const stop = session.listen((message) => {
      const now = performance.now();
      if (message.t === 'gift.sent') timer ??= setTimeout(ask, askAt(now, asked, session.state.value.viewers, Math.random()) - now);
    });
    return () => {
      gone = true;
      stop();
      clearTimeout(timer);
    };
  }, [session]);
  return top;
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
