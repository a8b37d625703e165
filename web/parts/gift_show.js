// @ts-check
/** Gifts in flight: banners with a rising count at the side, a big picture for a big gift, confetti for the biggest. */
import { meantFor } from '../client/feed/messages.js';
import { advanced, caughtUp, ended, flown, NO_BANNERS } from '../gift_lanes.js';
import { html, useEffect, useRef, useState } from '../html.js';
import { number, t } from '../i18n.js';
import { catalogue } from '../wallet.js';
import { Avatar } from './avatar.js';
import { GiftImage } from './gift_image.js';

/** @typedef {import('../client/feed/messages.js').GiftSent} GiftSent */

const BIG_LEVEL = 3;
const BIG_MS = 2600;
const MOST_BIG = 4;
const COLOURS = {
  red: ['#ff2e4d', '#ff7a45', '#ffd166', '#ffffff'],
  blue: ['#2b7cff', '#28d7ff', '#ffd166', '#ffffff'],
  green: ['#3ddc84', '#9be7b4', '#ffffff'],
  yellow: ['#ffd83d', '#fff0a8', '#ffffff'],
  none: ['#ffc94a', '#ff9f1c', '#ff5d8f', '#ffffff'],
};

/** @param {GiftSent} gift */
function levelOf(gift) {
  return catalogue.value.find((each) => each.id === gift.gift)?.level ?? 1;
}

/** @param {GiftSent} gift */
function animationOf(gift) {
  return catalogue.value.find((each) => each.id === gift.gift)?.animation ?? 'pop';
}

/** Paper over `canvas`, from the first burst on. @param {HTMLCanvasElement} canvas @returns {(options: object) => void} */
function thrower(canvas) {
  /** @type {Promise<(options: object) => void> | null} */
  let ready = null;
  const make = async () => {
    const { default: confetti } = await import('../vendor/confetti.js');
    return /** @type {any} */ (confetti).create(canvas, { resize: true, useWorker: false, disableForReducedMotion: true });
  };
  return (options) => {
    ready ??= make();
    ready.then(
      (fire) => fire(options),
      (error) => {
        ready = null;
        console.debug('a gift goes without paper', error);
      },
    );
  };
}

/** @param {{session: import('../room_session.js').RoomSession}} properties */
export function GiftShow({ session }) {
  const [lanes, setLanes] = useState(NO_BANNERS);
  const [big, setBig] = useState(/** @type {GiftSent | null} */ (null));
  const canvas = useRef(/** @type {HTMLCanvasElement | null} */ (null));
  const waiting = useRef(/** @type {GiftSent[]} */ ([]));
  const busy = lanes.lanes.some((lane) => lane !== null) || lanes.queue.length > 0;

  useEffect(() => {
    const fire = canvas.current ? thrower(canvas.current) : null;
    let showing = false;
    /** @type {ReturnType<typeof setTimeout> | undefined} */
    let timer;
    const next = () => {
      const gift = waiting.current.shift() ?? null;
      showing = gift !== null;
      setBig(gift);
      if (gift === null) return;
      if (levelOf(gift) > BIG_LEVEL || animationOf(gift) === 'burst') {
        fire?.({ particleCount: 40 + 30 * levelOf(gift), spread: 75, startVelocity: 38, origin: { y: 0.62 }, colors: COLOURS[gift.side ?? 'none'] });
      }
      timer = setTimeout(next, BIG_MS);
    };
    const stop = session.listen((message) => {
      if (message.t === 'snapshot') setLanes((now) => caughtUp(now, message.d.combos ?? [], performance.now()));
      if (message.t === 'combo.ended') setLanes((now) => ended(now, message.d, performance.now()));
      if (message.t !== 'gift.sent') return;
      const gift = /** @type {GiftSent} */ (message.d);
      setLanes((now) => flown(now, gift, performance.now()));
      if (levelOf(gift) < BIG_LEVEL) return;
      waiting.current = [...waiting.current, gift].slice(-MOST_BIG);
      if (!showing) next();
    });
    return () => {
      stop();
      clearTimeout(timer);
    };
  }, [session]);

  useEffect(() => {
    if (!busy) return undefined;
    const timer = setInterval(() => setLanes((now) => advanced(now, performance.now())), 300);
    return () => clearInterval(timer);
  }, [busy]);

  return html`<div class="gift-show" aria-hidden="true">
    <canvas ref=${canvas} class="confetti"></canvas>
    <div class="lanes">
      ${lanes.lanes.map(
        (banner, lane) =>
          banner &&
          html`<div key=${`${lane}${banner.key}`} class=${`banner in-${banner.gift.side ?? 'none'}`} data-testid="gift-banner" data-gift=${banner.gift.gift} data-total=${banner.total} data-over=${banner.over}>
            <${Avatar} name=${banner.gift.from.name} id=${banner.gift.from.user} />
            <span class="banner-words"><b>${banner.gift.from.name}</b><small>${t('chat.gave', { to: meantFor(banner.gift).name })}</small></span>
            <${GiftImage} gift=${banner.gift.gift} emoji=${banner.gift.emoji} />
            <span class=${`combo ${banner.over ? 'over' : ''}`} key=${banner.beats}>×${banner.total}</span>
            ${(banner.gift.boost ?? 1) > 1 && html`<span class="gift-boost" data-testid="gift-boost">${t('gift.boosted', { boost: banner.gift.boost ?? 1 })}</span>`}
            ${(banner.gift.win ?? 0) > 0 && html`<span class="gift-won" data-testid="gift-won">+${number(banner.gift.win ?? 0)}</span>`}
          </div>`,
      )}
    </div>
    ${big && html`<div key=${big.id} class=${`big-gift fly-${animationOf(big)} in-${big.side ?? 'none'}`} data-testid="big-gift"><${GiftImage} gift=${big.gift} emoji=${big.emoji} /></div>`}
  </div>`;
}
