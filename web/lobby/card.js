// @ts-check
/** One live room in the lobby. */
import { useStanding } from '../fame.js';
import { html } from '../html.js';
import { number, t } from '../i18n.js';
import { hueOf } from '../parts/avatar.js';
import { FollowButton } from '../parts/follow.js';
import { EyeIcon } from '../parts/icons.js';
import { Fame } from '../parts/marks.js';
import { Poster } from './poster.js';

/** Whose standings are asked for: one request each. */
const MOST_RATED = 24;

/** @param {{card: import('../api/rooms.js').LiveRoom, order: number}} properties */
export function LiveCard({ card, order }) {
  const { room, title, host, viewers, in_battle: battle, state } = card;
  const standing = useStanding(order < MOST_RATED ? host.user : undefined);
  const away = state === 'reconnecting';
  return html`<li class="card" style=${{ '--order': String(Math.min(order, 12)) }}>
    <a class=${`live-card ${battle ? 'battling' : ''} ${away ? 'away' : ''}`} href=${`/rooms/${room}`} data-testid=${`room-${room}`} data-battle=${battle} style=${{ '--hue': String(hueOf(host.user)) }}>
      <${Poster} card=${card}>${battle && html`<em class="pk"><i>P</i><i>K</i></em>`}</${Poster}>
      <span class="card-head">
        <span class="live-dot">${t(away ? 'lobby.backSoon' : 'live')}</span>
        <span class="card-viewers"><${EyeIcon} /><span class="sr-only">${t('lobby.viewers')}</span>${number(viewers)}</span>
      </span>
      <span class="card-foot">
        ${battle && html`<span class="battle-badge" data-testid="battle-badge">${t('lobby.battle')}</span>`}
        <b class="card-title">${title}</b>
        <span class="card-host">${host.name}</span>
        <${Fame} rating=${standing?.rating} streak=${standing?.streak} />
      </span>
    </a>
    <${FollowButton} person=${host} compact=${true} />
  </li>`;
}
