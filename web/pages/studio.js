// @ts-check
/** The studio: where a host goes live, sees himself, meets other hosts, and reads his chat. */
import { me } from '../account.js';
import { battles, rooms } from '../api.js';
import { keepSayingHello } from '../battle/hello.js';
import { facing } from '../battle/standing.js';
import { minutes } from '../clock.js';
import { CLOSE } from '../feed/messages.js';
import { html, useEffect, useMemo, useRef, useState } from '../html.js';
import { number, t, tError } from '../i18n.js';
import { BattleBar } from '../parts/battle_bar.js';
import { BattleStage } from '../parts/battle_stage.js';
import { Chat, ChatInput } from '../parts/chat.js';
import { GiftShow } from '../parts/gift_show.js';
import { CameraIcon, EyeIcon, FlagIcon, HeartIcon, MicIcon, PlayIcon, StopIcon } from '../parts/icons.js';
import { Likes } from '../parts/likes.js';
import { useServerNow } from '../parts/ticking.js';
import { TopBar } from '../parts/top_bar.js';
import { RoomSession } from '../room_session.js';
import { Desk } from '../studio/desk.js';
import { Invitation, LiveHosts, told } from '../studio/invitations.js';
import { Opponent } from '../studio/opponent.js';
import { StreamKey } from '../studio/stream_key.js';
import { diamonds, loadCatalogue, loadWallet } from '../wallet.js';
import { SignIn } from './login.js';
import { useRoomSession } from './room.js';

const WALLET_MS = 1500;

/** A button that asks once more before it does what cannot be undone. @param {{words: string, sure: string, testid: string, icon: any, act: () => Promise<unknown>, class?: string}} properties */
function Twice({ words, sure, testid, icon: Icon, act, class: extra = '' }) {
  const [asking, setAsking] = useState(false);
  useEffect(() => {
    if (!asking) return undefined;
    const timer = setTimeout(() => setAsking(false), 4000);
    return () => clearTimeout(timer);
  }, [asking]);
  if (!asking) return html`<button class=${`button ${extra}`} data-testid=${testid} onClick=${() => setAsking(true)}><${Icon} />${words}</button>`;
  const confirm = () => {
    setAsking(false);
    void told(act());
  };
  return html`<button class=${`button sure ${extra}`} data-testid=${`${testid}-confirm`} onClick=${confirm}><${Icon} />${sure}</button>`;
}

/** @param {{desk: Desk}} properties */
function Preview({ desk }) {
  const video = useRef(/** @type {HTMLVideoElement | null} */ (null));
  const stream = desk.stream.value;
  const problem = desk.deviceError.value;
  useEffect(() => {
    if (video.current) video.current.srcObject = stream;
  }, [stream]);
  return html`<div class="tile tile-own">
    <video id="preview" ref=${video} data-testid="preview" muted playsinline autoplay aria-label=${t('studio.preview')}></video>
    <span class="tile-name">${t('studio.you')}</span>
    ${stream === null &&
    html`<div class="curtain soft">
      <${CameraIcon} />
      ${problem ? html`<p role="alert" data-testid="device-error">${t(`device.${problem}`)}</p>` : html`<p>${t('studio.cameraOff')}</p>`}
      <button class="button small ghost" data-testid="camera-on" onClick=${() => desk.open()}>${t('studio.cameraOn')}</button>
    </div>`}
  </div>`;
}

/** What was given to us since the page was opened. @param {RoomSession} session */
function useIncome(session) {
  const [coins, setCoins] = useState(0);
  useEffect(() => {
    /** @type {ReturnType<typeof setTimeout> | undefined} */
    let timer;
    const refresh = () => {
      timer = undefined;
      loadWallet().catch((error) => console.debug('the income is not known', error));
    };
    const stop = session.listen((message) => {
      if (message.t !== 'gift.sent' || message.d.to.user !== me.value?.user) return;
      setCoins((sum) => sum + message.d.coins);
      timer ??= setTimeout(refresh, WALLET_MS);
    });
    return () => {
      stop();
      clearTimeout(timer);
    };
  }, [session]);
  return coins;
}

