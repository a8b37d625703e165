// @ts-check
/** The countdown before a fight: who stands against whom, who is ready, and the seconds. */
import { html } from '../html.js';
import { t } from '../i18n.js';
import { Avatar } from './avatar.js';
import { CheckIcon } from './icons.js';
import { Fame } from './marks.js';

/** @typedef {import('../client/feed/messages.js').Battle} Battle */

/** @param {{member: import('../client/feed/messages.js').Member}} properties */
function Fighter({ member }) {
  return html`<span class=${`fighter ${member.ready ? 'ready' : ''}`} data-testid="fighter" data-user=${member.host.user} data-ready=${member.ready}>
    <${Avatar} name=${member.host.name} id=${member.host.user} />
    <b>${member.host.name}</b>
    <${Fame} rating=${member.rating} streak=${member.streak} />
    ${member.ready && html`<span class="fighter-ready"><${CheckIcon} />${t('mark.ready')}</span>`}
  </span>`;
}

/** @param {{battle: Battle, seconds: number}} properties */
export function FaceOff({ battle, seconds }) {
  const { sides } = battle;
  return html`<div class=${`face-off sides-${sides.length}`} data-testid="face-off">
    ${sides.map((side) => html`<div key=${side.side} class=${`face face-${side.side} ${side.members.length > 1 ? 'team' : ''}`}>${side.members.map((member) => html`<${Fighter} key=${member.room} member=${member} />`)}</div>`)}
    <div class="versus" aria-hidden="true"><i>V</i><i>S</i></div>
    <div class="count-in" key=${seconds} aria-live="assertive">${seconds > 0 ? seconds : t('battle.go')}</div>
  </div>`;
}
