// @ts-check
/** The other host of a battle, seen and heard by his own camera: his program would give us our own voice back. */
import { bearer } from '../account.js';
import { whepCamera } from '../api.js';
import { html, useEffect, useRef, useState } from '../html.js';
import { t } from '../i18n.js';
import { Watch } from '../media/whep.js';

const AGAIN_MS = 1000;

/** @param {{side: import('../feed/messages.js').Side, muted: boolean}} properties */
export function Opponent({ side, muted }) {
  const video = useRef(/** @type {HTMLVideoElement | null} */ (null));
  const [state, setState] = useState(/** @type {import('../media/whep.js').WatchState} */ ('connecting'));
  useEffect(() => {
    const element = /** @type {HTMLVideoElement} */ (video.current);
    /** @type {ReturnType<typeof setTimeout> | undefined} */
    let again;
    const watch = new Watch({
      endpoint: whepCamera(side.room),
      token: bearer,
      counted: false,
      onStream: (stream) => {
        if (element.srcObject !== stream) element.srcObject = stream;
        element.play().catch((error) => console.debug('the opponent waits for a tap', error));
      },
      onState: (next) => {
        setState(next);
        // Our own word of the battle may be a moment ahead of what the admission has heard.
        if (next === 'refused') again = setTimeout(() => watch.start(), AGAIN_MS);
      },
    });
    watch.start();
    return () => {
      clearTimeout(again);
      watch.stop();
      element.srcObject = null;
    };
  }, [side.room]);
  return html`<div class="tile tile-opponent" data-testid="opponent-tile" data-state=${state}>
    <video id="opponent" ref=${video} data-testid="opponent" playsinline autoplay muted=${muted} aria-label=${t('studio.opponent', { name: side.host.name })}></video>
    <span class="tile-name">${side.host.name}</span>
    ${state !== 'playing' && html`<span class="tile-wait"><span class="ring-wait"></span></span>`}
  </div>`;
}
