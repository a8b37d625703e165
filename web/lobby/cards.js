// @ts-check
/** The cards of the live rooms, some at a time: more of them when the reader comes near the end. */
import { Fragment, html, useEffect, useRef, useState } from '../html.js';
import { t } from '../i18n.js';
import { LiveCard } from './card.js';
import { TheEnd } from './states.js';

const PORTION = 48;
const AHEAD = '600px';

/** @param {{rooms: import('../api/rooms.js').LiveRoom[]}} properties */
export function Cards({ rooms }) {
  const [most, setMost] = useState(PORTION);
  const mark = useRef(/** @type {Element | null} */ (null));
  const further = () => setMost((before) => before + PORTION);
  const left = rooms.length > most;
  useEffect(() => {
    if (!left || mark.current === null) return undefined;
    const watch = new IntersectionObserver((entries) => entries.some((entry) => entry.isIntersecting) && further(), { rootMargin: AHEAD });
    watch.observe(mark.current);
    return () => watch.disconnect();
  }, [left, most]);
  return html`<${Fragment}>
    <ul class="cards" data-testid="cards">${rooms.slice(0, most).map((card, order) => html`<${LiveCard} key=${card.room} card=${card} order=${order} />`)}</ul>
    ${left ? html`<p class="the-end" ref=${mark}><button class="button ghost" data-testid="lobby-more" onClick=${further}>${t('lobby.more')}</button></p>` : html`<${TheEnd} />`}
  </${Fragment}>`;
}
