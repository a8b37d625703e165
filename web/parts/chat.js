// @ts-check
/** What people say in a room. Who is signed in taps a name to call it, and a line for what can be done about it. */
import { me } from '../account.js';
import { html, useEffect, useMemo, useRef, useState } from '../html.js';
import { t } from '../i18n.js';
import { late } from '../late.js';
import { rankOf, rankSaid } from '../room/keepers.js';
import { whereNamed } from '../room/draft.js';
import { hueOf } from './avatar.js';
import { GiftImage } from './gift_image.js';
import { ReplyIcon } from './icons.js';
import { RankMark } from './rank_mark.js';

/** @typedef {import('../room_session.js').RoomSession} RoomSession */
/** @typedef {import('../client/feed/room_state.js').Line} Line */
/** @typedef {import('../room/talk.js').Around} Around */
/** @typedef {import('../room/keepers.js').House} House */

const NEAR_PX = 60;
const LineMenu = late(() => import('../room/line_menu.js').then((module) => module.LineMenu));

/** @param {{quote: import('../room/talk.js').Quote}} properties */
function Quoted({ quote }) {
  return html`<small class="chat-quote" data-testid="chat-quote"><${ReplyIcon} /><b>${quote.name}</b><span>${quote.text || t('chat.quoteGone')}</span></small>`;
}

/** A text in which the reader finds his own name. @param {string} text @param {string | undefined} name */
function withName(text, name) {
  const at = name === undefined ? -1 : whereNamed(text, name);
  if (name === undefined || at < 0) return text;
  const end = at + name.length + 1;
  return html`${text.slice(0, at)}<mark>${text.slice(at, end)}</mark>${text.slice(end)}`;
}

/** @param {{line: Line, around: Around | undefined, house: House}} properties */
function ChatLine({ line, around, house }) {
  const reader = me.value;
  const rank = (line.kind === 'said' && rankSaid(around?.rank)) || rankOf(line.user, house);
  const name = html`<b class="chat-name" data-testid="chat-name" style=${{ '--hue': String(hueOf(line.user)) }}><${RankMark} rank=${rank} />${line.name}</b>`;
  const held = { 'data-line': line.kind + line.id, tabindex: reader === null ? undefined : -1 };
  if (line.kind === 'said') {
    const named = reader !== null && (around?.mentions.includes(reader.user) ?? false);
    const toMe = named || (reader !== null && around?.reply?.user === reader.user && line.user !== reader.user);
    return html`<p class=${`chat-line ${toMe ? 'to-me' : ''}`} data-testid="chat-line" ...${held}>${around?.reply && html`<${Quoted} quote=${around.reply} />`}${name}<span>${named ? withName(line.text, reader?.name) : line.text}</span></p>`;
  }
  return html`<p class=${`chat-line chat-gift ${line.side ? `in-${line.side}` : ''}`} data-testid="chat-gift" ...${held}>
    ${line.level > 0 && html`<i class="fan-mark" title=${t('gift.fan', { level: line.level })}>${line.level}</i>`}${name}<span>${t('chat.gave', { to: line.to })}</span><${GiftImage} gift=${line.gift} emoji=${line.emoji} /><b>×${line.count}</b>${line.win > 0 && html`<em class="gift-won">+${line.win}</em>`}
  </p>`;
}

/** The end of a list of lines is shown until its reader looks further up, also when a keyboard takes its room. @param {readonly Line[]} lines */
function useEnd(lines) {
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
  useEffect(() => {
    const watcher = new ResizeObserver(() => follows.current && toEnd());
    watcher.observe(/** @type {HTMLDivElement} */ (list.current));
    return () => watcher.disconnect();
  }, []);
  const onScroll = () => {
    const element = list.current;
    if (!element) return;
    follows.current = element.scrollHeight - element.scrollTop - element.clientHeight < NEAR_PX;
    if (follows.current) setBehind(false);
  };
  return { list, behind, toEnd, onScroll };
}

/**
 * The views of lines. A line that has not changed is given as the same view, at which nobody looks again while gifts come.
 * @param {readonly Line[]} lines
 * @param {ReadonlyMap<string, Around>} around
 * @param {House} house
 */
function useViews(lines, around, house) {
  const kept = useRef({ house, views: /** @type {WeakMap<Line, {around: Around | undefined, view: any}>} */ (new WeakMap()) });
  if (kept.current.house !== house) kept.current = { house, views: new WeakMap() };
  const { views } = kept.current;
  return lines.map((line) => {
    const beside = around.get(line.id);
    const before = views.get(line);
    if (before && before.around === beside) return before.view;
    const view = html`<${ChatLine} key=${line.kind + line.id} line=${line} around=${beside} house=${house} />`;
    views.set(line, { around: beside, view });
    return view;
  });
}

/** The line above or below the one that has the focus; from the list itself its last one. @param {HTMLElement} list @param {number} steps */
function step(list, steps) {
  const lines = /** @type {HTMLElement[]} */ ([...list.querySelectorAll('[data-line]')]);
  const at = lines.findIndex((line) => line === document.activeElement);
  const next = at < 0 ? lines.length - 1 : Math.min(lines.length - 1, Math.max(0, at + steps));
  lines[next]?.focus();
}

/** @param {{session: RoomSession}} properties */
export function Chat({ session }) {
  const { lines, room } = session.state.value;
  const { order, around } = session.talk.value;
  const host = room?.host.user;
  const house = useMemo(() => ({ host, moderators: order.moderators }), [host, order.moderators]);
  const views = useViews(lines, around, house);
  const { list, behind, toEnd, onScroll } = useEnd(lines);
  const [chosen, setChosen] = useState(/** @type {{line: Line, x: number, y: number} | null} */ (null));
  /** @param {Element} target */
  const lineOf = (target) => {
    const held = target.closest('[data-line]');
    return lines.find((each) => held instanceof HTMLElement && each.kind + each.id === held.dataset.line);
  };
  /** @param {MouseEvent} event */
  const onClick = (event) => {
    const target = /** @type {Element} */ (event.target);
    const line = lineOf(target);
    if (line === undefined || me.value === null || getSelection()?.isCollapsed === false) return;
    if (target.closest('.chat-name') && line.user !== me.value.user) session.draft.mention(line);
    else setChosen({ line, x: event.clientX, y: event.clientY });
  };
  /** @param {KeyboardEvent} event */
  const onKeyDown = (event) => {
    const target = /** @type {HTMLElement} */ (event.target);
    const line = lineOf(target);
    if (me.value === null) return;
    if (event.key === 'ArrowUp' || event.key === 'ArrowDown') step(/** @type {HTMLElement} */ (list.current), event.key === 'ArrowUp' ? -1 : 1);
    else if (event.key === 'Enter' && line !== undefined) setChosen({ line, x: target.getBoundingClientRect().left, y: target.getBoundingClientRect().bottom });
    else return;
    event.preventDefault();
  };
  return html`<div class="chat">
    <div ref=${list} class=${`chat-lines ${me.value === null ? '' : 'touchable'}`} role="log" aria-live="polite" aria-label=${t('chat.label')} tabindex="0" data-testid="chat" onScroll=${onScroll} onClick=${onClick} onKeyDown=${onKeyDown}>
      <p class="chat-line chat-welcome">${t('chat.welcome')}</p>
      ${views}
    </div>
    ${behind && html`<button class="chat-behind" onClick=${toEnd}>${t('chat.newer')}</button>`}
    ${chosen !== null && html`<${LineMenu} key=${chosen.line.kind + chosen.line.id} session=${session} chosen=${chosen} house=${house} close=${() => setChosen(null)} />`}
  </div>`;
}
