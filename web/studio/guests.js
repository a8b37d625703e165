// @ts-check
/** Who wants to come on stage, and who is on it: the host answers, mutes, and sends away. */
import { guests as seats } from '../api/guests.js';
import { html, useEffect } from '../html.js';
import { t } from '../i18n.js';
import { Avatar } from '../parts/avatar.js';
import { CameraIcon, CheckIcon, CloseIcon, MicIcon, MutedIcon, SoundIcon } from '../parts/icons.js';
import { told } from '../parts/told.js';
import { Twice } from '../parts/twice.js';

/** @typedef {import('../client/feed/messages.js').Guest} Guest */
/** @typedef {import('../room_session.js').RoomSession} RoomSession */

/** An approved guest who does not come loses his seat without a word to the host. */
const LOOK_MS = 5_000;

/** @param {{guest: Guest, children: any}} properties */
function Row({ guest, children }) {
  return html`<li class="host-row guest-row" data-testid=${`guest-${guest.user}`} data-state=${guest.state}>
    <${Avatar} name=${guest.name} id=${guest.user} />
    <span class="host-words"><b>${guest.name}</b><small>${guest.picture ? html`<${CameraIcon} />` : html`<${MicIcon} />`}${t(guest.picture ? 'guest.withPicture' : 'guest.voiceOnly')}</small></span>
    ${children}
  </li>`;
}

/** @param {{session: RoomSession, live: boolean}} properties */
export function Guests({ session, live }) {
  const { guests, mixed } = session.state.value;
  const room = session.room;
  const awaited = guests.some((each) => each.state === 'approved');
  const look = async () => session.feed.take({ t: 'guests.listed', d: { guests: await seats.list(room) } });
  useEffect(() => {
    if (!awaited) return undefined;
    const timer = setInterval(() => look().catch((error) => console.debug('the guests are not known', error)), LOOK_MS);
    return () => clearInterval(timer);
  }, [awaited, session]);
  /** @param {Promise<unknown>} act */
  const done = (act) => act.then(look);
  const applied = guests.filter((each) => each.state === 'applied');
  const seated = guests.filter((each) => each.state !== 'applied');
  if (!live) return null;
  return html`<section class="panel guests" data-testid="guests" aria-label=${t('guest.title')}>
    <h2>${t('guest.title')}</h2>
    ${guests.length === 0 && html`<p class="quiet-words">${t('guest.nobody')}</p>`}
    ${!mixed && html`<p class="notice bad" role="alert">${t('guest.unmixed')}</p>`}
    <ul>
      ${seated.map(
        (guest) => html`<${Row} key=${guest.user} guest=${guest}>
          ${guest.state === 'approved' && html`<small class="quiet-words">${t('guest.awaited')}</small>`}
          ${guest.state === 'on-stage' &&
          html`<button class=${`round ${guest.muted ? 'off' : ''}`} data-testid=${`mute-guest-${guest.user}`} aria-pressed=${guest.muted} aria-label=${t('guest.mute', { name: guest.name })}
            onClick=${() => told(done(seats.mute(room, guest.user, !guest.muted)))}>${guest.muted ? html`<${MutedIcon} />` : html`<${SoundIcon} />`}</button>`}
          <${Twice} words=${t('guest.remove')} sure=${t('guest.removeSure')} testid=${`remove-guest-${guest.user}`} class="small ghost" act=${() => done(seats.remove(room, guest.user))} />
        </${Row}>`,
      )}
      ${applied.map(
        (guest) => html`<${Row} key=${guest.user} guest=${guest}>
          <button class="round" data-testid=${`decline-guest-${guest.user}`} aria-label=${t('guest.declineName', { name: guest.name })} onClick=${() => told(done(seats.answer(room, guest.user, 'decline')))}><${CloseIcon} /></button>
          <button class="round approve" data-testid=${`approve-guest-${guest.user}`} aria-label=${t('guest.approve', { name: guest.name })} onClick=${() => told(done(seats.answer(room, guest.user, 'approve')))}><${CheckIcon} /></button>
        </${Row}>`,
      )}
    </ul>
  </section>`;
}
