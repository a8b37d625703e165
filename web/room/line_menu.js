// @ts-check
/** What can be done about a line of the chat: answered, its speaker called; by those who keep the room deleted, and its speaker muted. */
import { me } from '../account.js';
import { chat } from '../api/chat.js';
import { html, useEffect, useLayoutEffect, useRef } from '../html.js';
import { t } from '../i18n.js';
import { Avatar } from '../parts/avatar.js';
import { AtIcon, MutedIcon, ReplyIcon, ShieldIcon, TrashIcon } from '../parts/icons.js';
import { told } from '../parts/told.js';
import { toast } from '../parts/toasts.js';
import { deedsOn } from './keepers.js';

/** @typedef {import('../room_session.js').RoomSession} RoomSession */
/** @typedef {import('../client/feed/room_state.js').Line} Line */

/** Ten minutes, an hour, a day, a week. */
const MUTES_S = [600, 3600, 86_400, 604_800];
const EDGE_PX = 12;

/** An act of one who keeps the room, and what is said when it is done. @param {Promise<unknown>} act @param {string} words */
async function done(act, words) {
  if (await told(act)) toast(words);
}

/** Open beside where it was asked for; a narrow screen has its own place for it. @param {{x: number, y: number}} at */
function useDialog({ x, y }) {
  const dialog = useRef(/** @type {HTMLDialogElement | null} */ (null));
  useLayoutEffect(() => {
    const element = dialog.current;
    if (!element) return;
    element.showModal();
    const { width, height } = element.getBoundingClientRect();
    element.style.setProperty('--x', `${Math.max(EDGE_PX, Math.min(x, innerWidth - width - EDGE_PX))}px`);
    element.style.setProperty('--y', `${Math.max(EDGE_PX, Math.min(y, innerHeight - height - EDGE_PX))}px`);
  }, []);
  return dialog;
}

/** @param {{session: RoomSession, line: Line, act: (deed: () => void) => () => void, deeds: ReturnType<typeof deedsOn>}} properties */
function Keeping({ session, line, act, deeds }) {
  const { room } = session;
  const { user, name } = line;
  return html`
    ${deeds.remove && html`<button type="button" data-testid="line-delete" onClick=${act(() => told(chat.remove(room, line.id)))}><${TrashIcon} />${t('chat.delete')}</button>`}
    ${deeds.mute &&
    html`<div class="line-mutes" role="group" aria-label=${t('chat.mute', { name })}><span><${MutedIcon} />${t('chat.muteFor')}</span>
      ${MUTES_S.map((seconds) => html`<button type="button" key=${seconds} class="button small ghost" data-testid=${`line-mute-${seconds}`} onClick=${act(() => done(chat.mute(room, user, seconds), t('chat.muted', { name })))}>${t(`muteFor.${seconds}`)}</button>`)}
    </div>`}
    ${deeds.name !== null &&
    html`<button type="button" data-testid="line-name" onClick=${act(() => done(chat.name(room, user, deeds.name === true), t(deeds.name ? 'chat.named' : 'chat.dismissed', { name })))}>
      <${ShieldIcon} />${t(deeds.name ? 'chat.name' : 'chat.dismiss')}</button>`}
  `;
}

/** @param {{session: RoomSession, chosen: {line: Line, x: number, y: number}, house: import('./keepers.js').House, close: () => void}} properties */
export function LineMenu({ session, chosen, house, close }) {
  const { line } = chosen;
  const dialog = useDialog(chosen);
  const there = session.state.value.lines.some((each) => each.id === line.id && each.kind === line.kind);
  const reader = me.value;
  const shut = () => dialog.current?.close();
  useEffect(() => {
    if (!there || reader === null) shut();
  }, [there, reader]);
  if (reader === null) return null;
  const deeds = deedsOn({ me: reader, line, said: session.talk.value.around.get(line.id)?.rank, house });
  /** @param {() => void} deed */
  const act = (deed) => () => {
    shut();
    deed();
  };
  /** @param {MouseEvent} event */
  const beside = (event) => {
    if (event.target === dialog.current) shut();
  };
  return html`<dialog ref=${dialog} class="line-menu" data-testid="line-menu" aria-labelledby="line-menu-name" onClose=${close} onClick=${beside}>
    <div class="line-menu-list">
      <header><${Avatar} name=${line.name} id=${line.user} /><span><b id="line-menu-name">${line.name}</b>${line.kind === 'said' && html`<small>${line.text}</small>`}</span></header>
      ${line.kind === 'said' && html`<button type="button" data-testid="line-reply" onClick=${act(() => session.draft.answer(line))}><${ReplyIcon} />${t('chat.answer')}</button>`}
      ${deeds.mention && html`<button type="button" data-testid="line-mention" onClick=${act(() => session.draft.mention(line))}><${AtIcon} />${t('chat.mention')}</button>`}
      <${Keeping} session=${session} line=${line} act=${act} deeds=${deeds} />
    </div>
  </dialog>`;
}
