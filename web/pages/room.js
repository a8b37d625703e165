// @ts-check
/** A room as its viewers see it. */
import { rooms } from '../api.js';
import { facing, others } from '../battle/standing.js';
import { CLOSE } from '../feed/messages.js';
import { html, useEffect, useMemo, useState } from '../html.js';
import { number, short, t, tError } from '../i18n.js';
import { Avatar } from '../parts/avatar.js';
import { BattleBar } from '../parts/battle_bar.js';
import { BattleStage } from '../parts/battle_stage.js';
import { Chat, ChatInput } from '../parts/chat.js';
import { GiftShow } from '../parts/gift_show.js';
import { GiftTray } from '../parts/gift_tray.js';
import { CloseIcon, EyeIcon, GiftIcon, HeartIcon } from '../parts/icons.js';
import { Likes } from '../parts/likes.js';
import { Program } from '../parts/program.js';
import { RoomSession } from '../room_session.js';

/** @typedef {import('../feed/messages.js').Person} Person */

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

/** Whom a gift can go to: the host, and in a battle everybody on its stage. @param {RoomSession} session @param {Person | undefined} host */
function recipients(session, host) {
  const battle = session.battle.value;
  if (battle === null) return host ? [host] : [];
  const { own, myself } = facing(battle, session.room);
  const first = own && myself ? [{ ...myself.host, side: own.side }] : [];
  return [...first, ...others(battle, session.room).map(({ side, member }) => ({ ...member.host, side: side.side }))];
}

/** @param {{session: RoomSession, host: {title: string, host: Person} | null}} properties */
function Head({ session, host }) {
  const { viewers, likes, broadcast } = session.state.value;
  return html`<header class="room-head">
    <div class="host-chip" data-testid="host-chip">
      ${host && html`<${Avatar} name=${host.host.name} id=${host.host.user} />`}
      <span class="host-words"><b data-testid="host-name">${host?.host.name ?? '…'}</b><small>${broadcast && html`<i class="live-mini" title=${t('live')}></i>`}${host?.title}</small></span>
    </div>
    <span class="chip" data-testid="likes" title=${t('room.likes')}><${HeartIcon} />${short(likes)}</span>
    <span class="chip" title=${t('room.viewers')}><${EyeIcon} /><b data-testid="viewer-count" data-count=${viewers}>${number(viewers)}</b></span>
    <a class="round plain" href="/" aria-label=${t('room.leave')} data-testid="leave"><${CloseIcon} /></a>
  </header>`;
}

/** @param {{room: string}} properties */
export function RoomPage({ room }) {
  const session = useRoomSession(room);
  const host = useHost(session);
  const [giving, setGiving] = useState(false);
  const battle = session.battle.value;
  const closed = session.closedBecause.value;
  const live = session.state.value.broadcast !== null;
  if (closed === CLOSE.BANNED || closed === CLOSE.UNKNOWN_ROOM) return html`<${Closed} code=${closed} />`;
  return html`<main class=${`room ${battle ? 'has-battle' : ''} ${battle && battle.sides.length > 2 ? 'many-sides' : ''} ${giving ? 'giving' : ''}`} data-testid="room" data-room=${room} data-feed=${session.feedState.value}>
    <div class="stage">
      <div class="stage-glow" aria-hidden="true"></div>
      ${battle && html`<${BattleBar} battle=${battle} clock=${session.clock} />`}
      <${Program} session=${session}>
        ${battle && html`<${BattleStage} battle=${battle} clock=${session.clock} room=${room} />`}
      </${Program}>
      <${GiftShow} session=${session} />
      <${Likes} session=${session} />
    </div>
    <aside class="side">
      <${Head} session=${session} host=${host} />
      <${Chat} session=${session} />
      <${GiftTray} session=${session} people=${recipients(session, host?.host)} open=${giving && live} close=${() => setGiving(false)} />
      <div class="room-actions">
        <${ChatInput} session=${session} />
        <button class="round gift-open" data-testid="gift-open" aria-label=${t('gift.title')} aria-expanded=${giving && live} disabled=${!live} onClick=${() => setGiving(!giving)}><${GiftIcon} /></button>
        <button class="round like" data-testid="like" aria-label=${t('room.like')} onClick=${() => session.like()}><${HeartIcon} /></button>
      </div>
      ${session.feedState.value === 'reconnecting' && html`<p class="feed-lost" role="status">${t('room.feedLost')}</p>`}
    </aside>
  </main>`;
}

/** @param {{code: number}} properties */
function Closed({ code }) {
  const error = { code: code === CLOSE.BANNED ? 'sanctioned' : 'room-unknown' };
  return html`<main class="lone" data-testid="closed" data-code=${code}>
    <h1>${tError(error)}</h1>
    <a class="button" href="/">${t('room.toLobby')}</a>
  </main>`;
}
