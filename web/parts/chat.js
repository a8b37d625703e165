// @ts-check
/** What people say in a room, and the line to say something. */
import { me } from '../account.js';
import { html, useEffect, useRef, useState } from '../html.js';
import { t, tError } from '../i18n.js';
import { hueOf } from './avatar.js';
import { GiftImage } from './gift_image.js';
import { SendIcon } from './icons.js';
import { toast } from './toasts.js';

/** @typedef {import('../room_session.js').RoomSession} RoomSession */
/** @typedef {import('../client/feed/room_state.js').Line} Line */

const NEAR_PX = 60;
export const LONGEST_SAID = 300;

/** @param {{line: Line, host: string | undefined}} properties */
function ChatLine({ line, host }) {
  const name = html`<b class="chat-name" style=${{ '--hue': String(hueOf(line.user)) }}>${line.user === host && html`<i class="host-mark">${t('chat.host')}</i>`}${line.name}</b>`;
  if (line.kind === 'said') return html`<p class="chat-line" data-testid="chat-line">${name}<span>${line.text}</span></p>`;
  return html`<p class=${`chat-line chat-gift ${line.side ? `in-${line.side}` : ''}`} data-testid="chat-gift">
    ${line.level > 0 && html`<i class="fan-mark" title=${t('gift.fan', { level: line.level })}>${line.level}</i>`}${name}<span>${t('chat.gave', { to: line.to })}</span><${GiftImage} gift=${line.gift} emoji=${line.emoji} /><b>×${line.count}</b>${line.win > 0 && html`<em class="gift-won">+${line.win}</em>`}
  </p>`;
}

/** @param {{session: RoomSession}} properties */
export function Chat({ session }) {
  const lines = session.state.value.lines;
  const host = session.state.value.room?.host.user;
  const list = useRef(/** @type {HTMLDivElement | null} */ (null));
  const [behind, setBehind] = useState(false);
  const follows = useRef(true);
  const toEnd = () => {
    const element = list.current;
    if (element) element.scrollTop = element.scrollHeight;
  };
  useEffect(() => {
    if (follows.current) toEnd();
    else setBehind(true);
  }, [lines]);
  const onScroll = () => {
    const element = list.current;
    if (!element) return;
    follows.current = element.scrollHeight - element.scrollTop - element.clientHeight < NEAR_PX;
    if (follows.current) setBehind(false);
  };
  return html`<div class="chat">
    <div ref=${list} class="chat-lines" role="log" aria-live="polite" aria-label=${t('chat.label')} tabindex="0" data-testid="chat" onScroll=${onScroll}>
      <p class="chat-line chat-welcome">${t('chat.welcome')}</p>
      ${lines.map((line) => html`<${ChatLine} key=${line.kind + line.id} line=${line} host=${host} />`)}
    </div>
    ${behind && html`<button class="chat-behind" onClick=${toEnd}>${t('chat.newer')}</button>`}
  </div>`;
}

/** @param {{session: RoomSession}} properties */
export function ChatInput({ session }) {
  const [text, setText] = useState('');
  /** @param {SubmitEvent} event */
  const submit = async (event) => {
    event.preventDefault();
    const said = text.trim();
    if (!said) return;
    setText('');
    try {
      await session.say(said);
    } catch (error) {
      setText((now) => now || said);
      toast(tError(error), 'bad');
    }
  };
  if (me.value === null) {
    const next = encodeURIComponent(`/rooms/${session.room}`);
    return html`<a class="chat-sign-in" href=${`/login?next=${next}`} data-testid="chat-sign-in">${t('chat.signIn')}</a>`;
  }
  return html`<form class="chat-form" onSubmit=${submit}>
    <input
      data-testid="chat-input"
      value=${text}
      onInput=${(/** @type {InputEvent} */ event) => setText(/** @type {HTMLInputElement} */ (event.currentTarget).value)}
      maxlength=${LONGEST_SAID}
      placeholder=${t('chat.say')}
      aria-label=${t('chat.say')}
      autocomplete="off"
      enterkeyhint="send"
    />
    <button class="round" data-testid="chat-send" aria-label=${t('chat.send')} disabled=${!text.trim()}><${SendIcon} /></button>
  </form>`;
}
