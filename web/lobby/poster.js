// @ts-check
/** The picture of a room on its card: the newest one, loaded before it is shown, and only while the card can be seen. */
import { poster } from '../api/addresses.js';
import { html, useEffect, useRef, useState } from '../html.js';
import { Avatar } from '../parts/avatar.js';

/** So far below the screen a card counts as seen. */
const AHEAD = '240px';

/** Whether the element can be seen, or nearly. @param {{current: Element | null}} element */
function useSeen(element) {
  const [seen, setSeen] = useState(false);
  useEffect(() => {
    if (element.current === null) return undefined;
    const watch = new IntersectionObserver((entries) => setSeen(entries[entries.length - 1].isIntersecting), { rootMargin: AHEAD });
    watch.observe(element.current);
    return () => watch.disconnect();
  }, []);
  return seen;
}

/**
 * The address of what is to be shown, empty while there is nothing. What is shown stays until its successor is there.
 * @param {string} room @param {string | null | undefined} tag @param {boolean} seen
 */
function usePicture(room, tag, seen) {
  const [shown, setShown] = useState('');
  const wanted = tag ? poster(room, tag) : '';
  useEffect(() => {
    if (!seen || wanted === '' || wanted === shown) return undefined;
    const coming = new Image();
    coming.onload = () => setShown(wanted);
    coming.src = wanted; // one that does not come is followed by another in a moment
    return () => {
      coming.onload = null;
    };
  }, [wanted, seen]);
  return shown;
}

/** @param {{card: import('../api/rooms.js').LiveRoom, children?: unknown}} properties */
export function Poster({ card, children }) {
  const place = useRef(/** @type {Element | null} */ (null));
  const picture = usePicture(card.room, card.poster, useSeen(place));
  return html`<span class="poster" ref=${place} aria-hidden="true">
    ${picture !== '' && card.in_battle && html`<img class="behind" src=${picture} alt="" data-testid="poster-behind" decoding="async" />`}
    ${picture === '' ? html`<${Avatar} name=${card.host.name} id=${card.host.user} />` : html`<img class="front" src=${picture} alt="" data-testid="poster" decoding="async" />`}
    ${children}
  </span>`;
}
