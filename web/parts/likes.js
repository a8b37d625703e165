// @ts-check
/** Hearts that rise when people like: as many elements as may rise at once, used again and again. */
import { html, useEffect, useRef } from '../html.js';

const MOST = 18;
const MOST_AT_ONCE = 6;
const AGAIN = ['sway-0', 'sway-1', 'sway-2'];

/** Let the next heart of the pool rise, from the beginning if it is still on its way. @param {HTMLElement} heart @param {number} count */
function rise(heart, count) {
  heart.classList.remove(...AGAIN, 'rising');
  for (const animation of heart.getAnimations()) animation.cancel();
  heart.classList.add(AGAIN[count % AGAIN.length], 'rising');
}

/** @param {{session: import('../room_session.js').RoomSession}} properties */
export function Likes({ session }) {
  const place = useRef(/** @type {HTMLDivElement | null} */ (null));
  useEffect(() => {
    let counter = 0;
    return session.listen(({ t, d }) => {
      if (t !== 'likes.summed' || document.hidden) return;
      const hearts = /** @type {HTMLElement[]} */ ([...(place.current?.children ?? [])]);
      for (let born = Math.min(MOST_AT_ONCE, Math.max(1, Number(d.count) || 0)); born > 0; born -= 1) {
        rise(hearts[counter % hearts.length], counter);
        counter += 1;
      }
    });
  }, [session]);
  return html`<div ref=${place} class="likes" data-testid="like-hearts" aria-hidden="true">
    ${Array.from({ length: MOST }, (_, place) => html`<i key=${place} class=${`like-heart tone-${place % 5}`}></i>`)}
  </div>`;
}
