// @ts-check
/** Whom a host can meet: one of them with one tap, or several, each put on a side. */
import { battles } from '../api/battles.js';
import { hasPlace, placed, SIDES, sidesOf, still } from '../battle/sides.js';
import { useStanding } from '../fame.js';
import { html, useState } from '../html.js';
import { list, number, t } from '../i18n.js';
import { useLiveRooms } from '../lobby/live_rooms.js';
import { Avatar } from '../parts/avatar.js';
import { EyeIcon, FistIcon, PeopleIcon } from '../parts/icons.js';
import { Fame } from '../parts/marks.js';
import { Listing } from '../parts/states.js';
import { told } from '../parts/told.js';
import { RandomMatch } from './random_match.js';

/** @typedef {import('../api/rooms.js').LiveRoom} LiveRoom */
/** @typedef {import('../battle/sides.js').Places} Places */
/** @typedef {import('../room_session.js').RoomSession} RoomSession */

const FIGHTS_S = [60, 180, 300, 600];

/** @param {{seconds: string, set: (seconds: string) => void}} properties */
function Duration({ seconds, set }) {
  return html`<label class="duration">${t('studio.duration')}
    <select data-testid="invite-duration" value=${seconds} onChange=${(/** @type {Event} */ event) => set(/** @type {HTMLSelectElement} */ (event.currentTarget).value)}>
      <option value="">${t('studio.usual')}</option>
      ${FIGHTS_S.map((each) => html`<option key=${each} value=${String(each)}>${t('studio.minutes', { n: each / 60 })}</option>`)}
    </select>
  </label>`;
}

/** On which side somebody is to stand. @param {{card: LiveRoom, places: Places, set: (places: Places) => void, disabled: boolean}} properties */
function SideChoice({ card, places, set, disabled }) {
  const { room } = card;
  const chosen = places[room];
  const choose = (/** @type {Event} */ event) => {
    const { value } = /** @type {HTMLSelectElement} */ (event.currentTarget);
    set(placed(places, room, value === '' ? null : Number(value)));
  };
  return html`<select class=${`side-choice ${chosen === undefined ? '' : `in-${SIDES[chosen]}`}`} data-testid=${`side-${room}`} aria-label=${t('studio.sideOf', { name: card.host.name })}
    value=${chosen === undefined ? '' : String(chosen)} disabled=${disabled} onChange=${choose}>
    <option value="">${t('studio.notChosen')}</option>
    ${SIDES.map((side, number_) => html`<option key=${side} value=${String(number_)} disabled=${!hasPlace(places, number_, room)}>${number_ === 0 ? t('studio.withMe') : t(`side.${side}`)}</option>`)}
  </select>`;
}

/** @param {{card: LiveRoom, children: any}} properties */
function HostRow({ card, children }) {
  const standing = useStanding(card.host.user);
  return html`<li class="host-row" data-testid=${`host-${card.room}`}>
    <${Avatar} name=${card.host.name} id=${card.host.user} />
    <span class="host-words"><b>${card.host.name}</b><small><${EyeIcon} />${number(card.viewers)}${card.in_battle ? ` · ${t('lobby.battle')}` : ''}<${Fame} rating=${standing?.rating} streak=${standing?.streak} /></small></span>
    ${children}
  </li>`;
}

/** Who would stand against whom, and the way there. @param {{cards: LiveRoom[], sides: string[][] | null, disabled: boolean, invite: () => void}} properties */
function Gathering({ cards, sides, disabled, invite }) {
  const nameOf = (/** @type {string} */ room) => cards.find((card) => card.room === room)?.host.name ?? t('studio.you');
  return html`<div class="gathering" data-testid="gathering">
    <p class="quiet-words" aria-live="polite">${sides === null ? t('studio.gatherHint') : sides.map((rooms) => list(rooms.map(nameOf))).join(' — ')}</p>
    <button class="button small" data-testid="invite-all" disabled=${disabled || sides === null} onClick=${invite}><${FistIcon} />${t('studio.inviteAll')}</button>
  </div>`;
}

/** @param {{session: RoomSession, live: boolean}} properties */
export function LiveHosts({ session, live }) {
  const { rooms: found, error, again } = useLiveRooms();
  const [seconds, setSeconds] = useState('');
  const [many, setMany] = useState(false);
  const [wanted, setPlaces] = useState(/** @type {Places} */ ({}));
  const cards = (found ?? []).filter((card) => card.room !== session.room);
  const free = cards.filter((card) => !card.in_battle);
  const places = still(wanted, free.map((card) => card.room));
  const sides = sidesOf(session.room, places);
  const engaged = session.state.value.battle !== null && session.state.value.battle.phase !== 'ended';
  const duration = seconds === '' ? null : Number(seconds);
  /** @param {Promise<unknown>} act */
  const tell = (act) => told(act, (problem) => cards.find((card) => card.room === problem.room)?.host.name);
  const inviteAll = async () => {
    if (sides !== null && (await tell(battles.gather(session.room, sides, duration)))) setMany(false);
  };
  const listed = { items: found && cards, next: null, asked: null, error, busy: found === null && error === null, again };
  const row = (/** @type {LiveRoom} */ card) => {
    const disabled = !live || engaged || card.in_battle;
    const one = html`<button class="button small" data-testid=${`invite-${card.room}`} disabled=${disabled} onClick=${() => tell(battles.invite(session.room, card.room, duration))}><${FistIcon} />${t('studio.invite')}</button>`;
    return html`<${HostRow} key=${card.room} card=${card}>${many ? html`<${SideChoice} card=${card} places=${places} set=${setPlaces} disabled=${disabled} />` : one}</${HostRow}>`;
  };
  return html`<section class="panel hosts" data-testid="live-hosts">
    <header>
      <h2>${t('studio.hosts')}</h2>
      <${Duration} seconds=${seconds} set=${setSeconds} />
    </header>
    <${RandomMatch} session=${session} live=${live} engaged=${engaged} duration=${duration} />
    <${Listing} name="hosts" listed=${listed} none=${t('studio.nobody')} row=${row} />
    ${many && cards.length > 0 && html`<${Gathering} cards=${cards} sides=${sides} disabled=${!live || engaged} invite=${inviteAll} />`}
    ${(many || cards.length > 1) &&
    html`<button class="quiet" data-testid="gather" aria-pressed=${many} onClick=${() => setMany(!many)}><${PeopleIcon} />${t(many ? 'studio.duelInstead' : 'studio.gather')}</button>`}
    ${!live && cards.length > 0 && html`<p class="quiet-words">${t('studio.liveFirst')}</p>`}
  </section>`;
}
