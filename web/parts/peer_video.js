// @ts-check
/** Somebody on the same stage, seen and heard by his own camera: a program would give us our own voice back. */
import { bearer } from '../account.js';
import { html, useEffect, useRef, useState } from '../html.js';
import { Watch } from '../client/media/whep.js';

/** @typedef {import('../client/media/whep.js').WatchState} WatchState */

const AGAIN_MS = 1000;

/** @param {{endpoint: string, label: string, muted: boolean, testid: string, user: string}} properties */
export function PeerVideo({ endpoint, label, muted, testid, user }) {
  const video = useRef(/** @type {HTMLVideoElement | null} */ (null));
  const [state, setState] = useState(/** @type {WatchState} */ ('connecting'));
  useEffect(() => {
    const element = /** @type {HTMLVideoElement} */ (video.current);
    /** @type {ReturnType<typeof setTimeout> | undefined} */
    let again;
    const watch = new Watch({
      endpoint,
      token: bearer,
      counted: false,
      onStream: (stream) => {
        if (element.srcObject !== stream) element.srcObject = stream;
        element.play().catch((error) => console.debug('somebody on stage waits for a tap', error));
      },
      onState: (next, refusal) => {
        setState(next);
        // Our own word of who is on stage may be a moment ahead of what the admission has heard; a block stays.
        if (next === 'refused' && refusal?.code !== 'blocked') again = setTimeout(() => watch.start(), AGAIN_MS);
      },
    });
    watch.start();
    return () => {
      clearTimeout(again);
      watch.stop();
      element.srcObject = null;
    };
  }, [endpoint]);
  return html`<video ref=${video} data-testid=${testid} data-user=${user} data-state=${state} playsinline autoplay muted=${muted} aria-label=${label}></video>
    ${state !== 'playing' && html`<span class="tile-wait"><span class="ring-wait"></span></span>`}`;
}
