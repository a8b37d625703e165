// @ts-check
/** What the lobby shows when there are no cards to be shown, or no more of them. */
import { me } from '../account.js';
import { html } from '../html.js';
import { number, t } from '../i18n.js';
import { CameraIcon, KeyIcon, PlayIcon } from '../parts/icons.js';
import { lookForAll, lookedForSome, onlyFollowed, query } from './filter.js';

/**
 * For who listens to the page: that it looks who is live, and how many are left of those by what is looked for.
 * @param {{live: unknown[] | null, found: unknown[], failed: boolean}} properties
 */
export function Told({ live, found, failed }) {
  const looking = live === null && !failed ? t('lobby.loading') : '';
  const left = lookedForSome() && live !== null ? t('lobby.found', { count: number(found.length) }) : '';
  return html`<p class="sr-only" role="status" data-testid="lobby-told">${looking || left}</p>`;
}

export function Loading() {
  return html`<ul class="cards" aria-hidden="true" data-testid="lobby-loading">${[0, 1, 2, 3, 4, 5].map((each) => html`<li key=${each}><span class="live-card waiting"></span></li>`)}</ul>`;
}

/** Nobody is live: how one goes live, and how one sees the house at work. */
export function Empty() {
  return html`<section class="empty" data-testid="lobby-empty">
    <div class="empty-ring" aria-hidden="true"><i></i><i></i></div>
    <h2>${t('lobby.empty')}</h2>
    <p>${t('lobby.emptyHint')}</p>
    <ol class="ways">
      <li><${CameraIcon} /><h3>${t('lobby.wayCamera')}</h3><p>${t(me.value === null ? 'lobby.wayCameraNew' : 'lobby.wayCameraHint')}</p><a class="button" href="/studio" data-testid="lobby-go-live">${t('lobby.goLive')}</a></li>
      <li><${KeyIcon} /><h3>${t('lobby.wayKey')}</h3><p>${t('lobby.wayKeyHint')}</p><a class="button ghost" href="/studio/key" data-testid="lobby-key">${t('lobby.wayKeyLink')}</a></li>
      <li><${PlayIcon} /><h3>${t('lobby.wayDemo')}</h3><p>${t('lobby.wayDemoHint')}</p><code>make demo</code></li>
    </ol>
  </section>`;
}

/** Somebody is live, but nobody whom the reader looks for. */
export function Nobody() {
  const words = onlyFollowed() && query.value.trim() === '' ? t('lobby.nobodyFollowed') : t('lobby.nobodyFound', { query: query.value.trim() });
  return html`<section class="empty small" data-testid="lobby-nobody">
    <h2>${words}</h2>
    <p>${t(onlyFollowed() ? 'lobby.nobodyFollowedHint' : 'lobby.nobodyFoundHint')}</p>
    <button class="button ghost" data-testid="show-all" onClick=${lookForAll}>${t('lobby.showAll')}</button>
  </section>`;
}

export function TheEnd() {
  return html`<p class="the-end" data-testid="lobby-end">${t(lookedForSome() ? 'lobby.endFound' : 'lobby.end')}</p>`;
}
