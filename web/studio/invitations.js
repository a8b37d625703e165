// @ts-check
/** A host's own open invitation, and the one that he has got. */
import { battles } from '../api/battles.js';
import { focusIsFree } from '../arrival.js';
import { unanswered } from '../battle/moves.js';
import { facing, sideName } from '../battle/standing.js';
import { secondsLeft } from '../client/clock.js';
import { html, useEffect, useRef, useState } from '../html.js';
import { list, t } from '../i18n.js';
import { Avatar } from '../parts/avatar.js';
import { CheckIcon, FistIcon } from '../parts/icons.js';
import { useServerNow } from '../parts/ticking.js';
import { toast } from '../parts/toasts.js';
import { told } from '../parts/told.js';
import { Twice } from '../parts/twice.js';
import { block } from '../relations.js';

/** @typedef {import('../client/feed/messages.js').Battle} Battle */
/** @typedef {import('../room_session.js').RoomSession} RoomSession */

/** Who is to stand on which side, and who has said yes. @param {{battle: Battle, room: string}} properties */
function Lineup({ battle, room }) {
  return html`<ul class="lineup" data-testid="invitation-sides">
    ${battle.sides.map(
      (side) => html`<li key=${side.side} class=${`in-${side.side}`} data-testid=${`lineup-${side.side}`}>
        ${side.members.map((member) => html`<span key=${member.room} class=${`lineup-host ${member.accepted ? 'accepted' : ''}`}>
          <b>${member.room === room ? t('studio.you') : member.host.name}</b>${member.accepted && html`<${CheckIcon} /><span class="sr-only">${t('studio.hasAccepted')}</span>`}
        </span>`)}
      </li>`,
    )}
  </ul>`;
}

/** @param {Battle} battle */
const isDuel = (battle) => battle.sides.length === 2 && battle.sides.every((side) => side.members.length < 2);

/** Waiting for the others: the inviter, who may take it back, or who has accepted before them. @param {{session: RoomSession, battle: Battle}} properties */
function Sent({ session, battle }) {
  const now = useServerNow(session.clock, true);
  const { myself } = facing(battle, session.room);
  const names = unanswered(battle).map((member) => member.host.name);
  return html`<div class="invitation sent" role="status" data-testid="invitation-sent">
    <span class="ring-wait"></span>
    <p>${t('studio.waitingFor', { name: list(names) })} <b data-testid="invitation-countdown">${secondsLeft(battle.phase_ends_at_ms, now)}</b></p>
    ${myself?.seat === 0 && html`<button class="button small ghost" data-testid="cancel-invite" onClick=${() => told(battles.command(battle.battle, 'cancel'))}>${t('cancel')}</button>`}
  </div>`;
}

/** @param {{session: RoomSession, battle: Battle, live: boolean}} properties */
function Received({ session, battle, live }) {
  const now = useServerNow(session.clock, true);
  const [busy, setBusy] = useState(false);
  const words = useRef(/** @type {HTMLElement | null} */ (null));
  const inviter = battle.sides[0];
  const seconds = secondsLeft(battle.phase_ends_at_ms, now);
  useEffect(() => {
    // Whoever is writing goes on writing, and whoever hits a key has not answered.
    if (focusIsFree()) words.current?.focus();
  }, []);
  /** @param {'accept' | 'decline'} verb */
  const answer = async (verb) => {
    setBusy(true);
    if (!(await told(battles.command(battle.battle, verb)))) setBusy(false);
  };
  const refuse = async () => {
    await block(inviter.host, true);
    await battles.command(battle.battle, 'decline');
  };
  return html`<div class="invitation received" role="alertdialog" aria-modal="false" aria-labelledby="invitation-words" data-testid="invitation">
    <${Avatar} name=${inviter.host.name} id=${inviter.host.user} />
    <p ref=${words} id="invitation-words" role="alert" tabindex="-1"><b>${inviter.host.name}</b> ${t('studio.challenges')}${!isDuel(battle) && html`<span class="sr-only">: ${list(battle.sides.map(sideName))}</span>`}</p>
    ${!isDuel(battle) && html`<${Lineup} battle=${battle} room=${session.room} />`}
    <span class="invitation-clock" data-testid="invitation-countdown" role="timer">${seconds}</span>
    <div class="invitation-answers">
      <button class="button ghost" data-testid="decline-invite" disabled=${busy} onClick=${() => answer('decline')}>${t('studio.decline')}</button>
      <button class="button fight" data-testid="accept-invite" disabled=${busy || !live} onClick=${() => answer('accept')}><${FistIcon} />${t('studio.accept')}</button>
    </div>
    <${Twice} words=${t('relation.blockName', { name: inviter.host.name })} sure=${t('relation.blockSure')} testid="block-inviter" class="small ghost" act=${refuse} />
  </div>`;
}

/** @param {{session: RoomSession, live: boolean}} properties */
export function Invitation({ session, live }) {
  const battle = session.state.value.battle;
  const ended = session.state.value.invitationEnded;
  useEffect(() => {
    if (ended !== null) toast(t(`invitation.${ended.outcome}`), 'bad');
  }, [ended]);
  if (battle === null || battle.phase !== 'invited') return null;
  const { myself } = facing(battle, session.room);
  if (myself === null || myself.accepted) return html`<${Sent} key=${battle.battle} session=${session} battle=${battle} />`;
  return html`<${Received} key=${battle.battle} session=${session} battle=${battle} live=${live} />`;
}
