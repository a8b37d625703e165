// @ts-check
/** Who may not speak in a room for a time; those who keep it let him speak again. */
import { chat } from '../api/chat.js';
import { html, useEffect, useState } from '../html.js';
import { day, t } from '../i18n.js';
import { Avatar } from '../parts/avatar.js';
import { Listing, useListed } from '../parts/states.js';
import { told } from '../parts/told.js';

/** @typedef {import('../room_session.js').RoomSession} RoomSession */
/** @typedef {import('../api/chat.js').Mute} Mute */

const TOLD = new Set(['chat.muted', 'chat.unmuted']);

/** @param {{session: RoomSession}} properties */
export function Mutes({ session }) {
  const [turn, setTurn] = useState(0);
  const look = () => setTurn((now) => now + 1);
  useEffect(() => session.listen((message) => TOLD.has(message.t) && look()), [session]);
  const listed = useListed(async () => ({ items: (await chat.mutes(session.room)).reverse(), next: null }), [session, turn]);
  /** @param {Mute} mute */
  const row = (mute) => html`<li key=${mute.user} class="host-row" data-testid=${`muted-${mute.user}`}>
    <${Avatar} name=${mute.name} id=${mute.user} />
    <span class="host-words grow"><b>${mute.name}</b><small>${t('mutes.until', { when: day(mute.until_ms) })}</small></span>
    <button type="button" class="button small ghost" aria-label=${t('mutes.liftName', { name: mute.name })} data-testid=${`lift-${mute.user}`} onClick=${() => told(chat.unmute(session.room, mute.user).then(look))}>${t('mutes.lift')}</button>
  </li>`;
  return html`<${Listing} name="mutes" listed=${listed} none=${t('mutes.none')} row=${row} />`;
}
