// @ts-check
/** The battle above the picture: names, scores, and one bar that the sides push against each other. */
import { hasFallen, sideName, standing } from '../battle/standing.js';
import { minutes } from '../client/clock.js';
import { html } from '../html.js';
import { list, number, t } from '../i18n.js';
import { Avatar } from './avatar.js';
import { Fame } from './marks.js';
import { useServerNow } from './ticking.js';

/** @typedef {import('../client/feed/messages.js').Battle} Battle */
/** @typedef {import('../client/feed/messages.js').Side} Side */

/** @param {{side: Side, leads: boolean}} properties */
function Corner({ side, leads }) {
  const [first] = side.members;
  const alone = side.members.length < 2;
  return html`<div class=${`corner corner-${side.side} ${leads ? 'leads' : ''} ${hasFallen(side) ? 'fallen' : ''}`}>
    <span class="faces">${(alone ? [side] : side.members).map(({ host }) => html`<${Avatar} key=${host.user} name=${host.name} id=${host.user} />`)}</span>
    <span class="corner-words">
      <span class="corner-name" data-testid=${`host-${side.side}`}>${sideName(side)}</span>
      ${alone && first && html`<${Fame} rating=${first.rating} streak=${first.streak} />`}
    </span>
  </div>`;
}

/** @param {{side: Side}} properties */
function Score({ side }) {
  return html`<span class=${`score score-${side.side}`} key=${`${side.side}${side.score}`} data-testid=${`score-${side.side}`} data-score=${side.score}>${number(side.score)}</span>`;
}

/** Two sides: one edge between them. @param {{red: Side, blue: Side, share: number}} properties */
function DuelBar({ red, blue, share }) {
  return html`<div class="bar" style=${{ '--share': String(share) }}>
    <div class="bar-blue"></div>
    <div class="bar-red"></div>
    <div class="bar-edge"><span class="bar-spark" key=${`${red.score}/${blue.score}`}></span></div>
    <${Score} side=${red} />
    <${Score} side=${blue} />
  </div>`;
}

/** @param {{sides: Side[], shares: number[]}} properties */
function ManyBar({ sides, shares }) {
  return html`<div class="bar bar-many">
    ${sides.map((side, place) => html`<div key=${side.side} class=${`bar-part part-${side.side} ${hasFallen(side) ? 'fallen' : ''}`} style=${{ flexGrow: String(shares[place]) }}><${Score} side=${side} /></div>`)}
  </div>`;
}

/** @param {{battle: Battle, clock: import('../client/clock.js').ServerClock}} properties */
export function BattleBar({ battle, clock }) {
  const now = useServerNow(clock, battle.phase !== 'ended');
  const { rush, shares, seconds, leader } = standing(battle, now);
  const { sides } = battle;
  const duel = sides.length === 2;
  const shown = battle.phase === 'settling' ? '···' : minutes(seconds);
  const corners = sides.map((side) => html`<${Corner} key=${side.side} side=${side} leads=${leader === side.side} />`);
  return html`<section
    class=${`battle-bar phase-${battle.phase} ${rush ? 'rush' : ''} ${duel ? '' : 'many'}`}
    data-testid="battle-bar"
    data-battle=${battle.battle}
    data-phase=${battle.phase}
    data-rush=${rush}
    aria-label=${t('battle.label', { sides: list(sides.map(sideName)) })}
  >
    <div class="battle-top">
      ${duel ? corners[0] : html`<span></span>`}
      <div class="battle-clock">
        <span class="battle-phase" data-testid="battle-phase" data-phase=${battle.phase}>${rush ? t('battle.rush', { n: battle.rush_multiplier }) : t(`battle.${battle.phase}`)}</span>
        <span class="battle-countdown" data-testid="battle-countdown" data-seconds=${seconds} role="timer">${shown}</span>
      </div>
      ${duel && corners[1]}
    </div>
    ${duel ? html`<${DuelBar} red=${sides[0]} blue=${sides[1]} share=${shares[0]} />` : html`<${ManyBar} sides=${sides} shares=${shares} /><div class=${`corners corners-${sides.length}`}>${corners}</div>`}
  </section>`;
}
