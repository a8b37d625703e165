// @ts-check
/** The way to a seat on a room's stage. */
import { me } from '../account.js';
import { guests as seats } from '../api/guests.js';
import { html, useEffect, useRef, useState } from '../html.js';
import { t } from '../i18n.js';
import { CameraIcon, MicIcon, PeopleIcon } from '../parts/icons.js';
import { told } from '../parts/told.js';
import { ownSeat } from './own_seat.js';

/** @typedef {import('../room_session.js').RoomSession} RoomSession */

/** The button among the room's actions, with the choice that it opens. @param {{session: RoomSession}} properties */
export function JoinStage({ session }) {
  const [asking, setAsking] = useState(false);
  const first = useRef(/** @type {HTMLButtonElement | null} */ (null));
  const toggle = useRef(/** @type {HTMLButtonElement | null} */ (null));
  const { broadcast, room } = session.state.value;
  const mayAsk = broadcast !== null && me.value !== null && room !== null && room.host.user !== me.value.user && ownSeat(session) === null;
  useEffect(() => {
    if (asking) first.current?.focus();
  }, [asking]);
  if (!mayAsk) return null;
  const leave = () => {
    toggle.current?.focus(); // what had the focus goes
    setAsking(false);
  };
  /** @param {boolean} picture */
  const apply = async (picture) => {
    leave();
    await told(seats.apply(session.room, picture).then((guest) => session.feed.take({ t: 'guest.applied', d: guest })));
  };
  const shut = (/** @type {KeyboardEvent} */ event) => event.key === 'Escape' && leave();
  const elsewhere = (/** @type {FocusEvent} */ event) => {
    const within = /** @type {HTMLElement} */ (event.currentTarget);
    if (event.relatedTarget instanceof Node && !within.contains(event.relatedTarget)) setAsking(false);
  };
  return html`<div class="join" onKeyDown=${shut} onFocusOut=${elsewhere}>
    <button ref=${toggle} class="round" data-testid="join-stage" aria-label=${t('guest.join')} title=${t('guest.join')} aria-expanded=${asking} onClick=${() => setAsking(!asking)}><${PeopleIcon} /></button>
    ${asking &&
    html`<div class="join-choice" role="group" aria-label=${t('guest.join')} data-testid="join-choice">
      <p>${t('guest.joinHint')}</p>
      <button ref=${first} class="button small" data-testid="join-picture" onClick=${() => apply(true)}><${CameraIcon} />${t('guest.withPicture')}</button>
      <button class="button small ghost" data-testid="join-voice" onClick=${() => apply(false)}><${MicIcon} />${t('guest.voiceOnly')}</button>
    </div>`}
  </div>`;
}
