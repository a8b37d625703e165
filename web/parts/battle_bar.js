// @ts-check
/** The battle above the picture: names, scores, and one bar that red and blue push against each other. */
import { standing } from '../battle/standing.js';
import { minutes } from '../clock.js';
import { html } from '../html.js';
import { number, t } from '../i18n.js';
import { Avatar } from './avatar.js';
import { useServerNow } from './ticking.js';

/** @typedef {import('../feed/messages.js').Battle} Battle */

/** @param {{side: import('../feed/messages.js').Side, leads: boolean}} properties */
function Corner({ side, leads }) {
  return html`<div class=${`corner corner-${side.side} ${leads ? 'leads' : ''}`}>
    <${Avatar} name=${side.host.name} id=${side.host.user} />
    <span class="corner-name" data-testid=${`host-${side.side}`}>${side.host.name}</span>
  </div>`;
}

/** @param {{battle: Battle, clock: import('../clock.js').ServerClock}} properties */
export function BattleBar({ battle, clock }) {
  const now = useServerNow(clock, battle.phase !== 'ended');
  const { red, blue, rush, share, seconds, leader } = standing(battle, now);
  const shown = battle.phase === 'settling' ? '···' : minutes(seconds);
  return html`<section
    class=${`battle-bar phase-${battle.phase} ${rush ? 'rush' : ''}`}
    data-testid="battle-bar"
    data-battle=${battle.battle}
    data-phase=${battle.phase}
    data-rush=${rush}
    aria-label=${t('battle.label', { red: red.host.name, blue: blue.host.name })}
  >
    <div class="battle-top">
      <${Corner} side=${red} leads=${leader === 'red'} />
      <div class="battle-clock">
        <span class="battle-phase" data-testid="battle-phase" data-phase=${battle.phase}>${rush ? t('battle.rush', { n: battle.rush_multiplier }) : t(`battle.${battle.phase}`)}</span>
        <span class="battle-countdown" data-testid="battle-countdown" data-seconds=${seconds} role="timer">${shown}</span>
      </div>
      <${Corner} side=${blue} leads=${leader === 'blue'} />
    </div>
    <div class="bar" style=${{ '--share': String(share) }}>
      <div class="bar-blue"></div>
      <div class="bar-red"></div>
      <div class="bar-edge"><span class="bar-spark" key=${`${red.score}/${blue.score}`}></span></div>
      <span class="score score-red" key=${`r${red.score}`} data-testid="score-red" data-score=${red.score}>${number(red.score)}</span>
      <span class="score score-blue" key=${`b${blue.score}`} data-testid="score-blue" data-score=${blue.score}>${number(blue.score)}</span>
    </div>
    ${battle.sides.slice(2).map((side) => html`<p key=${side.side} class=${`side-more side-${side.side}`}>${side.host.name} <b data-testid=${`score-${side.side}`} data-score=${side.score}>${number(side.score)}</b></p>`)}
  </section>`;
}
