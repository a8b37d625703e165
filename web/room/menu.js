// @ts-check
/** What can be done with the picture: its quality, a window of its own, the whole screen, telling others of it, words that fly over it; for those who keep the room, whom they have muted. */
import { html, useEffect, useLayoutEffect, useRef, useState } from '../html.js';
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

/** Tell others of this room: by what the device has for it, else by the clipboard; false when it has neither. @param {RoomSession} session @param {string} url */
async function share(session, url) {
  const shown = session.state.value.room;
  if (navigator.share) {
    await navigator.share({ title: shown?.title ?? '', text: shown?.host.name ?? '', url }).catch((error) => {
      if (error.name !== 'AbortError') toast(t('room.shareFailed'), 'bad');
    });
    return true;
  }
  if (!navigator.clipboard) return false; // over plain HTTP
  return navigator.clipboard.writeText(url).then(
    () => (toast(t('room.linkCopied')), true),
    () => false,
  );
}

/** The address of the room, to be copied by hand. @param {{url: string}} properties */
function ByHand({ url }) {
  const field = useRef(/** @type {HTMLInputElement | null} */ (null));
  useEffect(() => field.current?.select(), []);
  return html`<label class="share-address">${t('room.copyLink')}<input ref=${field} readonly value=${url} data-testid="share-address" /></label>`;
}

/** @param {HTMLVideoElement} video */
async function toWindow(video) {
  if (document.pictureInPictureElement === video) await document.exitPictureInPicture();
  else await video.requestPictureInPicture();
}

/** The whole page, with the chat and what is told beside the room; where a device lets only pictures fill the screen, the picture. @param {HTMLVideoElement} video */
async function toScreen(video) {
  const page = document.documentElement;
  const alone = /** @type {any} */ (video);
  if (document.fullscreenElement) await document.exitFullscreen();
  else if (typeof page.requestFullscreen === 'function') await page.requestFullscreen();
  else alone.webkitEnterFullscreen?.();
}

/** Whoever leaves a room leaves its full screen. */
function useLeavingScreen() {
  useEffect(
    () => () => {
      if (document.fullscreenElement) document.exitFullscreen().catch((error) => console.debug('the screen stays full', error));
    },
    [],
  );
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
  const [address, setAddress] = useState('');
  const whole = useRef(/** @type {HTMLElement | null} */ (null));
  const toggle = useRef(/** @type {HTMLButtonElement | null} */ (null));
  const shut = () => {
    if (whole.current?.contains(document.activeElement)) toggle.current?.focus(); // what had the focus goes
    setOpen(false);
    setAddress('');
  };
  useShutting(open, whole, shut);
  useLeavingScreen();
  /** @param {(element: HTMLVideoElement) => Promise<void>} act */
  const picture = (act) => () => {
    shut();
    if (video.current) act(video.current).catch(() => toast(t('room.notHere'), 'bad'));
  };
  const tell = async () => {
    const url = new URL(`/rooms/${session.room}`, location.href).href;
    if (await share(session, url)) shut();
    else setAddress(url);
  };
  const offersWindow = document.pictureInPictureEnabled;
  const flying = danmakuOn.value;
  return html`<div ref=${whole} class=${`room-menu ${open ? 'open' : ''}`}>
    <button ref=${toggle} type="button" class="round plain" data-testid="room-menu" aria-label=${t('room.more')} aria-expanded=${open} onClick=${() => (open ? shut() : setOpen(true))}><${DotsIcon} /></button>
    ${open &&
    html`<div class="room-menu-list" data-testid="room-menu-list">
      <button type="button" data-testid="share" onClick=${tell}><${ShareIcon} />${t('room.share')}</button>
      ${address !== '' && html`<${ByHand} url=${address} />`}
      <button type="button" data-testid="danmaku-switch" aria-pressed=${flying} onClick=${() => (shut(), switchDanmaku())}><${FlyingIcon} />${t(flying ? 'room.danmakuOff' : 'room.danmakuOn')}</button>
      ${offersWindow && html`<button type="button" data-testid="picture-in-picture" onClick=${picture(toWindow)}><${WindowIcon} />${t('room.window')}</button>`}
      <button type="button" data-testid="full-screen" onClick=${picture(toScreen)}><${ExpandIcon} />${t('room.fullScreen')}</button>
      ${offered.choices.length > 1 && html`<${QualityMenu} offered=${offered} video=${video} />`}
      ${ownRank(session) !== 'viewer' && html`<button type="button" data-testid="open-keeping" onClick=${() => (shut(), setKeeping(true))}><${MutedIcon} />${t('mutes.title')}</button>`}
    </div>`}
    ${keeping && html`<${Keeping} session=${session} close=${() => setKeeping(false)} />`}
  </div>`;
}