/** @param {{session: RoomSession}} properties */
function Figures({ session }) {
  const { viewers, likes, broadcast } = session.state.value;
  const income = useIncome(session);
  const now = useServerNow(session.clock, broadcast !== null);
  const seconds = broadcast === null ? 0 : Math.max(0, Math.floor((now - broadcast.started_at_ms) / 1000));
  return html`<dl class="figures">
    <div><dt><${EyeIcon} />${t('room.viewers')}</dt><dd data-testid="viewer-count" data-count=${viewers}>${number(viewers)}</dd></div>
    <div><dt><${HeartIcon} />${t('room.likes')}</dt><dd>${number(likes)}</dd></div>
    <div><dt><img src="/static/art/coin.svg" alt="" />${t('studio.gifted')}</dt><dd data-testid="income" data-coins=${income}>${number(income)}</dd></div>
    <div><dt><img src="/static/art/diamond.svg" alt="" />${t('studio.diamonds')}</dt><dd data-testid="diamonds" data-diamonds=${diamonds.value ?? ''}>${diamonds.value === null ? '–' : number(diamonds.value)}</dd></div>
    <div><dt>${t('studio.onAirFor')}</dt><dd data-testid="on-air-for">${minutes(seconds)}</dd></div>
  </dl>`;
}

/** @param {{desk: Desk, session: RoomSession}} properties */
function Controls({ desk, session }) {
  const broadcast = session.state.value.broadcast;
  const battle = session.battle.value;
  const waiting = broadcast !== null && !desk.onAir && session.closedBecause.value === 0;
  const fighting = battle?.phase === 'fighting' || battle?.phase === 'preparing';
  const over = battle?.phase === 'victory' || battle?.phase === 'draw';
  const wished = battle !== null && facing(battle, session.room).myself?.rematch === true;
  return html`<div class="controls">
    <button class=${`round ${desk.microphone.value ? '' : 'off'}`} data-testid="toggle-microphone" aria-pressed=${!desk.microphone.value} aria-label=${t('studio.microphone')} onClick=${() => desk.toggle('audio')}><${MicIcon} /></button>
    <button class=${`round ${desk.camera.value ? '' : 'off'}`} data-testid="toggle-camera" aria-pressed=${!desk.camera.value} aria-label=${t('studio.camera')} onClick=${() => desk.toggle('video')}><${CameraIcon} /></button>
    ${!desk.onAir &&
    html`<button class="button fight" data-testid="go-live" onClick=${() => desk.goLive()}><${PlayIcon} />${t(waiting ? 'studio.resume' : 'studio.goLive')}</button>`}
    ${fighting && battle && html`<${Twice} words=${t('studio.surrender')} sure=${t('studio.surrenderSure')} testid="surrender" icon=${FlagIcon} class="ghost" act=${() => battles.command(battle.battle, 'surrender')} />`}
    ${over && battle && html`<button class="button ghost" data-testid="end-battle" onClick=${() => told(battles.command(battle.battle, 'end'))}>${t('studio.endBattle')}</button>`}
    ${over && battle && html`<button class="button fight" data-testid="rematch" aria-pressed=${wished} onClick=${() => told(battles.command(battle.battle, wished ? 'cancel' : 'rematch'))}>${t(wished ? 'cancel' : 'studio.rematch')}</button>`}
    ${(desk.onAir || waiting) && html`<${Twice} words=${t('studio.end')} sure=${t('studio.endSure')} testid="end-broadcast" icon=${StopIcon} class="ghost" act=${() => desk.end()} />`}
  </div>`;
}

/** @param {{desk: Desk, session: RoomSession}} properties */
function OnAir({ desk, session }) {
  const state = desk.state.value;
  const broadcast = session.state.value.broadcast;
  const because = session.state.value.endedBecause;
  if (session.closedBecause.value === CLOSE.BANNED) return html`<p class="notice bad" role="alert" data-testid="banned">${t('ended.banned')}</p>`;
  if (state === 'refused') return html`<p class="notice bad" role="alert" data-testid="publish-refused">${tError(desk.refusal.value)}</p>`;
  if (state === 'connecting' || state === 'reconnecting') return html`<p class="notice" role="status"><span class="ring-wait"></span>${t(`studio.${state}`)}</p>`;
  if (state === 'ended' && broadcast !== null) return html`<p class="notice" role="status" data-testid="publish-elsewhere">${t('studio.replaced')}</p>`;
  if (because !== null && broadcast === null) return html`<p class="notice" role="status" data-testid="broadcast-ended" data-reason=${because}>${t(`ended.${because}`)}</p>`;
  if (broadcast !== null && !desk.onAir) return html`<p class="notice" role="status">${t(broadcast.state === 'reconnecting' ? 'studio.waits' : 'studio.encoder')}</p>`;
  return null;
}

