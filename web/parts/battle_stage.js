// @ts-check
/** What a battle lays over the picture: the two halves, the start, the last rush, and how it ended. */
import { outcomeFor, sideOf, standing } from '../battle/standing.js';
import { html } from '../html.js';
import { number, t } from '../i18n.js';
import { Avatar } from './avatar.js';
import { SwapIcon } from './icons.js';
import { useServerNow } from './ticking.js';

/** @typedef {import('../feed/messages.js').Battle} Battle */
/** @typedef {import('../feed/messages.js').Side} Side */

/** Reasons that the word above the score says. */
const SAID_ALREADY = new Set(['score', 'draw']);

/** @param {{battle: Battle, seconds: number}} properties */
function Face({ battle, seconds }) {
  const red = sideOf(battle, 'red');
  const blue = sideOf(battle, 'blue');
  return html`<div class="face-off" data-testid="face-off">
    <div class="face face-red"><${Avatar} name=${red.host.name} id=${red.host.user} /><b>${red.host.name}</b></div>
    <div class="face face-blue"><${Avatar} name=${blue.host.name} id=${blue.host.user} /><b>${blue.host.name}</b></div>
    <div class="versus" aria-hidden="true"><i>V</i><i>S</i></div>
    <div class="count-in" key=${seconds} aria-live="assertive">${seconds > 0 ? seconds : t('battle.go')}</div>
  </div>`;
}

/** @param {{battle: Battle}} properties */
function ResultCard({ battle }) {
  const result = battle.result;
  if (result === null) return null;
  const winner = result.winner === null ? null : sideOf(battle, result.winner);
  return html`<div
    class=${`result result-${result.winner ?? 'draw'}`}
    data-testid="battle-result"
    data-winner=${result.winner ?? 'draw'}
    data-reason=${result.reason}
    role="status"
  >
    <span class="result-word">${winner === null ? t('battle.draw') : t('battle.victory')}</span>
    ${winner && html`<span class="result-name"><${Avatar} name=${winner.host.name} id=${winner.host.user} />${winner.host.name}</span>`}
    <span class="result-scores"><b class="in-red">${number(result.scores.red ?? 0)}</b><i>:</i><b class="in-blue">${number(result.scores.blue ?? 0)}</b></span>
    ${!SAID_ALREADY.has(result.reason) && html`<span class="result-reason">${t(`reason.${result.reason}`)}</span>`}
    ${result.mvp &&
    html`<span class="mvp" data-testid="battle-mvp"><em>MVP</em><${Avatar} name=${result.mvp.name} id=${result.mvp.user} />
      <span>${result.mvp.name}</span><b>${number(result.mvp.score)}</b></span>`}
  </div>`;
}

/**
 * @param {object} properties
 * @param {Battle} properties.battle
 * @param {import('../clock.js').ServerClock} properties.clock
 * @param {string} properties.room
 * @param {boolean} [properties.links] whether the opponent's room can be gone to from here
 */
export function BattleStage({ battle, clock, room, links = true }) {
  const counting = battle.phase === 'preparing' || battle.phase === 'fighting';
  const now = useServerNow(clock, counting);
  const { rush, seconds } = standing(battle, now);
  const over = battle.phase === 'victory' || battle.phase === 'draw';
  const seats = [...battle.sides].sort((one, other) => one.seat - other.seat);
  return html`<div class=${`battle-stage phase-${battle.phase} ${rush ? 'rush' : ''}`}>
    ${seats.map(
      (side) => html`<div key=${side.side} class=${`half half-${side.side} ${over ? outcomeFor(battle, side.side) : ''}`}>
        ${over && battle.result?.winner && html`<span class="stamp">${t(`battle.${outcomeFor(battle, side.side)}`)}</span>`}
        ${links &&
        side.room !== room &&
        html`<a class="switch-room" href=${`/rooms/${side.room}`} data-testid="switch-room" title=${t('battle.switch', { name: side.host.name })}>
          <${SwapIcon} /><span>${t('battle.switchShort')}</span></a>`}
      </div>`,
    )}
    ${battle.phase === 'preparing' && html`<${Face} battle=${battle} seconds=${seconds} />`}
    ${battle.phase === 'fighting' && seconds <= 10 && seconds > 0 && html`<div class="last-seconds" key=${seconds} aria-hidden="true">${seconds}</div>`}
    ${rush && html`<div class="rush-flag" data-testid="rush">×${battle.rush_multiplier}</div>`}
    ${over && html`<${ResultCard} battle=${battle} />`}
  </div>`;
}
