// @ts-check
/** How a battle ended: who has won, with what score, and who gave most. */
import { others, sideName, sideOf } from '../battle/standing.js';
import { html, useState } from '../html.js';
import { list, number, t } from '../i18n.js';
import { block, blocked } from '../relations.js';
import { Avatar } from './avatar.js';
import { Best } from './best.js';
import { Twice } from './twice.js';

/** @typedef {import('../client/feed/messages.js').Battle} Battle */

/** Reasons that the word above the score says. */
const SAID_ALREADY = new Set(['score', 'draw']);

/** What it did to a host's rating. @param {{battle: Battle, room: string}} properties */
function Change({ battle, room }) {
  const host = battle.sides.flatMap((side) => side.members).find((member) => member.room === room)?.host;
  const change = battle.result?.ratings?.find((each) => each.user === host?.user);
  if (change === undefined || host === undefined) return null;
  const gained = Math.round(change.after) - Math.round(change.before);
  return html`<span class="result-rating" data-testid="result-rating" data-gained=${gained}>${t('fame.change', { name: host.name, rating: number(Math.round(change.after)), change: gained < 0 ? `−${-gained}` : `+${gained}` })}</span>`;
}

/** Who wants to fight again. @param {{battle: Battle}} properties */
function Wishes({ battle }) {
  const everybody = battle.sides.flatMap((side) => side.members);
  const names = everybody.filter((member) => member.rematch).map((member) => member.host.name);
  if (names.length === 0) return null;
  return html`<span class="result-wishes" data-testid="rematch-wanted" data-wishes=${names.length}>${t('battle.wishes', { n: names.length, of: everybody.length, names: list(names) })}</span>`;
}

/** Never again, says the host to whom he has just met. @param {{battle: Battle, room: string}} properties */
function Blocking({ battle, room }) {
  const [open, setOpen] = useState(false);
  const known = blocked.value ?? [];
  const people = others(battle, room).filter(({ mate, member }) => !mate && !known.some((each) => each.user === member.host.user));
  if (people.length === 0) return null;
  if (people.length > 1 && !open) return html`<button class="quiet" data-testid="block-somebody" aria-expanded="false" onClick=${() => setOpen(true)}>${t('relation.blockSomebody')}</button>`;
  return html`<span class="blocking">${people.map(
    ({ member }) => html`<${Twice} key=${member.room} words=${t('relation.blockName', { name: member.host.name })} sure=${t('relation.blockSure')} testid=${`block-${member.host.user}`} class="small ghost" act=${() => block(member.host, true)} />`,
  )}</span>`;
}

/** @param {{battle: Battle, room: string, own?: boolean}} properties `own`: it is shown to that room's host */
export function ResultCard({ battle, room, own = false }) {
  const result = battle.result;
  if (result === null) return null;
  const winner = result.winner === null ? null : sideOf(battle, result.winner);
  const named = winner === null ? [] : winner.members.map((member) => member.host);
  return html`<div
    class=${`result result-${result.winner ?? 'draw'}`}
    data-testid="battle-result"
    data-winner=${result.winner ?? 'draw'}
    data-reason=${result.reason}
    role="status"
  >
    <span class="result-word">${winner === null ? t('battle.draw') : t('battle.victory')}</span>
    ${winner && html`<span class="result-name"><span class="faces">${named.map((host) => html`<${Avatar} key=${host.user} name=${host.name} id=${host.user} />`)}</span>${sideName(winner)}</span>`}
    <span class="result-scores">${battle.sides.map((side, place) => html`${place > 0 && html`<i>:</i>`}<b class=${`in-${side.side}`}>${number(result.scores[side.side] ?? 0)}</b>`)}</span>
    ${!SAID_ALREADY.has(result.reason) && html`<span class="result-reason">${t(`reason.${result.reason}`)}</span>`}
    <${Change} battle=${battle} room=${room} />
    ${result.mvp &&
    html`<span class="mvp" data-testid="battle-mvp"><em>MVP</em><${Avatar} name=${result.mvp.name} id=${result.mvp.user} />
      <span>${result.mvp.name}</span><b>${number(result.mvp.score)}</b></span>`}
    <${Wishes} battle=${battle} />
    <div class="bests">${battle.sides.map((side) => html`<${Best} key=${side.side} side=${side} contributors=${result.contributors} />`)}</div>
    ${own && html`<${Blocking} battle=${battle} room=${room} />`}
  </div>`;
}
