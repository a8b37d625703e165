// @ts-check
/** What can be done with the picture: its quality, a window of its own, the whole screen, telling others of it, words that fly over it; for those who keep the room, whom they have muted. */
import { html, useLayoutEffect, useRef, useState } from '../html.js';
import { t } from '../i18n.js';
import { late } from '../late.js';
import { DotsIcon, ExpandIcon, FlyingIcon, MutedIcon, ShareIcon, WindowIcon } from '../parts/icons.js';
import { toast } from '../parts/toasts.js';
import { danmakuOn, switchDanmaku } from './danmaku_switch.js';
import { ownRank } from './own_rank.js';
import { QualityMenu } from './quality_menu.js';

/** @typedef {import('../room_session.js').RoomSession} RoomSession */
/** @typedef {{current: HTMLVideoElement | null}} Held */

const Keeping = late(() => import('./keeping.js').then((module) => module.Keeping));

/** Tell others of this room: by what the device has for it, else by the clipboard. @param {RoomSession} session */
async function share(session) {
  const shown = session.state.value.room;
  const url = new URL(`/rooms/${session.room}`, location.href).href;
  if (navigator.share) {
    await navigator.share({ title: shown?.title ?? '', text: shown?.host.name ?? '', url }).catch((error) => {
      if (error.name !== 'AbortError') toast(t('room.shareFailed'), 'bad');
    });
    return;
  }
  await navigator.clipboard.writeText(url).then(
    () => toast(t('room.linkCopied')),
    () => toast(url),
  );
}

/** @param {HTMLVideoElement} video */
async function toWindow(video) {
  if (document.pictureInPictureElement === video) await document.exitPictureInPicture();
  else await video.requestPictureInPicture();
}

/** The whole room, with its chat; where a device lets only pictures fill the screen, the picture. @param {HTMLVideoElement} video */
async function toScreen(video) {
  const room = /** @type {HTMLElement} */ (video.closest('.room'));
  const alone = /** @type {any} */ (video);
  if (document.fullscreenElement) await document.exitFullscreen();
  else if (typeof room.requestFullscreen === 'function') await room.requestFullscreen();
  else alone.webkitEnterFullscreen?.();
}

/** Shut by a tap elsewhere and by Escape. @param {boolean} open @param {{current: HTMLElement | null}} whole @param {() => void} shut */
function useShutting(open, whole, shut) {
  useLayoutEffect(() => {
    if (!open) return undefined;
    const elsewhere = (/** @type {Event} */ event) => {
      if (!whole.current?.contains(/** @type {Node} */ (event.target))) shut();
    };
    const escape = (/** @type {KeyboardEvent} */ event) => event.key === 'Escape' && shut();
    document.addEventListener('pointerdown', elsewhere);
    document.addEventListener('keydown', escape);
    return () => {
      document.removeEventListener('pointerdown', elsewhere);
      document.removeEventListener('keydown', escape);
    };
  }, [open]);
}

/** @param {{session: RoomSession, video: Held, offered: import('../client/player/player.js').Offered}} properties */
export function RoomMenu({ session, video, offered }) {
  const [open, setOpen] = useState(false);
  const [keeping, setKeeping] = useState(false);
  const whole = useRef(/** @type {HTMLElement | null} */ (null));
  const shut = () => setOpen(false);
  useShutting(open, whole, shut);
  /** @param {(element: HTMLVideoElement) => Promise<void>} act */
  const picture = (act) => () => {
    shut();
    if (video.current) act(video.current).catch(() => toast(t('room.notHere'), 'bad'));
  };
  const offersWindow = document.pictureInPictureEnabled;
  const flying = danmakuOn.value;
  return html`<div ref=${whole} class=${`room-menu ${open ? 'open' : ''}`}>
    <button type="button" class="round plain" data-testid="room-menu" aria-label=${t('room.more')} aria-expanded=${open} onClick=${() => setOpen(!open)}><${DotsIcon} /></button>
    ${open &&
    html`<div class="room-menu-list" data-testid="room-menu-list">
      <button type="button" data-testid="share" onClick=${() => (shut(), void share(session))}><${ShareIcon} />${t('room.share')}</button>
      <button type="button" data-testid="danmaku-switch" aria-pressed=${flying} onClick=${() => (shut(), switchDanmaku())}><${FlyingIcon} />${t(flying ? 'room.danmakuOff' : 'room.danmakuOn')}</button>
      ${offersWindow && html`<button type="button" data-testid="picture-in-picture" onClick=${picture(toWindow)}><${WindowIcon} />${t('room.window')}</button>`}
      <button type="button" data-testid="full-screen" onClick=${picture(toScreen)}><${ExpandIcon} />${t('room.fullScreen')}</button>
      ${offered.choices.length > 1 && html`<${QualityMenu} offered=${offered} video=${video} />`}
      ${ownRank(session) !== 'viewer' && html`<button type="button" data-testid="open-keeping" onClick=${() => (shut(), setKeeping(true))}><${MutedIcon} />${t('mutes.title')}</button>`}
    </div>`}
    ${keeping && html`<${Keeping} session=${session} close=${() => setKeeping(false)} />`}
  </div>`;
}
