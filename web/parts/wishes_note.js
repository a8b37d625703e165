// @ts-check
/** What became of gifts that have no answer yet: on their way, asked for again, or not known. */
import { giver, ownWishes } from '../giving/giving.js';
import { html } from '../html.js';
import { t } from '../i18n.js';
import { CloseIcon } from './icons.js';

export function WishesNote() {
  const unknown = ownWishes.value.filter((wish) => wish.state === 'unknown').length;
  const sent = ownWishes.value.filter((wish) => wish.state !== 'unknown');
  const again = sent.some((wish) => wish.tries > 1 || (wish.tries === 1 && wish.state === 'waiting'));
  if (unknown > 0 && sent.length === 0) {
    return html`<div class="wishes-note unknown" role="alert" data-testid="wishes" data-state="unknown">
      <p>${t('gift.unknown', { n: unknown })}</p>
      <button type="button" class="button small sure" data-testid="wishes-again" onClick=${() => giver.again()}>${t('gift.again')}</button>
      <button type="button" class="round plain" data-testid="wishes-leave" aria-label=${t('gift.leave')} title=${t('gift.leave')} onClick=${() => giver.leave()}><${CloseIcon} /></button>
    </div>`;
  }
  if (sent.length === 0) return null;
  return html`<p key=${again ? 'again' : 'sending'} class=${`wishes-note ${again ? 'again' : ''}`} role="status" data-testid="wishes" data-state=${again ? 'again' : 'sending'}>
    <span class="ring-wait"></span>${t(again ? 'gift.sendingAgain' : 'gift.sending')}
  </p>`;
}
