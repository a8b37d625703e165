// @ts-check
/** The room's program: one video element that is kept fed, sound that one tap unlocks, and words for when nothing comes. */
import { bearer, renew } from '../account.js';
import { whep } from '../api/addresses.js';
import { tellQuality } from '../api/quality.js';
import { rooms } from '../api/rooms.js';
import { html, useEffect, useRef, useState } from '../html.js';
import { t, tError } from '../i18n.js';
import { QualityReporter } from '../client/media/quality.js';
import { Player } from '../client/player/player.js';
import { Renewal } from '../renewal.js';
import { RoomMenu } from '../room/menu.js';
import { chooseQuality, quality } from '../room/quality_choice.js';
import { MutedIcon, SoundIcon } from './icons.js';

/** @typedef {import('../client/player/player.js').PlayerState} PlayerState */
/** @typedef {import('../client/player/player.js').Trouble} Trouble */
/** @typedef {'unknown' | 'tall' | 'wide'} Shape */

const WIDE = 0.75;
const EXPIRED = new Set(['token-expired', 'token-invalid', 'token-revoked']);

/**
 * @param {object} properties
 * @param {import('../room_session.js').RoomSession} properties.session
 * @param {boolean} [properties.silent] whether it is not to be heard: who is on its stage hears the others directly
 * @param {any} [properties.children] what is laid over the picture
 */
export function Program({ session, silent = false, children }) {
  const video = useRef(/** @type {HTMLVideoElement | null} */ (null));
  const player = useRef(/** @type {Player | null} */ (null));
  const reporter = useRef(/** @type {QualityReporter | null} */ (null));
  const [state, setState] = useState(/** @type {PlayerState} */ ('connecting'));
  const [trouble, setTrouble] = useState(/** @type {Trouble | null} */ (null));
  const [heard, setHeard] = useState(true);
  const [offered, setOffered] = useState(/** @type {import('../client/player/player.js').Offered} */ ({ choices: [], chosen: 'auto' }));
  const [shape, setShape] = useState(/** @type {Shape} */ ('unknown'));
  const broadcast = session.state.value.broadcast;
  const away = broadcast?.state === 'reconnecting';
  const live = broadcast !== null;
  const listens = offered.chosen === 'sound';

  useEffect(() => {
    const element = /** @type {HTMLVideoElement} */ (video.current);
    const reports = new QualityReporter({ room: session.room, video: element, send: tellQuality });
    reporter.current = reports;
    const playing = new Player({
      video: element,
      whep: whep(session.room),
      sources: async () => (await rooms.one(session.room)).sources ?? [],
      token: bearer,
      onPlay: setHeard,
      onChoices: setOffered,
      onState: (next, problem) => {
        if ((next === 'connecting' || next === 'reconnecting') && quality.peek() !== 'sound') reports.wish(playing.wishedAt);
        if (problem !== null && EXPIRED.has(problem.code)) {
          void renewal.refused();
          return;
        }
        if (next === 'playing' || next === 'waiting') renewal.accepted();
        setTrouble(problem);
        setState(next);
      },
    });
    const start = () => session.closedBecause.peek() === 0 && playing.start();
    const renewal = new Renewal({ token: bearer, renew, again: start });
    player.current = playing;
    playing.choose(quality.peek());
    playing.start();
    const leave = () => playing.stop();
    const back = (/** @type {PageTransitionEvent} */ event) => event.persisted && start();
    addEventListener('pagehide', leave);
    addEventListener('pageshow', back);
    const stop = session.listen((message) => {
      if (message.t === 'broadcast.started' || message.t === 'broadcast.resumed') playing.poke();
      if (message.t === 'media.moved') playing.moved();
    });
    return () => {
      removeEventListener('pagehide', leave);
      removeEventListener('pageshow', back);
      stop();
      renewal.stop();
      playing.stop();
      reports.stop();
    };
  }, [session]);

  useEffect(() => {
    if (session.closedBecause.value !== 0) player.current?.stop();
  }, [session, session.closedBecause.value]);

  useEffect(() => player.current?.choose(quality.value), [quality.value]);

  useEffect(() => reporter.current?.owe(state === 'playing' && live && !away && !listens), [state, live, away, listens]);

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
  const sound = () => void player.current?.toggleSound();

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
    <${RoomMenu} session=${session} video=${video} offered=${offered} />
    <${Curtain} state=${state} live=${live} away=${away} listens=${listens} ready=${session.state.value.ready} trouble=${trouble} because=${session.state.value.endedBecause} />
  </div>`;
}

/**
 * @param {{state: PlayerState, live: boolean, away: boolean, listens: boolean, ready: boolean, trouble: Trouble | null, because: string | null}} properties
 */
function Curtain({ state, live, away, listens, ready, trouble, because }) {
  if (state === 'refused') return html`<div class="curtain" data-testid="refused"><strong>${t('room.refused')}</strong><p>${tError(trouble)}</p></div>`;
  if (ready && !live) {
    return html`<div class="curtain" data-testid="not-live">
      <strong>${t(because === null ? 'room.notLive' : 'room.over')}</strong>
      <p>${t('room.notLiveHint')}</p>
      <a class="button" href="/">${t('room.toLobby')}</a>
    </div>`;
  }
  if (away) return html`<div class="curtain soft" data-testid="back-soon"><span class="ring-wait"></span><strong>${t('room.backSoon')}</strong><p>${t('room.backSoonHint')}</p></div>`;
  if (state === 'playing' && !listens) return null;
  if (state === 'playing') {
    return html`<div class="curtain soft" data-testid="sound-only">
      <strong>${t('quality.nothing')}</strong>
      <button type="button" class="button" data-testid="picture-again" onClick=${() => chooseQuality('auto')}>${t('quality.again')}</button>
    </div>`;
  }
  if (trouble?.code === 'udp-blocked') return html`<div class="curtain" data-testid="udp-blocked"><span class="ring-wait"></span><strong>${t('room.blocked')}</strong><p>${t('room.blockedHint')}</p></div>`;
  return html`<div class="curtain soft" data-testid="joining"><span class="ring-wait"></span><p>${t(state === 'reconnecting' ? 'room.reconnecting' : 'room.joining')}</p></div>`;
}
