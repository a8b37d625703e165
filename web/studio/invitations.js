// @ts-check
/** Whom a host can meet, his own open invitation, and the one that he has got. */
import { battles } from '../api.js';
import { facing } from '../battle/standing.js';
import { secondsLeft } from '../clock.js';
import { html, useEffect, useRef, useState } from '../html.js';
import { number, t, tError } from '../i18n.js';
import { useLiveRooms } from '../pages/lobby.js';
import { Avatar } from '../parts/avatar.js';
import { EyeIcon, FistIcon } from '../parts/icons.js';
import { useServerNow } from '../parts/ticking.js';
import { toast } from '../parts/toasts.js';

/** @typedef {import('../feed/messages.js').Battle} Battle */
/** @typedef {import('../room_session.js').RoomSession} RoomSession */

const FIGHTS_S = [60, 180, 300, 600];

/** Say what went wrong, and whether it went well. @param {Promise<unknown>} act */
export async function told(act) {
  try {
    await act;
    return true;
  } catch (error) {
    toast(tError(error), 'bad');
    return false;
  }
}

/** @param {{session: RoomSession, live: boolean}} properties */
export function LiveHosts({ session, live }) {
  const { rooms: found } = useLiveRooms();
  const [seconds, setSeconds] = useState('');
  const others = (found ?? []).filter((card) => card.room !== session.room);
  const engaged = session.state.value.battle !== null && session.state.value.battle.phase !== 'ended';
  /** @param {string} opponent */
  const invite = (opponent) => told(battles.invite(session.room, opponent, seconds === '' ? null : Number(seconds)));
  return html`<section class="panel hosts" data-testid="live-hosts">
    <header>
      <h2>${t('studio.hosts')}</h2>
      <label class="duration">${t('studio.duration')}
        <select data-testid="invite-duration" value=${seconds} onChange=${(/** @type {Event} */ event) => setSeconds(/** @type {HTMLSelectElement} */ (event.currentTarget).value)}>
          <option value="">${t('studio.usual')}</option>
          ${FIGHTS_S.map((each) => html`<option key=${each} value=${String(each)}>${t('studio.minutes', { n: each / 60 })}</option>`)}
        </select>
      </label>
    </header>
    ${others.length === 0 && html`<p class="quiet-words">${t('studio.nobody')}</p>`}
    <ul>
      ${others.map(
        (card) => html`<li key=${card.room} class="host-row" data-testid=${`host-${card.room}`}>
          <${Avatar} name=${card.host.name} id=${card.host.user} />
          <span class="host-words"><b>${card.host.name}</b><small><${EyeIcon} />${number(card.viewers)}${card.in_battle ? ` · ${t('lobby.battle')}` : ''}</small></span>
          <button class="button small" data-testid=${`invite-${card.room}`} disabled=${!live || engaged || card.in_battle} onClick=${() => invite(card.room)}>
            <${FistIcon} />${t('studio.invite')}
          </button>
        </li>`,
      )}
    </ul>
    ${!live && others.length > 0 && html`<p class="quiet-words">${t('studio.liveFirst')}</p>`}
  </section>`;
}

/** Waiting for the others: the inviter, who may take it back, or who has accepted before them. @param {{session: RoomSession, battle: Battle}} properties */
function Sent({ session, battle }) {
  const now = useServerNow(session.clock, true);
  const { opponent, myself } = facing(battle, session.room);
  return html`<div class="invitation sent" role="status" data-testid="invitation-sent">
    <span class="ring-wait"></span>
    <p>${t('studio.waitingFor', { name: opponent?.host.name ?? '' })} <b data-testid="invitation-countdown">${secondsLeft(battle.phase_ends_at_ms, now)}</b></p>
    ${myself?.seat === 0 && html`<button class="button small ghost" data-testid="cancel-invite" onClick=${() => told(battles.command(battle.battle, 'cancel'))}>${t('cancel')}</button>`}
  </div>`;
}

/** @param {{session: RoomSession, battle: Battle, live: boolean}} properties */
function Received({ session, battle, live }) {
  const now = useServerNow(session.clock, true);
  const [busy, setBusy] = useState(false);
  const accept = useRef(/** @type {HTMLButtonElement | null} */ (null));
  const inviter = battle.sides[0];
  const seconds = secondsLeft(battle.phase_ends_at_ms, now);
  useEffect(() => accept.current?.focus(), []);
  /** @param {'accept' | 'decline'} verb */
  const answer = async (verb) => {
    setBusy(true);
    if (!(await told(battles.command(battle.battle, verb)))) setBusy(false);
  };
  return html`<div class="invitation received" role="alertdialog" aria-modal="false" aria-labelledby="invitation-words" data-testid="invitation">
    <${Avatar} name=${inviter.host.name} id=${inviter.host.user} />
    <p id="invitation-words"><b>${inviter.host.name}</b> ${t('studio.challenges')}</p>
    <span class="invitation-clock" data-testid="invitation-countdown" role="timer">${seconds}</span>
    <div class="invitation-answers">
      <button class="button ghost" data-testid="decline-invite" disabled=${busy} onClick=${() => answer('decline')}>${t('studio.decline')}</button>
      <button ref=${accept} class="button fight" data-testid="accept-invite" disabled=${busy || !live} onClick=${() => answer('accept')}><${FistIcon} />${t('studio.accept')}</button>
    </div>
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
