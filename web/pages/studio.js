// @ts-check
/** The studio: where a host goes live, sees himself, meets other hosts, and reads his chat. */
import { me } from '../account.js';
import { rooms } from '../api/rooms.js';
import { keepSayingHello } from '../battle/hello.js';
import { standingsChanged, useStanding } from '../fame.js';
import { CLOSE } from '../client/feed/messages.js';
import { html, useEffect, useMemo, useState } from '../html.js';
import { t, tError } from '../i18n.js';
import { BattleBar } from '../parts/battle_bar.js';
import { BattleStage } from '../parts/battle_stage.js';
import { Chat } from '../parts/chat.js';
import { Answering, ChatInput } from '../parts/chat_input.js';
import { GiftBanner } from '../parts/gift_banner.js';
import { GiftShow } from '../parts/gift_show.js';
import { Likes } from '../parts/likes.js';
import { Fame } from '../parts/marks.js';
import { PatronHeads } from '../parts/patron_heads.js';
import { KeyIcon } from '../parts/icons.js';
import { showHost } from '../parts/shown_host.js';
import { TopBar } from '../parts/top_bar.js';
import { RoomSession } from '../room_session.js';
import { ChatSettings } from '../studio/chat_settings.js';
import { Controls } from '../studio/controls.js';
import { Desk } from '../studio/desk.js';
import { Guests } from '../studio/guests.js';
import { Settings } from '../studio/host_settings.js';
import { Figures } from '../studio/figures.js';
import { Invitation } from '../studio/invitations.js';
import { LiveHosts } from '../studio/live_hosts.js';
import { OwnQuality } from '../studio/own_quality.js';
import { SetUp } from '../studio/set_up.js';
import { Summary } from '../studio/summary.js';
import { ScreenState } from '../studio/screen_state.js';
import { Tiles } from '../studio/tiles.js';
import { loadCatalogue } from '../wallet.js';
import { SignIn } from './login.js';
import { TooOld, useRoomSession } from './room.js';

/** @param {{desk: Desk, session: RoomSession}} properties */
function OnAir({ desk, session }) {
  const state = desk.state.value;
  const broadcast = session.state.value.broadcast;
  const because = session.state.value.endedBecause;
  if (session.closedBecause.value === CLOSE.BANNED) return html`<p class="notice bad" role="alert" data-testid="banned">${t('ended.banned')}</p>`;
  if (session.closedBecause.value === CLOSE.PROTOCOL) return html`<${TooOld} />`;
  if (state === 'refused') return html`<p class="notice bad" role="alert" data-testid="publish-refused">${tError(desk.refusal.value)}</p>`;
  if (state === 'connecting' || state === 'reconnecting') return html`<p class="notice" role="status"><span class="ring-wait"></span>${t(`studio.${state}`)}</p>`;
  if (state === 'ended' && broadcast !== null) return html`<p class="notice" role="status" data-testid="publish-elsewhere">${t('studio.replaced')}</p>`;
  if (because !== null && broadcast === null) return html`<p class="notice" role="status" data-testid="broadcast-ended" data-reason=${because}>${t(`ended.${because}`)}</p>`;
  if (broadcast !== null && !desk.onAir) return html`<p class="notice" role="status">${t(broadcast.state === 'reconnecting' ? 'studio.waits' : 'studio.encoder')}</p>`;
  return null;
}

/** @param {{room: import('../api/rooms.js').Room}} properties */
function Studio({ room }) {
  const session = useRoomSession(room.room);
  const desk = useMemo(() => new Desk(room.room), [room.room]);
  useEffect(() => {
    desk.openIfAllowed().catch((error) => console.debug('the camera waits to be asked for', error));
    loadCatalogue().catch((error) => console.debug('the catalogue is not known', error));
    const stop = session.listen((message) => {
      if (message.t === 'broadcast.ended') desk.ended();
      if (message.t === 'battle.settled') standingsChanged(message.d);
      if (message.t === 'media.moved') desk.moved();
    });
    return () => {
      stop();
      desk.close();
    };
  }, [desk, session]);
  const battle = session.battle.value;
  const standing = useStanding(room.host.user);
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
        <${PatronHeads} session=${session} />
        <button class="quiet" data-testid="my-battles" onClick=${() => showHost(room.host)}>${t('record.mine')}<${Fame} rating=${standing?.rating} streak=${standing?.streak} /></button>
        <a href=${`/rooms/${room.room}`} target="_blank" rel="noopener" data-testid="room-link">${t('studio.toRoom')}</a>
      </header>
      ${battle && html`<${BattleBar} battle=${battle} clock=${session.clock} />`}
      <${Tiles} desk=${desk} session=${session}>
        ${battle && html`<${BattleStage} battle=${battle} clock=${session.clock} room=${room.room} parts=${false} />`}
        <${GiftShow} session=${session} />
        <${GiftBanner} session=${session} beside=${true} />
        <${Likes} session=${session} />
        <${Invitation} session=${session} live=${live} />
      </${Tiles}>
      <${Summary} desk=${desk} session=${session} />
      <${OnAir} desk=${desk} session=${session} />
      <${ScreenState} desk=${desk} session=${session} />
      <${OwnQuality} desk=${desk} />
      <${Controls} desk=${desk} session=${session} />
      <${SetUp} desk=${desk} />
      <${Figures} session=${session} />
    </section>
    <aside class="studio-side">
      <${Guests} session=${session} live=${live} />
      <${LiveHosts} session=${session} live=${live} />
      <section class="panel studio-chat"><h2>${t('chat.label')}</h2><${Chat} session=${session} /><${Answering} session=${session} /><${ChatInput} session=${session} /></section>
      <${ChatSettings} session=${session} />
      <${Settings} />
      <a class="button ghost" href="/studio/key" data-testid="stream-key-link"><${KeyIcon} />${t('studio.otherEncoder')}</a>
    </aside>
  </main>`;
}

/** @param {{made: (room: import('../api/rooms.js').Room) => void}} properties */
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
  const [room, setRoom] = useState(/** @type {import('../api/rooms.js').Room | null | undefined} */ (undefined));
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
