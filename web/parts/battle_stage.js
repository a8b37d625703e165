// @ts-check
/** What a battle lays over the picture: each side's part, the start, the last rush, and how it ended. */
import { hasFallen, outcomeFor, standing } from '../battle/standing.js';
import { html } from '../html.js';
import { t } from '../i18n.js';
import { Best, useBest } from './best.js';
import { FaceOff } from './face_off.js';
import { SwapIcon } from './icons.js';
import { Marks } from './marks.js';
import { ResultCard } from './result_card.js';
import { useServerNow } from './ticking.js';

/** @typedef {import('../client/feed/messages.js').Battle} Battle */
/** @typedef {import('../client/feed/messages.js').Side} Side */

/** @param {Battle} battle */
export const isOver = (battle) => battle.phase === 'victory' || battle.phase === 'draw';

/** Who has won and lost, once it is over. @param {{battle: Battle, side: Side}} properties */
export function Stamp({ battle, side }) {
  if (!isOver(battle) || !battle.result?.winner) return null;
  return html`<span class="stamp">${t(`battle.${outcomeFor(battle, side.side)}`)}</span>`;
}

/** How a side's part of the picture is dressed. @param {Battle} battle @param {Side} side */
export const dressOf = (battle, side) => `half-${side.side} ${isOver(battle) ? outcomeFor(battle, side.side) : hasFallen(side) ? 'lost' : ''}`;

/** The way to the rooms of a side. @param {{side: Side, room: string, named: boolean}} properties */
function Switches({ side, room, named }) {
  return side.members
    .filter((member) => member.room !== room)
    .map(
      (member) => html`<a key=${member.room} class="switch-room" href=${`/rooms/${member.room}`} data-testid="switch-room" data-room=${member.room} title=${t('battle.switch', { name: member.host.name })}>
        <${SwapIcon} /><span>${named ? member.host.name : t('battle.switchShort')}</span></a>`,
    );
}

/** The parts of the composite, which the mixer gives to the sides: side by side, or four in two rows. @param {{battle: Battle, room: string, now: number, best: readonly import('../client/feed/messages.js').Contributor[]}} properties */
function Parts({ battle, room, now, best }) {
  const named = battle.sides.some((side) => side.members.length > 1) || battle.sides.length > 2;
  return battle.sides.map(
    (side) => html`<div key=${side.side} class=${`half ${dressOf(battle, side)}`} data-testid=${`part-${side.side}`}>
      <${Stamp} battle=${battle} side=${side} />
      ${battle.phase !== 'preparing' && html`<div class="marks">${side.members.map((member) => html`<${Marks} key=${member.room} battle=${battle} member=${member} room=${room} now=${now} named=${true} />`)}</div>`}
      ${battle.phase === 'fighting' && html`<div class="best-now"><${Best} side=${side} contributors=${best} /></div>`}
      <div class="switches"><${Switches} side=${side} room=${room} named=${named} /></div>
    </div>`,
  );
}

/**
 * @param {object} properties
 * @param {Battle} properties.battle
 * @param {import('../client/clock.js').ServerClock} properties.clock
 * @param {string} properties.room
 * @param {import('../room_session.js').RoomSession} [properties.session] to follow who gives most
 * @param {boolean} [properties.parts] whether what is below is the composite; a studio has a tile for each host instead
 */
export function BattleStage({ battle, clock, room, session, parts = true }) {
  const best = useBest(session ?? null, battle.battle, parts && battle.phase === 'fighting');
  const now = useServerNow(clock, battle.phase !== 'ended');
  const { rush, seconds } = standing(battle, now);
  return html`<div class=${`battle-stage sides-${battle.sides.length} phase-${battle.phase} ${rush ? 'rush' : ''}`}>
    ${parts && html`<${Parts} battle=${battle} room=${room} now=${now} best=${best} />`}
    ${battle.phase === 'preparing' && html`<${FaceOff} battle=${battle} seconds=${seconds} />`}
    ${battle.phase === 'fighting' && seconds <= 10 && seconds > 0 && html`<div class="last-seconds" key=${seconds} aria-hidden="true">${seconds}</div>`}
    ${rush && html`<div class="rush-flag" data-testid="rush">×${battle.rush_multiplier}</div>`}
    ${isOver(battle) && html`<${ResultCard} battle=${battle} room=${room} own=${!parts} />`}
  </div>`;
}
