// @ts-check
/** What is to be seen of somebody on the stage: away, fallen, not heard here, ready; his rating and streak. */
import { marksOf } from '../battle/moves.js';
import { html } from '../html.js';
import { number, t } from '../i18n.js';
import { FlameIcon } from './icons.js';

/** @typedef {import('../client/feed/messages.js').Battle} Battle */
/** @typedef {import('../client/feed/messages.js').Member} Member */

/** @param {import('../battle/moves.js').Mark} mark */
function words(mark) {
  if (mark.kind === 'away') return t('mark.away', { n: mark.seconds });
  if (mark.kind === 'fallen') return t(`fallen.${mark.reason}`);
  return t(`mark.${mark.kind}`);
}

/**
 * @param {object} properties
 * @param {Battle} properties.battle
 * @param {Member} properties.member
 * @param {string} properties.room who is shown it
 * @param {number} properties.now
 * @param {boolean} [properties.named] whether his name is not to be seen beside it
 */
export function Marks({ battle, member, room, now, named = false }) {
  return marksOf(battle, member, room, now).map(
    (mark) => html`<span key=${`${member.room}${mark.kind}`} class=${`mark mark-${mark.kind}`} data-testid=${`mark-${mark.kind}`} data-user=${member.host.user}>
      ${named && html`<b>${member.host.name}</b>`}${words(mark)}
    </span>`,
  );
}

/** A streak is one from the second victory on. */
const STREAK = 2;

/** @param {{rating?: number, streak?: number}} properties */
export function Fame({ rating, streak = 0 }) {
  if (rating === undefined) return null;
  return html`<span class="fame" data-testid="fame" data-rating=${rating} data-streak=${streak}>
    <span title=${t('fame.rating')}>${number(Math.round(rating))}</span>
    ${streak >= STREAK && html`<span class="streak" title=${t('fame.streak', { n: streak })}><${FlameIcon} /><span class="sr-only">${t('fame.streak', { n: streak })}</span><b aria-hidden="true">${streak}</b></span>`}
  </span>`;
}
