// @ts-check
/** A dear gift, somewhere on the platform: told over every room for a while, and the way to where it was given. */
import { advanced, dueAt, NO_BANNER, offered } from '../banner_queue.js';
import { html, useEffect, useState } from '../html.js';
import { number, t } from '../i18n.js';
import { GiftImage } from './gift_image.js';

/** @typedef {import('../client/feed/messages.js').GiftBanner} Banner */
/** @typedef {import('../room_session.js').RoomSession} RoomSession */

/** The banner that is told now. @param {RoomSession} session */
function useBanner(session) {
  const [banners, setBanners] = useState(NO_BANNER);
  useEffect(
    () =>
      session.listen((message) => {
        if (message.t === 'gift.banner') setBanners((now) => offered(now, message.d, performance.now()));
      }),
    [session],
  );
  const due = dueAt(banners);
  useEffect(() => {
    if (due === null) return undefined;
    const timer = setTimeout(() => setBanners((now) => advanced(now, Math.max(due, performance.now()))), due - performance.now());
    return () => clearTimeout(timer);
  }, [due]);
  return banners.shown;
}

/** @param {{banner: Banner}} properties */
function Words({ banner }) {
  const words = t('banner.words', { from: banner.from.name, to: banner.to.name });
  const more = banner.more > 0 && html`<small>${t('banner.more', { count: number(banner.more) })}</small>`;
  return html`<${GiftImage} gift=${banner.gift} emoji=${banner.emoji} /><span class="gift-banner-words"><b>${words}</b>${more}</span>`;
}

/** Whoever is on air himself stays: the other room opens beside. @param {{session: RoomSession, beside?: boolean}} properties */
export function GiftBanner({ session, beside = false }) {
  const banner = useBanner(session);
  const here = banner?.room === session.room;
  const target = beside ? '_blank' : undefined;
  return html`<div class="gift-banner-place" role="status">
    ${banner !== null &&
    html`<div key=${banner.id} class="gift-banner" data-testid="platform-banner" data-gift=${banner.id}>
      ${here
        ? html`<div class="gift-banner-way"><${Words} banner=${banner} /></div>`
        : html`<a class="gift-banner-way" href=${`/rooms/${banner.room}`} target=${target} rel=${target && 'noopener'}>
            <${Words} banner=${banner} /><span class="gift-banner-go">${t('banner.go')}</span>
          </a>`}
    </div>`}
  </div>`;
}
