// @ts-check
/** A dear gift, somewhere on the platform: told over every room for a while, with the way to where it was given. */
import { html, useEffect, useState } from '../html.js';
import { number, t } from '../i18n.js';
import { GiftImage } from './gift_image.js';

/** @typedef {import('../feed/messages.js').GiftBanner} Banner */

const SHOWN_MS = 6000;

/** @param {{session: import('../room_session.js').RoomSession}} properties */
export function GiftBanner({ session }) {
  const [banner, setBanner] = useState(/** @type {Banner | null} */ (null));
  useEffect(() => {
    /** @type {ReturnType<typeof setTimeout> | undefined} */
    let timer;
    const stop = session.listen((message) => {
      if (message.t !== 'gift.banner') return;
      clearTimeout(timer);
      setBanner(message.d);
      timer = setTimeout(() => setBanner(null), SHOWN_MS);
    });
    return () => {
      stop();
      clearTimeout(timer);
    };
  }, [session]);
  if (banner === null) return null;
  const words = t('banner.words', { from: banner.from.name, to: banner.to.name });
  const more = banner.more > 0 && html`<small>${t('banner.more', { count: number(banner.more) })}</small>`;
  return html`<div class="gift-banner" role="status" data-testid="platform-banner" data-gift=${banner.id}>
    <${GiftImage} gift=${banner.gift} emoji=${banner.emoji} /><span class="gift-banner-words"><b>${words}</b>${more}</span>
    ${banner.room !== session.room && html`<a class="button small" href=${`/rooms/${banner.room}`}>${t('banner.go')}</a>`}
  </div>`;
}
