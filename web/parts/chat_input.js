// @ts-check
/** The line to say something in: what it answers, and why one cannot speak at the moment. */
import { me } from '../account.js';
import { html, useEffect, useRef } from '../html.js';
import { day, t, tError } from '../i18n.js';
import { follow, followedUsers, relationsKnown } from '../relations.js';
import { LONGEST_SAID } from '../room/draft.js';
import { hindrance, rankOf } from '../room/keepers.js';
import { typed } from './form.js';
import { CloseIcon, PlusIcon, ReplyIcon, SendIcon } from './icons.js';
import { useServerNow } from './ticking.js';
import { told } from './told.js';
import { toast } from './toasts.js';

/** @typedef {import('../room_session.js').RoomSession} RoomSession */
/** @typedef {import('../api/accounts.js').Account} Account */

/** What the reader is here, and what keeps him from speaking. @param {RoomSession} session @param {Account} reader */
function useHindrance(session, reader) {
  const { order, muted } = session.talk.value;
  const host = session.state.value.room?.host.user;
  const mutedUntil = muted.get(reader.user) ?? 0;
  const saidAt = session.draft.saidAt.value;
  const waits = mutedUntil > 0 || (order.slow_s > 0 && saidAt > 0);
  useServerNow(session.clock, waits);
  const now = session.clock.now();
  const follows = host === undefined || !relationsKnown.value || followedUsers.value.has(host);
  const rank = rankOf(reader.user, { host, moderators: order.moderators }, reader.roles);
  return { rank, why: hindrance({ rank, rules: order, mutedUntil, saidAt, follows, now }) };
}

/** What a refusal says, with how long it holds; for so long the line knows it too. @param {RoomSession} session @param {{code?: string, problem?: Record<string, any>}} refused */
function refusedWords(session, refused) {
  const { until_ms: until = 0, retry_after_s: wait = 0 } = refused.problem ?? {};
  if (refused.code === 'muted-here' && until > 0) {
    session.mutedUntil(until);
    return t('chat.mutedUntil', { when: day(until) });
  }
  if (refused.code === 'chat-slow' && wait > 0) {
    session.waits(wait);
    return t('chat.wait', { n: wait });
  }
  return tError(refused);
}

/** @param {RoomSession} session */
async function send(session) {
  const written = session.draft.take();
  try {
    await session.say(written);
  } catch (error) {
    const refused = /** @type {{code?: string, problem?: Record<string, any>}} */ (error);
    const gone = refused.code === 'message-unknown';
    session.draft.giveBack({ ...written, reply: gone ? null : written.reply });
    toast(refusedWords(session, refused), 'bad');
  }
}

/** What is about to be answered, above the line. @param {{session: RoomSession}} properties */
export function Answering({ session }) {
  const reply = session.draft.reply.value;
  if (reply === null) return null;
  return html`<div class="answering" data-testid="answering">
    <${ReplyIcon} /><span class="grow"><b>${t('chat.answerTo', { name: reply.name })}</b><small>${reply.text}</small></span>
    <button type="button" class="round plain" data-testid="answer-not" aria-label=${t('chat.answerNot')} onClick=${() => (session.draft.reply.value = null)}><${CloseIcon} /></button>
  </div>`;
}

/** @param {import('../room/keepers.js').Hindrance | null} why @param {number} slow */
function placeholder(why, slow) {
  if (why?.kind === 'muted') return t('chat.mutedUntil', { when: day(why.until) });
  return slow > 0 ? t('chat.slow', { n: slow }) : t('chat.say');
}

/** @param {{session: RoomSession, reader: Account}} properties */
function Form({ session, reader }) {
  const line = useRef(/** @type {HTMLInputElement | null} */ (null));
  const { draft } = session;
  const text = draft.text.value;
  const wanted = draft.wanted.value;
  const { rank, why } = useHindrance(session, reader);
  const slow = rank === 'viewer' ? session.talk.value.order.slow_s : 0;
  useEffect(() => {
    if (wanted > 0) line.current?.focus();
  }, [wanted]);
  /** @param {SubmitEvent} event */
  const submit = (event) => {
    event.preventDefault();
    if (why === null && text.trim()) void send(session);
  };
  const host = session.state.value.room?.host;
  if (why?.kind === 'followers' && host) {
    return html`<button type="button" class="chat-follow" data-testid="follow-to-say" onClick=${() => told(follow(host, true))}><${PlusIcon} />${t('chat.followToSay')}</button>`;
  }
  return html`<form class="chat-form" onSubmit=${submit}>
    <input ref=${line} data-testid="chat-input" value=${text} onInput=${typed((typedText) => (draft.text.value = typedText))} onKeyDown=${(/** @type {KeyboardEvent} */ event) => event.key === 'Escape' && (draft.reply.value = null)}
      maxlength=${LONGEST_SAID} placeholder=${placeholder(why, slow)} disabled=${why?.kind === 'muted'} aria-label=${t('chat.say')} autocomplete="off" enterkeyhint="send" />
    ${why?.kind === 'slow'
      ? html`<span class="round chat-wait" role="timer" data-testid="chat-wait" title=${t('chat.wait', { n: why.seconds })} aria-label=${t('chat.wait', { n: why.seconds })}>${why.seconds}</span>`
      : html`<button class="round" data-testid="chat-send" aria-label=${t('chat.send')} disabled=${!text.trim() || why !== null}><${SendIcon} /></button>`}
  </form>`;
}

/** @param {{session: RoomSession}} properties */
export function ChatInput({ session }) {
  const reader = me.value;
  if (reader !== null) return html`<${Form} session=${session} reader=${reader} />`;
  const next = encodeURIComponent(`/rooms/${session.room}`);
  return html`<a class="chat-sign-in" href=${`/login?next=${next}`} data-testid="chat-sign-in">${t('chat.signIn')}</a>`;
}
