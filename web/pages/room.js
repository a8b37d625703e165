// @ts-check
/** A room as its viewers see it. */
import { me } from '../account.js';
import { rooms } from '../api/rooms.js';
import { CLOSE } from '../client/feed/messages.js';
import { comeBack } from '../giving/errand.js';
import { recipients } from '../giving/recipients.js';
import { useElsewhere } from '../guest/elsewhere.js';
import { JoinStage } from '../guest/join_stage.js';
import { ownSeat } from '../guest/own_seat.js';
import { html, useEffect, useMemo, useRef, useState } from '../html.js';
import { number, short, t, tError } from '../i18n.js';
import { late } from '../late.js';
import { Avatar } from '../parts/avatar.js';
import { Chat } from '../parts/chat.js';
import { Answering, ChatInput } from '../parts/chat_input.js';
import { ComboButton } from '../parts/combo_button.js';
import { FollowButton } from '../parts/follow.js';
import { GiftBanner } from '../parts/gift_banner.js';
import { GiftShow } from '../parts/gift_show.js';
import { GiftTray } from '../parts/gift_tray.js';
import { CloseIcon, EyeIcon, GiftIcon, HeartIcon } from '../parts/icons.js';
import { Likes } from '../parts/likes.js';
import { PatronHeads } from '../parts/patron_heads.js';
import { Program } from '../parts/program.js';
import { showHost } from '../parts/shown_host.js';
import { Failed } from '../parts/states.js';
import { WishesNote } from '../parts/wishes_note.js';
import { Danmaku } from '../room/danmaku.js';
import { RoomSession } from '../room_session.js';
import { named } from '../title.js';

/** @typedef {import('../client/feed/messages.js').Person} Person */

const BattleBar = late(() => import('../parts/battle_bar.js').then((module) => module.BattleBar), ['battle']);
const BattleStage = late(() => import('../parts/battle_stage.js').then((module) => module.BattleStage), ['battle_stage', 'face_off', 'result']);
const GuestStage = late(() => import('../guest/guest_stage.js').then((module) => module.GuestStage), ['tiles']);

/** A session that lives as long as the page shows this room. @param {string} room */
export function useRoomSession(room) {
  const session = useMemo(() => new RoomSession(room), [room]);
  useEffect(() => {
    session.open();
    return () => session.close();
  }, [session]);
  return session;
}

/** The room's host, from the feed or before that from the API. @param {RoomSession} session */
function useHost(session) {
  const [card, setCard] = useState(/** @type {{title: string, host: Person} | null} */ (null));
  const known = session.state.value.room;
  useEffect(() => {
    let gone = false;
    rooms.one(session.room).then(
      (found) => gone || setCard(found),
      (error) => console.debug('the room is not known', error),
    );
    return () => {
      gone = true;
    };
  }, [session]);
  return known ?? card;
}

/** The window is called as the room is. @param {ReturnType<typeof useHost>} host */
function useName(host) {
  const name = host === null ? '' : `${host.title} · ${host.host.name}`;
  useEffect(() => {
    named.value = name;
    return () => {
      named.value = '';
    };
  }, [name]);
}

/** Whom a gift can go to; the guests of the other rooms are asked for while `wanted`. @param {RoomSession} session @param {Person | null} host @param {boolean} wanted */
function useRecipients(session, host, wanted) {
  const battle = session.battle.value;
  const elsewhere = useElsewhere(battle, session.room, wanted);
  const found = recipients({ me: me.value?.user ?? '', room: session.room, host, guests: session.state.value.guests, battle, elsewhere });
  return useMemo(() => found, [JSON.stringify(found)]); // a new score is no new recipient
}

/** @param {{session: RoomSession}} properties */
function FightBar({ session }) {
  const battle = session.battle.value;
  return battle && html`<${BattleBar} battle=${battle} clock=${session.clock} />`;
}

/** @param {{session: RoomSession}} properties */
function FightStage({ session }) {
  const battle = session.battle.value;
  return battle && html`<${BattleStage} battle=${battle} clock=${session.clock} room=${session.room} session=${session} />`;
}

/**
 * What follows the session by itself: given as the same views, at which nobody looks again for each gift.
 * @param {RoomSession} session @param {boolean} silent @param {ReturnType<typeof useHost>} host
 */
function useParts(session, silent, host) {
  const bar = useMemo(() => html`<${FightBar} session=${session} />`, [session]);
  const picture = useMemo(() => html`<${Program} session=${session} silent=${silent}><${Danmaku} session=${session} /><${FightStage} session=${session} /></${Program}>`, [session, silent]);
  const flying = useMemo(() => html`<${GiftShow} session=${session} /><${GiftBanner} session=${session} /><${Likes} session=${session} />`, [session]);
  const head = useMemo(() => html`<${Head} session=${session} host=${host} />`, [session, host]);
  const chat = useMemo(() => html`<${Chat} session=${session} />`, [session]);
  const line = useMemo(() => html`<${ChatInput} session=${session} /><${JoinStage} session=${session} />`, [session]);
  return { bar, picture, flying, head, chat, line };
}

