// @ts-check
/** What a broadcast was, in figures. */
import { html } from '../html.js';
import { number, t } from '../i18n.js';

/** @typedef {import('../api/rooms.js').Past} Past */

const S_MS = 1000;

/** How long something was: 1:02:03, or 2:03. @param {number} ms */
export function lasted(ms) {
  const seconds = Math.floor(Math.max(0, ms) / S_MS);
  const parts = [Math.floor(seconds / 3600), Math.floor(seconds / 60) % 60, seconds % 60];
  if (parts[0] === 0) parts.shift();
  return parts.map((part, place) => (place === 0 ? String(part) : String(part).padStart(2, '0'))).join(':');
}

/** @param {number | null} value */
const counted = (value) => (value === null ? '–' : number(value));

/** @param {Past} past @returns {[string, string][]} by the last part of its words' key */
export function figuresOf(past) {
  const { won, drawn, lost } = past.battles;
  return [
    ['lasted', lasted(past.ended_at_ms - past.started_at_ms)],
    ['peak', counted(past.peak)],
    ['unique', counted(past.unique)],
    ['messages', counted(past.messages)],
    ['likes', counted(past.likes)],
    ['gifts', number(past.gifts)],
    ['givers', number(past.givers)],
    ['coins', number(past.coins)],
    ['diamonds', number(past.diamonds)],
    ['battles', t('past.score', { won: number(won), drawn: number(drawn), lost: number(lost) })],
  ];
}

/** @param {{past: Past}} properties */
export function PastFigures({ past }) {
  return html`<dl class="past-figures">
    ${figuresOf(past).map(([name, value]) => html`<div key=${name}><dt>${t(`past.${name}`)}</dt><dd data-testid=${`past-${name}`}>${value}</dd></div>`)}
  </dl>`;
}
