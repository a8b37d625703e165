// @ts-check
/** The bar on top of every page but a room: the mark, the ways, the language, the person. */
import { isAdmin, me, signOut } from '../account.js';
import { errand } from '../giving/errand.js';
import { Fragment, html } from '../html.js';
import { language, number, speak, t } from '../i18n.js';
import { place } from '../place.js';
import { coins } from '../wallet.js';
import { Avatar } from './avatar.js';
import { GlobeIcon } from './icons.js';
import { told } from './told.js';

export function Wordmark() {
  return html`<a class="wordmark" href="/" aria-label="Ringside"><img src="/static/art/mark.svg" alt="" /><span aria-hidden="true"><i>Ring</i><b>side</b></span></a>`;
}

export function LanguageSwitch() {
  const other = language.value === 'zh' ? 'en' : 'zh';
  const change = () => speak(other).catch((error) => console.debug('the words did not come', error));
  return html`<button class="language" data-testid="language" lang=${other} onClick=${change} aria-label=${t('language.change')}>
    <${GlobeIcon} />${other === 'zh' ? '中文' : 'EN'}
  </button>`;
}

/** On the way for coins: back to what they were wanted for. */
function WayBack() {
  const way = errand.value;
  if (way === null) return null;
  return html`<nav class="way-back" aria-label=${t('nav.back')}><a class="button small sure" href=${`/rooms/${encodeURIComponent(way.room)}`} data-testid="way-back">← ${t('nav.backTo', { name: way.host })}</a></nav>`;
}

export function TopBar() {
  const here = place.value.page;
  const person = me.value;
  return html`<${Fragment}><header class="top-bar">
    <${Wordmark} />
    <nav aria-label=${t('nav.label')}>
      <a href="/" aria-current=${here === 'lobby' ? 'page' : undefined}>${t('nav.lobby')}</a>
      <a href="/studio" data-testid="nav-studio" aria-current=${here === 'studio' ? 'page' : undefined}>${t('nav.studio')}</a>
      ${person !== null && html`<a href="/wallet" data-testid="nav-wallet" aria-current=${here === 'wallet' ? 'page' : undefined}>${t('nav.wallet')}</a>`}
      ${person !== null && html`<a href="/me" data-testid="nav-me" aria-current=${here === 'me' ? 'page' : undefined}>${t('nav.me')}</a>`}
      ${isAdmin.value && html`<a href="/admin" data-testid="nav-admin" aria-current=${here === 'admin' ? 'page' : undefined}>${t('nav.admin')}</a>`}
    </nav>
    <span class="grow"></span>
    <${LanguageSwitch} />
    ${person === null
      ? html`<a class="button small" href="/login" data-testid="nav-login">${t('nav.login')}</a>`
      : html`<span class="person" data-testid="person" data-user=${person.user}>
          ${coins.value !== null && html`<span class="coins"><img src="/static/art/coin.svg" alt=${t('gift.coins')} />${number(coins.value)}</span>`}
          <${Avatar} name=${person.name} id=${person.user} /><b>${person.name}</b>
          <button class="quiet" data-testid="sign-out" onClick=${() => told(signOut())}>${t('nav.signOut')}</button>
        </span>`}
  </header>${here === 'wallet' && html`<${WayBack} />`}</${Fragment}>`;
}