/** @param {{session: RoomSession, host: {title: string, host: Person} | null}} properties */
function Head({ session, host }) {
  const { viewers, likes, broadcast } = session.state.value;
  return html`<header class="room-head">
    <div class="host-chip" data-testid="host-chip">
      <button class="host-open" data-testid="open-host" disabled=${host === null} aria-label=${host === null ? undefined : t('record.of', { name: host.host.name })} onClick=${() => host && showHost(host.host)}>
        ${host && html`<${Avatar} name=${host.host.name} id=${host.host.user} />`}
        <span class="host-words"><b data-testid="host-name">${host?.host.name ?? '…'}</b><small>${broadcast && html`<i class="live-mini" title=${t('live')}></i>`}<span class="host-title">${host?.title}</span><span class="host-likes"><${HeartIcon} />${short(likes)}</span></small></span>
      </button>
      ${host && html`<${FollowButton} person=${host.host} compact=${true} />`}
    </div>
    <span class="chip" data-testid="likes" title=${t('room.likes')}><${HeartIcon} />${short(likes)}</span>
    <${PatronHeads} session=${session} />
    <span class="chip" title=${t('room.viewers')}><${EyeIcon} /><b data-testid="viewer-count" data-count=${viewers}>${number(viewers)}</b></span>
    <a class="round plain" href="/" aria-label=${t('room.leave')} data-testid="leave"><${CloseIcon} /></a>
  </header>`;
}

/** Whether the reader has asked for a seat since he came; what follows is his visit's. @param {RoomSession} session */
function useVisiting(session) {
  const asked = useRef(false);
  asked.current ||= ownSeat(session) !== null;
  return asked.current;
}

/** @param {{room: string}} properties */
export function RoomPage({ room }) {
  const session = useRoomSession(room);
  const host = useHost(session);
  useName(host);
  const back = useMemo(() => comeBack(room), [room]);
  const [giving, setGiving] = useState(back !== null);
  const [choosing, setChoosing] = useState(false);
  const people = useRecipients(session, host?.host ?? null, giving || choosing);
  const battle = session.battle.value;
  const closed = session.closedBecause.value;
  const live = session.state.value.broadcast !== null;
  const [onStage, setOnStage] = useState(false);
  const visiting = useVisiting(session);
  const { bar, picture, flying, head, chat, line } = useParts(session, onStage, host);
  const open = giving && live;
  const tray = useMemo(() => html`<${GiftTray} session=${session} people=${people} open=${open} close=${() => setGiving(false)} first=${back} />`, [session, people, open, back]);
  if (closed === CLOSE.BANNED || closed === CLOSE.UNKNOWN_ROOM || closed === CLOSE.PROTOCOL) return html`<${Closed} code=${closed} />`;
  return html`<main class=${`room ${onStage ? 'on-stage' : ''} ${battle ? 'has-battle' : ''} ${battle && battle.sides.length > 2 ? 'many-sides' : ''} ${giving ? 'giving' : ''}`} data-testid="room" data-room=${room} data-feed=${session.feedState.value}>
    <div class="stage">
      <div class="stage-glow" aria-hidden="true"></div>
      ${bar}
      ${picture}
      ${flying}
      <${ComboButton} session=${session} people=${people} />
    </div>
    <aside class="side">
      ${head}
      ${visiting && html`<${GuestStage} session=${session} onAir=${setOnStage} />`}
      ${chat}
      ${!open && html`<${WishesNote} />`}
      <div class="gift-place" onPointerEnter=${() => setChoosing(true)} onPointerLeave=${() => setChoosing(false)} onFocusIn=${() => setChoosing(true)} onFocusOut=${() => setChoosing(false)}>
        ${tray}
      </div>
      <${Answering} session=${session} />
      <div class="room-actions">
        ${line}
        <button class="round gift-open" data-testid="gift-open" aria-label=${t('gift.title')} aria-expanded=${open} disabled=${!live} onClick=${() => setGiving(!giving)}><${GiftIcon} /></button>
        <button class="round like" data-testid="like" aria-label=${t('room.like')} onClick=${() => session.like()}><${HeartIcon} /></button>
      </div>
      ${session.feedState.value === 'reconnecting' && html`<p class="feed-lost" role="status">${t('room.feedLost')}</p>`}
    </aside>
  </main>`;
}

/** The server speaks none of this page's versions any more. */
export function TooOld() {
  return html`<${Failed} name="newer" error=${{ code: 'page-too-old' }} way=${t('list.reload')} again=${() => location.reload()} />`;
}

/** @param {{code: number}} properties */
function Closed({ code }) {
  if (code === CLOSE.PROTOCOL) return html`<main class="lone" data-testid="closed" data-code=${code}><${TooOld} /></main>`;
  const error = { code: code === CLOSE.BANNED ? 'sanctioned' : 'room-unknown' };
  return html`<main class="lone" data-testid="closed" data-code=${code}>
    <h1>${tError(error)}</h1>
    <a class="button" href="/">${t('room.toLobby')}</a>
  </main>`;
}
