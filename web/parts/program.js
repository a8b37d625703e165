// @ts-check
/** The room's program: one video element that is kept fed, sound that one tap unlocks, and words for when nothing comes. */
import { bearer, renew } from '../account.js';
import { whep } from '../api/addresses.js';
import { tellQuality } from '../api/quality.js';
import { html, useEffect, useRef, useState } from '../html.js';
import { t, tError } from '../i18n.js';
import { QualityReporter } from '../media/quality.js';
import { Watch } from '../media/whep.js';
import { MutedIcon, SoundIcon } from './icons.js';

/** @typedef {import('../media/whep.js').WatchState} WatchState */
/** @typedef {'unknown' | 'tall' | 'wide'} Shape */

const WIDE = 0.75;
const EXPIRED = new Set(['token-expired', 'token-invalid', 'token-revoked']);

/** Sound if the browser lets us, else the picture without it. Returns whether it is heard. @param {HTMLVideoElement} video */
async function play(video) {
  if (video.dataset.silent === 'true') video.muted = true;
  try {
    await video.play();
  } catch {
    video.muted = true;
    await video.play().catch((error) => console.debug('the picture waits for a tap', error));
  }
  return !video.muted;
}

/**
 * @param {object} properties
 * @param {import('../room_session.js').RoomSession} properties.session
 * @param {boolean} [properties.silent] whether it is not to be heard: who is on its stage hears the others directly
 * @param {any} [properties.children] what is laid over the picture
 */
export function Program({ session, silent = false, children }) {
  const video = useRef(/** @type {HTMLVideoElement | null} */ (null));
  const watch = useRef(/** @type {Watch | null} */ (null));
  const reporter = useRef(/** @type {QualityReporter | null} */ (null));
  const [state, setState] = useState(/** @type {WatchState} */ ('connecting'));
  const [refusal, setRefusal] = useState(/** @type {Error | null} */ (null));
  const [heard, setHeard] = useState(true);
  const [shape, setShape] = useState(/** @type {Shape} */ ('unknown'));
  const broadcast = session.state.value.broadcast;
  const away = broadcast?.state === 'reconnecting';
  const live = broadcast !== null;

  useEffect(() => {
    const element = /** @type {HTMLVideoElement} */ (video.current);
    const reports = new QualityReporter({ room: session.room, video: element, send: tellQuality });
    reporter.current = reports;
    const watching = new Watch({
      endpoint: whep(session.room),
      token: bearer,
      onStream: (stream) => {
        if (element.srcObject !== stream) element.srcObject = stream;
        play(element).then(setHeard, (error) => console.debug('not played', error));
      },
      onState: (next, problem) => {
        if (next === 'connecting' || next === 'reconnecting') reports.wish(watching.wishedAt || performance.now());
        if (problem !== null && EXPIRED.has(problem.code)) {
          void renew().then(() => watching.start());
          return;
        }
        setRefusal(problem);
        setState(next);
      },
    });
    watch.current = watching;
    watching.start();
    const leave = () => watching.stop();
    addEventListener('pagehide', leave);
    const stop = session.listen((message) => {
      if (message.t === 'broadcast.started' || message.t === 'broadcast.resumed') watching.poke();
      // Whose session is still there keeps it: an ICE restart that is refused says that we must move.
      // Who waits out a refusal has no session to ask for, and is expected at the new place.
      if (message.t === 'media.moved') {
        if (watching.connection === null) watching.poke();
        else void watching.repair();
      }
    });
    return () => {
      removeEventListener('pagehide', leave);
      stop();
      watching.stop();
      reports.stop();
      element.srcObject = null;
    };
  }, [session]);

  useEffect(() => {
    if (session.closedBecause.value !== 0) watch.current?.stop();
  }, [session, session.closedBecause.value]);

  useEffect(() => reporter.current?.owe(state === 'playing' && live && !away), [state, live, away]);

  const before = useRef(false);
  useEffect(() => {
    const element = /** @type {HTMLVideoElement} */ (video.current);
    if (!silent) return undefined;
    before.current = element.muted;
    element.dataset.silent = 'true';
    element.muted = true;
    return () => {
      element.dataset.silent = 'false';
      element.muted = before.current;
      setHeard(!element.muted);
    };
  }, [silent]);

  const measured = () => {
    const { videoWidth, videoHeight } = /** @type {HTMLVideoElement} */ (video.current);
    if (videoHeight > 0) setShape(videoWidth / videoHeight > WIDE ? 'wide' : 'tall');
  };
  const sound = () => {
    const element = /** @type {HTMLVideoElement} */ (video.current);
    element.muted = !element.muted;
    play(element).then(setHeard, (error) => console.debug('not played', error));
  };

  return html`<div class=${`picture shape-${shape} ${session.battle.value ? 'in-battle' : ''}`} data-testid="picture" data-state=${state}>
    <video
      id="program"
      ref=${video}
      data-testid="program"
      playsinline
      autoplay
      onLoadedMetadata=${measured}
      onResize=${measured}
      aria-label=${t('room.picture')}
    ></video>
    ${children}
    ${!silent && !heard && state === 'playing' && html`<button class="unmute" data-testid="unmute" onClick=${sound}><${MutedIcon} />${t('room.unmute')}</button>`}
    ${!silent && heard && state === 'playing' && html`<button class="round plain mute" data-testid="mute" aria-label=${t('room.mute')} onClick=${sound}><${SoundIcon} /></button>`}
    <${Curtain} state=${state} live=${live} away=${away} ready=${session.state.value.ready} refusal=${refusal} because=${session.state.value.endedBecause} />
  </div>`;
}

/**
 * @param {{state: WatchState, live: boolean, away: boolean, ready: boolean, refusal: Error | null, because: string | null}} properties
 */
function Curtain({ state, live, away, ready, refusal, because }) {
  if (state === 'refused') return html`<div class="curtain" data-testid="refused"><strong>${t('room.refused')}</strong><p>${tError(refusal)}</p></div>`;
  if (ready && !live) {
    return html`<div class="curtain" data-testid="not-live">
      <strong>${t(because === null ? 'room.notLive' : 'room.over')}</strong>
      <p>${t('room.notLiveHint')}</p>
      <a class="button" href="/">${t('room.toLobby')}</a>
    </div>`;
  }
  if (away) return html`<div class="curtain soft" data-testid="back-soon"><span class="ring-wait"></span><strong>${t('room.backSoon')}</strong><p>${t('room.backSoonHint')}</p></div>`;
  if (state === 'playing') return null;
  return html`<div class="curtain soft" data-testid="joining"><span class="ring-wait"></span><p>${t(state === 'reconnecting' ? 'room.reconnecting' : 'room.joining')}</p></div>`;
}
