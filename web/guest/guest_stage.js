// @ts-check
/** What a guest sees of his visit: how his seat stands, and once he is on stage a little stage of his own. */
import { Refusal } from '../api/call.js';
import { guests as seats } from '../api/guests.js';
import { html, useEffect, useMemo, useRef } from '../html.js';
import { t, tError } from '../i18n.js';
import { CameraIcon, CloseIcon, MicIcon } from '../parts/icons.js';
import { PeerTile } from '../parts/peer_tile.js';
import { toast } from '../parts/toasts.js';
import { told } from '../parts/told.js';
import { Twice } from '../parts/twice.js';
import { useElsewhere } from './elsewhere.js';
import { ownSeat } from './own_seat.js';
import { keyOf, peersOf } from './seats.js';
import { GuestVisit } from './visit.js';

/** @typedef {import('../client/feed/messages.js').Guest} Guest */
/** @typedef {import('../room_session.js').RoomSession} RoomSession */

/** @param {{session: RoomSession, visit: GuestVisit, seat: Guest}} properties */
function Controls({ session, visit, seat }) {
  const mute = () => told(seats.mute(session.room, seat.user, !seat.muted));
  return html`<div class="guest-controls">
    <button class=${`round ${seat.muted ? 'off' : ''}`} data-testid="guest-microphone" aria-pressed=${seat.muted} aria-label=${t('studio.microphone')} onClick=${mute}><${MicIcon} /></button>
    ${seat.picture && html`<button class=${`round ${visit.camera.value ? '' : 'off'}`} data-testid="guest-camera" aria-pressed=${!visit.camera.value} aria-label=${t('studio.camera')} onClick=${() => visit.toggleCamera()}><${CameraIcon} /></button>`}
    <${Twice} words=${t('guest.leave')} sure=${t('guest.leaveSure')} testid="guest-leave" class="small ghost" act=${() => leave(session, visit, seat)} />
  </div>`;
}

/** @param {RoomSession} session @param {GuestVisit} visit @param {Guest} seat */
async function leave(session, visit, seat) {
  visit.stop();
  await seats.remove(session.room, seat.user).catch((error) => {
    if (!(error instanceof Refusal && error.code === 'guest-unknown')) throw error;
  });
  session.feed.take({ t: 'guest.withdrawn', d: { user: seat.user } });
}

/** @param {{visit: GuestVisit, seat: Guest}} properties */
function Self({ visit, seat }) {
  const video = useRef(/** @type {HTMLVideoElement | null} */ (null));
  const stream = visit.stream.value;
  useEffect(() => {
    if (video.current) video.current.srcObject = stream;
  }, [stream]);
  return html`<div class="tile tile-self" data-testid="guest-self" data-state=${visit.state.value}>
    <video class="mirrored" ref=${video} muted playsinline autoplay aria-label=${t('studio.preview')}></video>
    ${!seat.picture && html`<span class="voice-only"><${MicIcon} /></span>`}
    <span class="tile-name">${t('studio.you')}</span>
    ${visit.onAir && visit.state.value !== 'live' && html`<span class="tile-wait"><span class="ring-wait"></span></span>`}
  </div>`;
}

/** @param {{session: RoomSession, visit: GuestVisit, seat: Guest}} properties */
function OnStage({ session, visit, seat }) {
  const battle = session.battle.value;
  const elsewhere = useElsewhere(battle, session.room, true);
  const { room, guests, screen } = session.state.value;
  const peers = peersOf({ me: seat.user, room: session.room, host: room?.host ?? null, guests, screen, battle, elsewhere });
  useEffect(() => visit.silence(seat.muted), [seat.muted, visit.stream.value]);
  return html`<section class="guest-stage" aria-label=${t('guest.stage')} data-testid="guest-stage">
    <div class="guest-tiles"><${Self} visit=${visit} seat=${seat} />${peers.map((peer) => html`<${PeerTile} key=${keyOf(peer)} peer=${peer} />`)}</div>
    <${Controls} session=${session} visit=${visit} seat=${seat} />
  </section>`;
}

/** Words and buttons of somebody who is not on stage yet. @param {{session: RoomSession, visit: GuestVisit, seat: Guest}} properties */
function Waiting({ session, visit, seat }) {
  const problem = visit.deviceError.value;
  const refusal = visit.state.value === 'refused' ? visit.refusal.value : null;
  const applied = seat.state === 'applied';
  const back = () => told(leave(session, visit, seat));
  return html`<section class="guest-wait" role="status" data-testid="guest-wait" data-state=${seat.state}>
    ${applied && html`<span class="ring-wait"></span>`}
    <p>${t(applied ? 'guest.applied' : seat.picture ? 'guest.approvedPicture' : 'guest.approvedVoice')}
      ${problem !== null && html`<small role="alert">${t(`device.${problem}`)}</small>`}
      ${refusal !== null && html`<small role="alert">${tError(refusal)}</small>`}</p>
    ${!applied && html`<button class="button small sure" data-testid="guest-enter" onClick=${() => visit.enter(seat.picture)}>${t('guest.enter')}</button>`}
    <button class="round plain" aria-label=${t(applied ? 'guest.withdraw' : 'guest.decline')} title=${t(applied ? 'guest.withdraw' : 'guest.decline')} data-testid="guest-withdraw" onClick=${back}><${CloseIcon} /></button>
  </section>`;
}

/** Our visit to a room, as long as its page is shown. @param {RoomSession} session */
function useVisit(session) {
  const visit = useMemo(() => new GuestVisit(session.room), [session]);
  useEffect(() => {
    const stop = session.listen((message) => {
      if (message.t === 'media.moved') void visit.publish.repair();
    });
    return () => {
      stop();
      visit.close();
    };
  }, [session, visit]);
  return visit;
}

/** @param {{session: RoomSession, onAir: (on: boolean) => void}} properties `onAir` hears whether we are on stage */
export function GuestStage({ session, onAir }) {
  const visit = useVisit(session);
  const seat = ownSeat(session);
  const there = visit.onAir;
  useEffect(() => onAir(there), [there]);
  const seated = seat !== null && seat.state !== 'applied';
  const { guestAnswered } = session.state.value;
  useEffect(() => {
    if (!seated) visit.stop();
  }, [seated, visit]);
  useEffect(() => {
    if (guestAnswered !== null) toast(t(`seat.${guestAnswered.state}`), guestAnswered.state === 'approved' ? 'good' : 'bad');
  }, [guestAnswered]);
  if (seat === null) return null;
  if (seated && visit.onAir) return html`<${OnStage} session=${session} visit=${visit} seat=${seat} />`;
  return html`<${Waiting} session=${session} visit=${visit} seat=${seat} />`;
}
