// @ts-check
/** What somebody is in a room, beside his name: its host, a moderator, or of the platform's staff. */
import { html } from '../html.js';
import { t } from '../i18n.js';

/** @param {{rank: import('../room/keepers.js').Rank}} properties */
export function RankMark({ rank }) {
  return rank !== 'viewer' && html`<i class=${`rank-mark rank-${rank}`} data-testid="rank-mark" data-rank=${rank}>${t(`rank.${rank}`)}</i>`;
}