/** @param {{room: import('../api.js').Room}} properties */
function Studio({ room }) {
  const session = useRoomSession(room.room);
  const desk = useMemo(() => new Desk(room.room), [room.room]);
  useEffect(() => {
    desk.openIfAllowed().catch((error) => console.debug('the camera waits to be asked for', error));
    loadCatalogue().catch((error) => console.debug('the catalogue is not known', error));
    const stop = session.listen((message) => {
      if (message.t === 'broadcast.ended') desk.ended();
      if (message.t === 'media.moved') void desk.publish.repair();
    });
    return () => {
      stop();
      desk.close();
    };
  }, [desk, session]);
  const battle = session.battle.value;
  const { own, opponent, myself } = battle ? facing(battle, room.room) : { own: null, opponent: null, myself: null };
  const heard = session.feedState.value === 'open';
  useEffect(() => (heard ? keepSayingHello(session) : undefined), [heard, session]);
  const banned = session.closedBecause.value === CLOSE.BANNED;
  const live = !banned && session.state.value.broadcast?.state === 'live';
  useEffect(() => {
    if (banned) desk.ended();
  }, [banned, desk]);
  return html`<main class=${`studio ${battle ? 'has-battle' : ''}`} data-testid="studio" data-room=${room.room} data-state=${desk.state.value} data-live=${live} data-feed=${session.feedState.value}>
    <section class="studio-stage">
      <header class="studio-head">
        <h1 data-testid="studio-title">${room.title}</h1>
        ${live ? html`<span class="live-dot" data-testid="live-now">${t('live')}</span>` : html`<span class="off-dot">${t('studio.offAir')}</span>`}
        <span class="grow"></span>
        <a href=${`/rooms/${room.room}`} target="_blank" rel="noopener" data-testid="room-link">${t('studio.toRoom')}</a>
      </header>
      ${battle && html`<${BattleBar} battle=${battle} clock=${session.clock} />`}
      <div class=${`tiles ${own?.seat === 1 ? 'own-right' : ''}`}>
        <${Preview} desk=${desk} />
        ${opponent && html`<${Opponent} key=${opponent.room} side=${opponent} muted=${myself?.muted.includes(opponent.host.user) ?? false} />`}
        ${battle && html`<${BattleStage} battle=${battle} clock=${session.clock} room=${room.room} links=${false} />`}
        <${GiftShow} session=${session} />
        <${Likes} session=${session} />
        <${Invitation} session=${session} live=${live} />
      </div>
      <${OnAir} desk=${desk} session=${session} />
      <${Controls} desk=${desk} session=${session} />
      <${Figures} session=${session} />
    </section>
    <aside class="studio-side">
      <${LiveHosts} session=${session} live=${live} />
      <section class="panel studio-chat"><h2>${t('chat.label')}</h2><${Chat} session=${session} /><${ChatInput} session=${session} /></section>
      <${StreamKey} room=${room.room} />
    </aside>
  </main>`;
}

/** @param {{made: (room: import('../api.js').Room) => void}} properties */
function NewRoom({ made }) {
  const [title, setTitle] = useState('');
  const [error, setError] = useState(/** @type {unknown} */ (null));
  /** @param {SubmitEvent} event */
  const submit = async (event) => {
    event.preventDefault();
    try {
      made(await rooms.create(title.trim()));
    } catch (problem) {
      setError(problem);
    }
  };
  return html`<form class="new-room" onSubmit=${submit} data-testid="new-room">
    <h1>${t('studio.newRoom')}</h1>
    <p>${t('studio.newRoomHint')}</p>
    <label>${t('studio.title')}
      <input data-testid="room-title" value=${title} maxlength="80" placeholder=${t('studio.titleHint', { name: me.value?.name ?? '' })}
        onInput=${(/** @type {InputEvent} */ event) => setTitle(/** @type {HTMLInputElement} */ (event.currentTarget).value)} />
    </label>
    ${error !== null && html`<p class="notice bad" role="alert">${tError(error)}</p>`}
    <button class="button wide" data-testid="create-room">${t('studio.create')}</button>
  </form>`;
}

export function StudioPage() {
  const user = me.value?.user ?? null;
  const [room, setRoom] = useState(/** @type {import('../api.js').Room | null | undefined} */ (undefined));
  const [error, setError] = useState(/** @type {unknown} */ (null));
  useEffect(() => {
    setRoom(undefined);
    setError(null);
    if (user !== null) rooms.mine().then(setRoom, setError);
  }, [user]);
  if (user !== null && room) return html`<div class="page"><${TopBar} /><${Studio} key=${room.room} room=${room} /></div>`;
  return html`<div class="page">
    <${TopBar} />
    <main class="lone">
      ${user === null && html`<h1>${t('studio.signIn')}</h1><${SignIn} />`}
      ${user !== null && error !== null && html`<p class="notice bad" role="alert">${tError(error)}</p>`}
      ${user !== null && error === null && room === undefined && html`<span class="ring-wait"></span>`}
      ${user !== null && room === null && html`<${NewRoom} made=${setRoom} />`}
    </main>
  </div>`;
}
