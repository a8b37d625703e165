// @ts-check
/** The battle above the picture: names, scores, and one bar that the sides push against each other. */
import { hasFallen, sideName, standing } from '../battle/standing.js';
import { minutes } from '../client/clock.js';
import { html } from '../html.js';
import { list, t } from '../i18n.js';
import { Avatar } from './avatar.js';
import { Fame } from './marks.js';
import { useMovingScores } from './moving_scores.js';
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

/** What it shows is written by `useMovingScores`. @param {{side: Side}} properties */
function Score({ side }) {
  return html`<span class=${`score score-${side.side}`} data-testid=${`score-${side.side}`} data-score=${side.score}></span>`;
}

/** Two sides: one edge between them. @param {{bar: {current: HTMLElement | null}, red: Side, blue: Side}} properties */
function DuelBar({ bar, red, blue }) {
  return html`<div ref=${bar} class="bar">
    <div class="bar-blue"></div>
    <div class="bar-red"></div>
    <div class="bar-edge"><span class="bar-spark"></span></div>
    <${Score} side=${red} />
    <${Score} side=${blue} />
  </div>`;
}

/** @param {{bar: {current: HTMLElement | null}, sides: Side[]}} properties */
function ManyBar({ bar, sides }) {
  return html`<div ref=${bar} class="bar bar-many">
    ${sides.map((side) => html`<div key=${side.side} class=${`bar-part part-${side.side} ${hasFallen(side) ? 'fallen' : ''}`}><${Score} side=${side} /></div>`)}
  </div>`;
}

/** @param {{battle: Battle, clock: import('../client/clock.js').ServerClock}} properties */
export function BattleBar({ battle, clock }) {
  const now = useServerNow(clock, battle.phase !== 'ended');
  const { rush, seconds, leader } = standing(battle, now);
  const { sides } = battle;
  const bar = useMovingScores(battle);
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
    ${duel ? html`<${DuelBar} bar=${bar} red=${sides[0]} blue=${sides[1]} />` : html`<${ManyBar} bar=${bar} sides=${sides} /><div class=${`corners corners-${sides.length}`}>${corners}</div>`}
  </section>`;
}
